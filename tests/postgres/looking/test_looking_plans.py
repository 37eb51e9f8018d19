"""What a run asks of a large record, and `redun log`, is answered by indexes: as the server itself planned it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from redun import Scheduler, get_task_registry, task
from redun.config import Config
from redun.errors import AmbiguousIdError
from redun.host import Host
from redun.recorder.revisions import HEAD
from redun_backend_postgres.migrating import migrate
from redun_cli.invocation import Invocation
from redun_cli.log.command import log
from services.postgres import PostgresServer

ROWS = Path(__file__).with_name("large_record.sql")
LISTS = [
    [],
    ["-"],
    ["~2"],
    ["-.17"],
    ["~2.7"],
    ["task7"],
    ["0"],
    ["/run7/file7"],
    ["--job"],
    ["--job", "--exec-id", "~3", "--count"],
    ["--job", "--job-status", "FAILED"],
    ["--exec", "--job-status", "FAILED"],
    ["--exec", "--exec-status", "FAILED"],
    ["--job", "--task-name", "task7"],
    ["--exec", "--task-name", "task7"],
    ["--job", "--task-name", "task7", "--job-status", "FAILED,LOST"],
    ["--job", "--since", "2023-11-20", "--until", "2023-11-21"],
    ["--exec", "--tag", "project=p7"],
    ["--job", "--tag", "plate=7"],
    ["--job", "--exec-tag", "project=p7"],
    ["--value"],
    ["--value", "--value-type", "float"],
    ["--call-node"],
    ["--task"],
    ["--file", "--file-path", "/run7/*"],
    ["-", "--output"],
    ["~2.7", "--downstream"],
]
_PLAN = re.compile(r"plan:\n\t(\{.*?\n\t\})", re.DOTALL)
# Of these there are few in any record.
_SMALL = {"alembic_version", "origin", "sweep", "doomed", "task", "lease"}

Plans = Callable[[], list[dict[str, Any]]]


@pytest.fixture(
    params=[
        pytest.param(40_000, marks=pytest.mark.slow, id="40k"),
        pytest.param(1_000_000, marks=pytest.mark.large, id="million"),
    ]
)
def large(postgres: PostgresServer, database: str, request: pytest.FixtureRequest) -> tuple[str, Plans]:
    """A record of many jobs whose server tells its plans, and what returns those told since it was last asked."""
    migrate(database, HEAD, up=True)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(ROWS.read_text().format(jobs=request.param))
        connection.execute("VACUUM ANALYZE")
        name = database.rpartition("/")[2]
        connection.execute("LOAD 'auto_explain'")
        for setting, value in (("log_min_duration", "0"), ("log_format", "json"), ("log_level", "log")):
            connection.execute(f"ALTER DATABASE {name} SET auto_explain.{setting} = '{value}'")
        connection.execute(f"ALTER DATABASE {name} SET session_preload_libraries = 'auto_explain'")
    read = len(postgres.log)

    def plans() -> list[dict[str, Any]]:
        nonlocal read
        # Each session has said all when another's answer comes.
        with psycopg.connect(database) as connection:
            connection.execute("SELECT 'the end of what was asked'")
        text = postgres.log[read:]
        read += len(text)
        return [json.loads(found) for found in _PLAN.findall(text)]

    return database, plans


def nodes(plan: dict[str, Any], *, limited: bool = False) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield the nodes of a plan, each with whether a limit, or EXISTS, stands above it."""
    yield plan, limited
    for below in plan.get("Plans", ()):
        yield from nodes(
            below,
            limited=limited or plan["Node Type"] == "Limit" or below.get("Parent Relationship") == "InitPlan",
        )


def scans(plan: dict[str, Any]) -> Iterator[str]:
    """Yield what goes through a whole table, or through a whole index to find some of it."""
    for node, limited in nodes(plan["Plan"]):
        kind, relation = node["Node Type"], node.get("Relation Name")
        if relation is None or relation in _SMALL:
            continue
        if kind == "Seq Scan" or (
            kind in ("Index Scan", "Index Only Scan")
            and "Index Cond" not in node
            # It holds what is asked for and nothing else.
            and node["Index Name"] != "ix_execution_status"
            # The first rows of a list, in the order of an index.
            and not (limited and "Filter" not in node)
        ):
            yield f"{kind} of {relation}: {plan['Query Text']}"


def test_nothing_goes_through_a_whole_table(large: tuple[str, Plans]) -> None:
    url, plans = large
    host = Host()
    for words in LISTS:
        invocation = Invocation()
        invocation.config = Config({"backend": {"db_uri": url}})
        invocation.host = host
        result = CliRunner().invoke(log, words, obj=invocation)
        assert isinstance(result.exception, AmbiguousIdError | SystemExit | None), (words, result.exception)
        told = plans()
        assert told
        assert [scan for plan in told for scan in scans(plan)] == [], words

    @task(namespace="plans", version="1")
    def leaf(n: int) -> int:
        return n + 1

    @task(namespace="plans", version="1")
    def tree(n: int) -> list[Any]:
        return [leaf(i) for i in range(n)]

    for _ in range(2):
        with Scheduler(Config({"backend": {"db_uri": url}})) as scheduler:
            assert scheduler.run(tree(300))[-1] == 300
        told = plans()
        assert any("ANY($1" in plan["Query Text"] for plan in told)
        found = {scan for plan in told for scan in scans(plan)}
        assert not found, "\n".join(sorted(found))
    registry = get_task_registry()
    for made in (leaf, tree):
        del registry._tasks[made.fullname]

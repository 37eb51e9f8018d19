"""One record in both databases: made by runs in PostgreSQL, then copied, so that all answers must be the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from redun import File, Handle, Scheduler, apply_tags, catch, get_task_registry, task
from redun.config import Config
from redun.errors import RedunError
from redun.host import Host
from redun.recorder.database import open_database
from redun.recorder.revisions import HEAD
from redun.recorder.schema import metadata
from redun_backend_postgres.migrating import migrate
from redun_cli.diff.command import diff
from redun_cli.invocation import Invocation
from redun_cli.log.command import log
from redun_cli.page.command import report
from redun_cli.repl.command import repl
from redun_cli.tag.command import tag
from redun_cli.viz.command import viz
from redun_cli.why.command import why
from services.postgres import PostgresServer
from sqlalchemy import create_engine, insert, select

HOSTILE = "\x1b]0;owned\x07[bold]<script>\u202e ' \" \\ % {ids} ? $1 ümlaut \N{SNOWMAN}"
COMMANDS = {"diff": diff, "log": log, "repl": repl, "report": report, "tag": tag, "viz": viz, "why": why}
_NAMESPACE = "observatory"


class _Console(Handle):
    def __init__(self, name: str) -> None:
        self.name = name


def workflow(version: str) -> Any:
    """Define the tasks; those of a second version stand for changed code."""

    @task(namespace=_NAMESPACE, tags=[("team", "optics")], version="1")
    def draw(path: str) -> File:
        file = File(path)
        file.write("drawing")
        return file

    @task(namespace=_NAMESPACE, version=version)
    def refine(file: File) -> File:
        refined = File(f"{file.path}.fine")
        refined.write(f"{file.read()}, refined {version}")
        return refined

    @task(namespace=_NAMESPACE, version="1")
    def grade(sample: int) -> str:
        print("grading", sample, HOSTILE)
        if sample == 2:
            raise ValueError(f"sample {sample} is broken {HOSTILE}")
        return "good"

    @task(namespace=_NAMESPACE, version="1")
    def give_up(error: Exception) -> str:
        return "unknown"

    @task(namespace=_NAMESPACE, version="1")
    def total(grades: list[str], note: str) -> int:
        return len(grades)

    @task(namespace=_NAMESPACE, version="1", retries=1)
    def send(count: int) -> int:
        raise ConnectionError(f"nobody takes {count} grades")

    @task(namespace=_NAMESPACE, version="1")
    def steer(console: _Console) -> _Console:
        return console

    @task(namespace=_NAMESPACE, version="1")
    def study(folder: str, samples: int) -> dict[str, Any]:
        grades = [catch(grade(i), ValueError, give_up) for i in range(samples)]
        result = {
            "picture": refine(draw(f"{folder}/picture")),
            "grades": grades,
            "total": total(grades, HOSTILE),
            "console": steer(_Console("dome")),
            "nothing": [None, 1, 2.5, b"\x00\xff", {"z": (1, 2)}],
        }
        return apply_tags(result, tags=[("quality", "checked")], job_tags=[("plate", ["A7", 1])])

    return SimpleNamespace(study=study, send=send)


@pytest.fixture(scope="session")
def recorded(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """The URL of a record, and the folder of the files in it: a study, a failure, changed code, and all again."""
    name = "observatory"
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        # Its locale orders texts otherwise than SQLite does.
        connection.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'"
        )
    url = postgres.url(name)
    migrate(url, HEAD, up=True)
    folder = tmp_path_factory.mktemp(name)
    with Scheduler(Config({"backend": {"db_uri": url}})) as scheduler:
        flow = workflow("1")
        scheduler.run(
            flow.study(str(folder), 4), tags=[("project", "atlas")], exec_argv=["redun", "run", HOSTILE]
        )
        with pytest.raises(ConnectionError):
            scheduler.run(flow.send(3), tags=[("project", "mail"), ("text", HOSTILE)])
        flow = workflow("2")
        scheduler.run(flow.study(str(folder), 5), tags=[("project", "atlas"), ("n", 1)])
        scheduler.run(flow.study(str(folder), 5), tags=[("project", "atlas"), ("n", 1.0)])
    registry = get_task_registry()
    for made in list(registry):
        if made.namespace == _NAMESPACE:
            del registry._tasks[made.fullname]
    yield url, folder
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def observatory(recorded: tuple[str, Path]) -> Path:
    """The folder, with a file `redun.db` that holds the same rows."""
    url, folder = recorded
    open_database(folder / "redun.db").close()
    source = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    target = create_engine(f"sqlite:///{folder}/redun.db")
    with source.connect() as old, target.begin() as new:
        for table in metadata.sorted_tables:
            if rows := old.execute(select(table)).mappings().all():
                new.execute(insert(table), [dict(row) for row in rows])
    source.dispose()
    target.dispose()
    return folder


@pytest.fixture(scope="session")
def url(recorded: tuple[str, Path]) -> str:
    return recorded[0]


Ask = Callable[..., str]


@pytest.fixture(scope="session")
def host() -> Host:
    return Host()


@pytest.fixture
def ask(observatory: Path, url: str, host: Host, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Run a command on both records and return what it said, which must be the same."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("COLUMNS", "200")

    def said(place: str, name: str, words: tuple[str, ...]) -> str:
        invocation = Invocation()
        invocation.config = Config({"backend": {"db_uri": place}})
        invocation.host = host
        result = CliRunner().invoke(COMMANDS[name], words, obj=invocation)
        assert isinstance(result.exception, RedunError | SystemExit | None), result.exc_info
        text = f"{result.stdout}{result.stderr}{result.exception or ''}".replace(
            place.removeprefix("sqlite:///"), "PLACE"
        )
        # A page says when it was written.
        return re.sub(r"<footer.*</footer>", "", text, flags=re.DOTALL)

    def run(name: str, *words: str) -> str:
        expected = said(f"sqlite:///{observatory}/redun.db", name, words)
        assert said(url, name, words) == expected
        return expected

    return run

"""A server that crashes for good while a run records in it, and another that takes its place."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import psycopg
import pytest
from redun import Scheduler, task
from redun.config import Config
from services.postgres import PostgresServer, postgres_server, postgres_standby

from tests.postgres.conftest import make_tables
from tests.postgres.faults.project import Project

redun_namespace = "postgres_failover"

calls: list[int] = []


@task(version="1")
def counted(x: int) -> int:
    calls.append(x)
    return x


@pytest.fixture
def pair() -> Iterator[tuple[PostgresServer, PostgresServer]]:
    """A server and the one that follows it."""
    with postgres_server() as primary, postgres_standby(primary) as standby:
        make_tables(primary.url())
        yield primary, standby


@pytest.mark.slow
def test_a_run_goes_on_with_the_server_that_takes_over(
    make_project: Callable[..., Project], pair: tuple[PostgresServer, PostgresServer]
) -> None:
    primary, standby = pair
    hosts = f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
    uri = f"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write"
    project = make_project(uri, standby.url())
    process = project.start("run", "wf.py", "main", "--n", "6")
    project.allow(3)
    project.await_bodies(process, "link-3")
    primary.stop(signal.SIGKILL)
    project.allow(6)
    # What is left can be read, and nobody can write.
    project.await_that(process, lambda: "waiting for" in project.told(process), "a message")
    with psycopg.connect(standby.url(), autocommit=True) as connection:
        connection.execute("SELECT pg_promote()")
    project.assert_undisturbed(project.finish(process), 6)


@pytest.mark.slow
def test_nothing_is_looked_up_at_a_server_that_lags(pair: tuple[PostgresServer, PostgresServer]) -> None:
    primary, standby = pair
    with psycopg.connect(standby.url(), autocommit=True) as connection:
        connection.execute("SELECT pg_wal_replay_pause()")
    uri = f"postgresql://postgres@127.0.0.1:{standby.port},127.0.0.1:{primary.port}/postgres"
    for _ in range(2):
        with Scheduler(Config({"backend": {"db_uri": uri}})) as scheduler:
            assert scheduler.run(counted(1)) == 1
    assert calls == [1]

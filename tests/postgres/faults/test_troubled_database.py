"""A server that restarts, ends connections, turns read-only or is gone, while a run records in it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import psycopg
import pytest
from services.postgres import PostgresServer

from tests.postgres.conftest import make_tables
from tests.postgres.faults.project import Project


@pytest.fixture
def fragile(make_project: Callable[..., Project], troubled: PostgresServer) -> Project:
    """A project with a database of the server that may be restarted."""
    name = f"fragile{time.time_ns()}"
    with psycopg.connect(troubled.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    make_tables(troubled.url(name))
    return make_project(troubled.url(name))


@pytest.mark.parametrize(
    "times", [pytest.param(4, marks=pytest.mark.slow), pytest.param(50, marks=pytest.mark.large)]
)
def test_the_server_is_restarted_again_and_again(
    fragile: Project, troubled: PostgresServer, times: int
) -> None:
    fragile.disturb(troubled.restart, times)


@pytest.mark.parametrize(
    "ended", [pytest.param(12, marks=pytest.mark.slow), pytest.param(200, marks=pytest.mark.large)]
)
def test_connections_are_ended_again_and_again(project: Project, ended: int) -> None:
    counts = []

    def end() -> None:
        # One reads and one writes.
        project.await_that(project.started[0], lambda: project.backends() >= 2, "two connections")
        counts.append(project.terminate())

    project.disturb(end, ended // 2)
    assert sum(counts) >= ended


@pytest.mark.slow
def test_a_run_waits_for_a_server_and_says_so(fragile: Project, troubled: PostgresServer) -> None:
    process = fragile.start("run", "wf.py", "main", "--n", "4")
    fragile.allow(2)
    fragile.await_bodies(process, "link-1")
    troubled.stop(signal.SIGINT)
    fragile.allow(4)
    try:
        fragile.await_that(process, lambda: "waiting for" in fragile.told(process), "a message")
    finally:
        troubled.start()
    fragile.assert_undisturbed(fragile.finish(process), 4)


@pytest.mark.slow
def test_a_server_that_turns_read_only(fragile: Project, troubled: PostgresServer) -> None:
    def turn(setting: str) -> None:
        # One's own connection must not be read-only.
        options = "-c default_transaction_read_only=off"
        with psycopg.connect(troubled.url(), autocommit=True, options=options) as connection:
            connection.execute(f"ALTER SYSTEM {setting}")
        troubled.reload()

    process = fragile.start("run", "wf.py", "main", "--n", "4")
    fragile.allow(2)
    fragile.await_bodies(process, "link-1")
    turn("SET default_transaction_read_only = on")
    fragile.allow(4)
    try:
        fragile.await_that(process, lambda: "waiting for" in fragile.told(process), "a message")
    finally:
        turn("RESET default_transaction_read_only")
    fragile.assert_undisturbed(fragile.finish(process), 4)


@pytest.mark.slow
def test_patience_has_an_end_and_what_was_recorded_is_kept(
    make_project: Callable[..., Project], fragile: Project, troubled: PostgresServer
) -> None:
    project = make_project(
        fragile.uri, db_retries="2", db_retries_backoff="0.1", db_retries_backoff_max="0.2"
    )
    process = project.start("run", "wf.py", "main", "--n", "6")
    project.allow(3)
    project.await_bodies(process, "link-3")
    project.await_that(process, lambda: {"link-0", "link-1"} <= project.recorded_keys(), "the record")
    recorded = project.recorded_keys()
    troubled.stop()
    try:
        project.allow(6)
        run = project.finish(process)
    finally:
        troubled.start()
    assert run.code == 1
    assert str(troubled.port) in run.stderr
    before = project.bodies()
    assert recorded <= set(before)
    again = project.redun("run", "wf.py", "main", "--n", "6")
    assert again.result.startswith("[6, ")
    started = project.bodies()[len(before) :]
    assert not recorded & set(started)  # I1
    assert max(map(project.bodies().count, started), default=1) <= 2  # I7
    project.assert_finished(6)
    statuses = project.rows("SELECT status FROM execution ORDER BY key")
    assert statuses[0] in ((5,), (3,))  # I2


@pytest.mark.slow
def test_a_run_that_waits_can_be_ended(fragile: Project, troubled: PostgresServer) -> None:
    process = fragile.start("run", "wf.py", "main", "--n", "4")
    fragile.allow(2)
    fragile.await_bodies(process, "link-1")
    troubled.stop()
    try:
        fragile.allow(4)
        fragile.await_that(process, lambda: "waiting for" in fragile.told(process), "a message")
        process.send_signal(signal.SIGTERM)
        run = fragile.finish(process)
    finally:
        troubled.start()
    assert run.code == 128 + signal.SIGTERM
    fragile.redun("run", "wf.py", "main", "--n", "4")
    fragile.assert_finished(4)

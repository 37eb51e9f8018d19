"""What others do between two steps of ours, and servers that know less than the one before."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from redun import Scheduler, task
from redun.config import Config
from redun.recorder import executions
from redun.recorder.batch import ExecutionStatus
from redun.recorder.interface import ExecutionStart
from redun_backend_postgres.connection import Connection
from redun_backend_postgres.session import Session

redun_namespace = "postgres_races"


@task(version="1")
def one(x: int) -> int:
    return x


class Interrupted:
    """A connection on which something else happens after the running executions were looked at."""

    def __init__(self, connection: Connection, meanwhile: Callable[[], None]) -> None:
        self._connection = connection
        self._meanwhile = meanwhile

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Any:
        cursor = self._connection.execute(sql, parameters)
        if sql.startswith("SELECT key, status, heartbeat"):
            self._meanwhile()
        return cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def begin(session: Session, meanwhile: Callable[[], None] = lambda: None) -> int:
    start = ExecutionStart(os.urandom(20), ["run"], "main", 1)
    with session.transaction() as connection:
        return executions.begin(Interrupted(connection, meanwhile), start)


def test_an_execution_that_ends_while_it_is_taken_for_dead_keeps_its_end(record: str) -> None:
    ours, theirs = Session(record), Session(record)
    ended, beats = begin(theirs), begin(theirs)
    with psycopg.connect(record) as connection:
        connection.execute("UPDATE execution SET heartbeat = heartbeat - 120000000")

    def meanwhile() -> None:
        with theirs.transaction() as connection:
            executions.end(connection, ended, ExecutionStatus.DONE, None)
            executions.keep_alive(connection, [beats])

    begin(ours, meanwhile)
    with psycopg.connect(record) as connection:
        found = dict(connection.execute("SELECT key, status FROM execution").fetchall())
    ours.close()
    theirs.close()
    assert found[ended] == ExecutionStatus.DONE
    assert found[beats] == ExecutionStatus.RUNNING


def test_keys_of_tasks_are_not_remembered_beyond_a_connection(record: str) -> None:
    with Scheduler(Config({"backend": {"db_uri": record}})) as scheduler:
        assert scheduler.run(one(1)) == 1
        with psycopg.connect(record, autocommit=True) as connection:
            # As a server that took over before it had the last rows, and gave the task another key.
            connection.execute("UPDATE call_node SET task = task + 1000")
            connection.execute("UPDATE job SET task = task + 1000")
            connection.execute("UPDATE task SET key = key + 1000")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert scheduler.run(one(2)) == 2
    with psycopg.connect(record) as connection:
        lost = "SELECT count(*) FROM job WHERE task NOT IN (SELECT key FROM task)"
        assert connection.execute(lost).fetchone() == (0,)

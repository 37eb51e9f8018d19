"""Making the tables and changing their version: explicitly, one at a time, all or nothing, beside no run."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import uuid

import psycopg
import pytest
import warm
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from redun import Scheduler, task
from redun.config import Config
from redun.errors import DatabaseLockedError, DatabaseVersionError, RecorderError, RecordNotFoundError
from redun.recorder.interface import ExecutionStart
from redun.recorder.liveness import this_host
from redun.recorder.migrations import bound
from redun.recorder.revisions import HEAD, REVISIONS
from redun.recorder.schema import IN_ORDER, metadata
from redun_backend_postgres.destination import Destination
from redun_backend_postgres.migrating import ensure_tables, migrate, present_version
from redun_backend_postgres.recorder import PostgresRecorder
from redun_backend_postgres.versions import check_version


@task(namespace="postgres_versions")
def double(number: int) -> int:
    return 2 * number


_NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement)


def check(url: str) -> None:
    with psycopg.connect(url) as connection:
        check_version(connection, url)


def run_of(status: int, *, pid: int | None = None, host: str | None = None, age: int = 0) -> str:
    """Return the statement that records an execution."""
    return (
        "INSERT INTO execution (id, argv, task, status, started, heartbeat, host, pid, version) VALUES "
        f"('\\x{uuid.uuid4().hex}', '[]', 'main', {status}, {_NOW} - {age}, {_NOW} - {age}, "
        f"'{host or this_host()}', {pid or os.getpid()}, '9.9')"
    )


def test_the_migrations_make_what_the_schema_says(database: str) -> None:
    assert present_version(database) is None
    assert migrate(database, HEAD, up=True) == (None, HEAD)
    assert migrate(database, HEAD, up=True) == (HEAD, HEAD)
    with psycopg.connect(database) as connection, bound("postgresql+psycopg://", connection) as binding:
        context = MigrationContext.configure(binding, opts={"compare_type": True})
        # References are declared to SQLite alone, and it needs not be told that its indexes hold the key.
        differences = [one for one in compare_metadata(context, metadata) if one[0] != "add_fk"]
        made = {one[1].name: tuple(one[1].columns.keys()) for one in differences if one[0] == "remove_index"}
        said = {one[1].name: tuple(one[1].columns.keys()) for one in differences if one[0] == "add_index"}
        assert made == {name: said[name] + IN_ORDER[name] for name in IN_ORDER}
        assert {one[0] for one in differences} == {"remove_index", "add_index"}
    check(database)


def test_every_version_goes_up_and_down(database: str) -> None:
    for present, target in zip((None, *REVISIONS), REVISIONS, strict=False):
        assert migrate(database, target, up=True) == (present, target)
    execute(database, run_of(1), "INSERT INTO tag VALUES ('execution', '\\x00', 'kept', '1')")
    for target in REVISIONS[-2::-1]:
        assert migrate(database, target, up=False)[1] == target
    assert migrate(database, HEAD, up=True) == (REVISIONS[0], HEAD)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM execution, tag").fetchone() == (1,)


@pytest.mark.slow
def test_no_tables_yet(database: str) -> None:
    with pytest.raises(RecordNotFoundError) as caught:
        check(database)
    assert str(caught.value) == (
        f"{database} has no tables of redun yet: `redun db upgrade` makes them, once for all who use it "
        "(or `automigrate = true` in section [backend] lets a run do so)"
    )
    with pytest.raises(
        DatabaseVersionError, match=r"has no tables of redun: `redun db upgrade 1\.0` makes them"
    ):
        migrate(database, "1.0", up=False)
    ensure_tables(Destination.of(database))
    check(database)


@pytest.mark.slow
def test_older_and_newer_tables_are_refused(database: str) -> None:
    migrate(database, REVISIONS[-2], up=True)
    with pytest.raises(DatabaseVersionError) as caught:
        check(database)
    assert str(caught.value) == (
        f"{database} has schema {REVISIONS[-2]}, and this redun needs {HEAD}: `redun db upgrade` brings it there, for "
        "all who use it, so that they need this redun, too; until then, use an older redun"
    )
    for up, target, advice in (
        (True, "1.0", "downgrade 1.0`, not upgrade"),
        (False, HEAD, f"upgrade {HEAD}`, not downgrade"),
    ):
        with pytest.raises(DatabaseVersionError, match=re.escape(advice)):
            migrate(database, target, up=up)
    ensure_tables(Destination.of(database))
    check(database)
    execute(database, "UPDATE alembic_version SET version_num = '9.3'", run_of(1))
    with pytest.raises(DatabaseVersionError) as caught:
        check(database)
    assert str(caught.value) == (
        f"{database} has schema 9.3, and this redun knows schemas up to {HEAD}: install a newer one (the last run was "
        "of redun 9.9)"
    )
    for change in (lambda: migrate(database, HEAD, up=True), lambda: migrate(database, "1.0", up=False)):
        with pytest.raises(
            DatabaseVersionError, match=r"has schema 9\.3, written by a newer redun: only that one can"
        ):
            change()
    with pytest.raises(DatabaseVersionError, match="install a newer one"):
        ensure_tables(Destination.of(database))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "CREATE TABLE alembic_version AS SELECT '5f3c0a' AS version_num",
            "holds tables that this redun did not make",
        ),
        ("CREATE TABLE execution (x int)", "holds tables that this redun did not make"),
        ("CREATE TABLE redun_version (x int)", "is the record of a redun before 1.0"),
        ("CREATE TABLE somebody_elses (x int)", ""),
    ],
)
def test_tables_of_others(database: str, statement: str, said: str) -> None:
    execute(database, statement)
    if not said:
        migrate(database, HEAD, up=True)
        return
    for work in (lambda: check(database), lambda: migrate(database, HEAD, up=True)):
        with pytest.raises(DatabaseVersionError, match=said):
            work()


@pytest.mark.slow
def test_a_schema_of_ones_own(database: str) -> None:
    execute(database, "CREATE SCHEMA team")
    migrate(f"{database}?options=-csearch_path%3Dteam", HEAD, up=True)
    check(f"{database}?options=-csearch_path%3Dteam")
    with pytest.raises(RecordNotFoundError):
        check(database)


@pytest.mark.slow
def test_runs_are_in_the_way(database: str) -> None:
    migrate(database, REVISIONS[-2], up=True)
    # They count by the server's clock, and of this host only while the process is there.
    execute(database, run_of(0, host="elsewhere", age=3_600_000_000), run_of(1))
    migrate(database, HEAD, up=True)
    execute(database, run_of(0, host="elsewhere"))
    with pytest.raises(
        RecorderError, match=r"executions are running \(1; the first is execution \w{8} \(process \d+ on "
    ):
        migrate(database, "1.0", up=False)
    assert present_version(database) == HEAD


@pytest.mark.slow
def test_a_recorder_that_was_open_meanwhile_begins_no_execution(database: str) -> None:
    ensure_tables(Destination.of(database))
    recorder = PostgresRecorder(database)
    migrate(database, REVISIONS[-2], up=False)
    with pytest.raises(
        DatabaseVersionError, match=f"has schema {REVISIONS[-2]}, and this redun needs {HEAD}"
    ):
        recorder.start_execution(ExecutionStart(id=bytes(16), argv=[], task="main", started=0))
    execute(database, "UPDATE alembic_version SET version_num = '9.3'")
    with pytest.raises(DatabaseVersionError, match="install a newer one"):
        recorder.start_execution(ExecutionStart(id=bytes(16), argv=[], task="main", started=0))
    recorder.close()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM execution").fetchone() == (0,)


def test_a_run_makes_the_tables_where_the_configuration_says_so(database: str) -> None:
    config = {"db_uri": database, "automigrate": "true"}
    for _ in range(2):
        with Scheduler(Config({"backend": config})) as scheduler:
            assert scheduler.run(double(2)) == 4
    config["automigrate"] = "false"
    with Scheduler(Config({"backend": config})) as scheduler:
        assert scheduler.run(double(2)) == 4
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM execution").fetchone() == (3,)


@pytest.mark.slow
def test_others_who_hold_a_table(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redun_backend_postgres.migrating._LOCK_TIMEOUT", "50ms")
    migrate(database, REVISIONS[-2], up=True)
    for statement in ("LOCK TABLE execution", "SELECT count(*) FROM value"):
        with psycopg.connect(database) as other:
            other.execute(statement)
            with pytest.raises(DatabaseLockedError) as caught:
                migrate(database, HEAD, up=True)
    assert str(caught.value) == (
        f"others use the tables of {database} for longer than 50ms: end what reads or writes there (pg_stat_activity "
        "shows it) and try again; nothing was changed"
    )
    assert present_version(database) == REVISIONS[-2]


@pytest.mark.slow
def test_a_step_that_fails_changes_nothing(database: str) -> None:
    migrate(database, "1.0", up=True)
    execute(database, "CREATE TABLE lease (x int)")
    with pytest.raises(RecorderError, match='relation "lease" already exists'):
        migrate(database, HEAD, up=True)
    assert present_version(database) == "1.0"
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT to_regclass('attempt')").fetchone() == (None,)


def test_two_at_once(database: str) -> None:
    found: list[object] = []

    def upgrade() -> None:
        try:
            found.append(migrate(database, HEAD, up=True))
        except BaseException as error:
            found.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(found, key=repr) == [(HEAD, HEAD)] * 3 + [(None, HEAD)]


_KILLED = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from redun_backend_postgres.migrating import migrate

@event.listens_for(Engine, "after_cursor_execute")
def end(connection, cursor, statement, *_):
    if "CREATE TABLE doomed " in statement:
        os.kill(os.getpid(), signal.SIGKILL)

migrate(sys.argv[1], sys.argv[2], up=True)
"""


def test_a_killed_upgrade_leaves_the_version_before(database: str) -> None:
    migrate(database, "1.0", up=True)
    killed = warm.run([sys.executable, "-c", _KILLED, database, HEAD], timeout=120)
    assert killed.returncode == -signal.SIGKILL
    # The server may not have noticed yet; whoever comes next waits for it.
    assert migrate(database, HEAD, up=True) == ("1.0", HEAD)
    check(database)


@pytest.mark.slow
def test_a_server_that_cannot_be_written(database: str) -> None:
    name = database.rpartition("/")[2]
    execute(database, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(RecorderError) as caught:
        migrate(database, HEAD, up=True)
    assert str(caught.value).startswith(f"cannot reach {database} (")
    assert str(caught.value).endswith(
        "session is read-only): the server is a standby, or was made read-only; name one that can be written in "
        "`db_uri`"
    )


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(RecorderError) as caught:
        present_version("postgresql://127.0.0.1:1/redun")
    assert str(caught.value).startswith("cannot reach postgresql://127.0.0.1:1/redun (")
    assert str(caught.value).endswith(
        ": check that the server runs, and that host and port in `db_uri` are right"
    )

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from recorder_rows import check, query
from redun.errors import DatabaseVersionError
from redun.recorder import rendering, statements
from redun.recorder.migrations import configuration, downgrade_any, upgrade_any
from redun.recorder.reader import open_reader
from redun.recorder.revisions import HEAD, REVISIONS
from redun.recorder.schema import metadata
from redun.recorder.sqlite import SqliteRecorder
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError


def definitions(path: Path) -> dict[str, str]:
    rows = query(path, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {str(name): re.sub(r"[\s\"]+", "", str(sql)).lower() for name, sql in rows}


def test_statements_are_what_the_schema_compiles_to() -> None:
    assert Path(statements.__file__).read_text() == rendering.render()


def test_a_new_database_is_what_the_migrations_make(path: Path, tmp_path: Path) -> None:
    SqliteRecorder(path).close()
    migrated = tmp_path / "migrated.db"
    with create_engine(f"sqlite:///{migrated}").begin() as connection:
        upgrade_any(connection)
    assert definitions(path) == definitions(migrated)
    assert query(path, "SELECT * FROM alembic_version") == query(migrated, "SELECT * FROM alembic_version")


def test_the_migrations_make_what_the_schema_says(tmp_path: Path) -> None:
    with create_engine(f"sqlite:///{tmp_path / 'migrated.db'}").begin() as connection:
        upgrade_any(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_revisions_are_those_of_the_migrations(tmp_path: Path) -> None:
    from alembic.script import ScriptDirectory

    with create_engine("sqlite://").connect() as connection:
        scripts = ScriptDirectory.from_config(configuration(connection))
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(REVISIONS)


def made_by(path: Path, revision: str) -> None:
    """Make a database as an older redun left it, with rows."""
    with create_engine(f"sqlite:///{path}").begin() as connection:
        upgrade_any(connection, revision)
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO tag VALUES ('task', x'00', 'kept', '1')")
    connection.execute("INSERT INTO task VALUES (1, x'01', 'n', 'main', '[]', '', 'f.py', 1, NULL)")
    connection.execute("INSERT INTO task_set VALUES (x'02', x'01')")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_older_database_is_upgraded_at_open(path: Path, tmp_path: Path, revision: str) -> None:
    made_by(path, revision)
    SqliteRecorder(path).close()
    new = tmp_path / "new.db"
    SqliteRecorder(new).close()
    assert definitions(path) == definitions(new)
    assert query(path, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert query(path, "SELECT key FROM tag") == [("kept",)]
    assert query(path, "SELECT * FROM task_set") == [(b"\x02", b"\x01")]
    check(path)


def test_an_upgrade_that_fails_halfway_changes_nothing(path: Path) -> None:
    made_by(path, "1.0")
    with sqlite3.connect(path) as connection:
        # In the way of the last step.
        connection.execute("CREATE TABLE lease (x)")
    connection.close()
    before = definitions(path)
    with pytest.raises(OperationalError, match="table lease already exists"):
        SqliteRecorder(path)
    assert definitions(path) == before
    assert query(path, "SELECT version_num FROM alembic_version") == [("1.0",)]


def test_an_older_database_is_upgraded_by_looking_at_it(path: Path) -> None:
    made_by(path, "1.0")
    with open_reader(path) as reader:
        assert [task.name for task in reader.tasks()] == ["main"]
    assert query(path, "SELECT version_num FROM alembic_version") == [(HEAD,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_an_older_database_that_may_not_be_written_is_not_read(path: Path) -> None:
    made_by(path, "1.0")
    path.chmod(0o444)
    for folder in (path.parent, *path.parent.parents[:2]):
        folder.chmod(0o755)
    os.seteuid(65534)
    try:
        with pytest.raises(DatabaseVersionError, match=r"schema 1\.0.*cannot be written.*brings it to"):
            open_reader(path)
    finally:
        os.seteuid(0)


def test_a_database_goes_back_to_the_schema_before(path: Path, tmp_path: Path) -> None:
    made_by(path, HEAD)
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO value VALUES (x'0a', 'int', 1, '1', 0, 0, x'00', NULL, NULL)")
    for call, tasks in ((b"\x0b", b"\x02"), (b"\x0c", b"\x03")):
        connection.execute("INSERT INTO call_node VALUES (?, 1, x'0d', x'0a', ?, 0, 1)", (call, tasks))
    # Something other than a task, which 1.0 does not know: it must not take the call for up to date.
    connection.execute("INSERT INTO task_set VALUES (x'03', x'01'), (x'03', x'ff')")
    connection.commit()
    connection.close()
    with create_engine(f"sqlite:///{path}").begin() as bound:
        downgrade_any(bound, "1.0")
    old = tmp_path / "old.db"
    made_by(old, "1.0")
    assert definitions(path) == definitions(old)
    assert query(path, "SELECT * FROM task_set") == [(b"\x02", b"\x01")]
    assert query(path, "SELECT hash, task_set FROM call_node") == [(b"\x0b", b"\x02"), (b"\x0c", None)]
    check(path)
    SqliteRecorder(path).close()
    assert query(path, "SELECT version_num FROM alembic_version") == [(HEAD,)]


def test_a_newer_database_is_refused_and_left_alone(path: Path) -> None:
    recorder = SqliteRecorder(path)
    recorder.close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '7.3'")
    connection.execute(
        "INSERT INTO execution (id, argv, task, status, started, heartbeat, host, pid, version)"
        " VALUES (x'01', '[]', 't', 1, 0, 0, 'h', 1, '9.1.4')"
    )
    connection.commit()
    connection.close()
    with pytest.raises(DatabaseVersionError, match=rf"(?s){path}.*7\.3.*redun 9\.1\.4.*install that redun"):
        SqliteRecorder(path)
    assert query(path, "SELECT version_num FROM alembic_version") == [("7.3",)]


def test_a_database_of_another_program_is_refused(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE job (id TEXT)")
    connection.close()
    with pytest.raises(DatabaseVersionError, match="did not make"):
        SqliteRecorder(path)
    assert query(path, "SELECT name FROM sqlite_master") == [("job",)]


def test_a_record_of_redun_before_1_0_is_refused_and_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.execute("CREATE TABLE redun_version (id TEXT)")
    connection.close()
    before = Path(path).read_bytes()
    message = rf"{path} is the record of a redun before 1\.0.*db_uri = sqlite:///redun1\.db"
    with pytest.raises(DatabaseVersionError, match=message):
        SqliteRecorder(path)
    with pytest.raises(DatabaseVersionError, match=message):
        open_reader(path)
    assert Path(path).read_bytes() == before


def test_recording_loads_neither_sqlalchemy_nor_alembic(path: Path) -> None:
    code = (
        "import sys; from redun.recorder.sqlite import SqliteRecorder; SqliteRecorder(sys.argv[1]).close();"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'sqlalchemy', 'alembic', 'logging'}))"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

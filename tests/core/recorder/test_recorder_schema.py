from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from recorder_rows import query
from redun.errors import DatabaseVersionError
from redun.recorder import database, rendering, statements
from redun.recorder.migrations import configuration, upgrade_any
from redun.recorder.revisions import HEAD, REVISIONS
from redun.recorder.schema import metadata
from redun.recorder.sqlite import SqliteRecorder
from sqlalchemy import create_engine


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


def test_an_older_database_is_upgraded_at_open(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # There is no older schema yet: one is made up, and what was in the database stays.
    SqliteRecorder(path).close()
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO tag VALUES ('task', x'00', 'kept', '1')")
    connection.execute("UPDATE alembic_version SET version_num = 'base'")
    connection.execute("DELETE FROM alembic_version WHERE version_num <> 'base'")
    connection.commit()
    connection.close()
    upgraded: list[str] = []

    def upgrade(opened: sqlite3.Connection) -> None:
        upgraded.append("yes")
        opened.execute("UPDATE alembic_version SET version_num = ?", (HEAD,))

    monkeypatch.setattr(database, "REVISIONS", ("base", *REVISIONS))
    monkeypatch.setattr("redun.recorder.migrations.upgrade", upgrade)
    SqliteRecorder(path).close()
    assert upgraded == ["yes"]
    assert query(path, "SELECT key FROM tag") == [("kept",)]


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
    connection.execute("CREATE TABLE redun_version (id TEXT)")
    connection.close()
    with pytest.raises(DatabaseVersionError, match="did not make"):
        SqliteRecorder(path)
    assert query(path, "SELECT name FROM sqlite_master") == [("redun_version",)]


def test_recording_loads_neither_sqlalchemy_nor_alembic(path: Path) -> None:
    code = (
        "import sys; from redun.recorder.sqlite import SqliteRecorder; SqliteRecorder(sys.argv[1]).close();"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'sqlalchemy', 'alembic', 'logging'}))"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

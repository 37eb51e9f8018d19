"""The connection that looks: read-only, made anew when it is lost, and refusals that say what to do."""

from __future__ import annotations

import inspect
from pathlib import Path

import psycopg
import pytest
from redun.config import Config
from redun.errors import (
    ConfigError,
    DatabaseCorruptError,
    DatabaseUnwritableError,
    DatabaseVersionError,
    RecorderError,
    RecordNotFoundError,
)
from redun.query.opening import changing, look
from redun.query.orm import Tag, open_session
from redun.query.record import open_record
from redun.recorder.revisions import HEAD
from redun.session import recall
from redun_backend_postgres.migrating import migrate


def _disconnect_all(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert ended


def test_looking_goes_on_when_the_connection_is_lost(url: str) -> None:
    with look(url) as reader:
        expected = reader.executions()
        assert len(expected) == 4
        for _ in range(3):
            _disconnect_all(url)
            assert reader.executions() == expected


def test_a_transaction_is_not_resumed_on_another_connection(url: str) -> None:
    with look(url) as reader:
        reader.database.rows("SELECT 1")
        reader.database._connection.execute("BEGIN")  # type: ignore[attr-defined]
        _disconnect_all(url)
        with pytest.raises(RecorderError):
            reader.executions()


def test_nothing_can_be_written(url: str) -> None:
    with look(url) as reader, pytest.raises(RecorderError, match="read-only transaction"):
        reader.database.rows("DELETE FROM tag")
    with open_session(url) as session:
        session.add(Tag(entity="execution", id="00", key="a", value="1"))
        with pytest.raises(DatabaseUnwritableError, match="only looked at"):
            session.commit()


def test_a_record_without_tables_says_who_makes_them(database: str) -> None:
    with pytest.raises(RecordNotFoundError, match="no tables of redun yet: `redun db upgrade` makes them"):
        look(database)
    with pytest.raises(RecorderError, match="`redun db upgrade` makes them"), changing(database):
        pass


def test_records_of_other_versions_are_refused(database: str) -> None:
    migrate(database, "1.2", up=True)
    with pytest.raises(
        DatabaseVersionError, match=f"has schema 1.2, and this redun needs {HEAD}: `redun db upgrade`"
    ):
        look(database)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9.0'")
    with pytest.raises(DatabaseVersionError, match="install a newer one"):
        look(database)


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(RecorderError, match="check that the server runs"):
        look("postgresql://127.0.0.1:1/redun")


def test_a_password_in_the_url_is_refused_unseen() -> None:
    for location in (
        "postgresql://ada:secret@127.0.0.1:1/redun",
        "postgresql://127.0.0.1:1/redun?password=secret",
    ):
        with pytest.raises(ConfigError, match="holds a password") as caught:
            look(location)
        assert "secret" not in str(caught.value)


def test_whoever_may_not_read_is_told_what_is_missing(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger LOGIN")
        try:
            with pytest.raises(RecorderError, match="permission denied for table alembic_version"):
                look(url.replace("postgres@", "stranger@"))
        finally:
            connection.execute("DROP ROLE stranger")


def test_rows_that_redun_did_not_write(database: str) -> None:
    migrate(database, HEAD, up=True)
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO execution (id, argv, task, status, started, heartbeat, host, pid, version)"
            " VALUES ('\\x00', 'no list', '', 1, 0, 0, '', 1, '')"
        )
    with (
        pytest.raises(DatabaseCorruptError, match=r"execution\.argv holds something else"),
        look(database) as reader,
    ):
        reader.executions()


def test_the_record_names_its_place_and_brings_values_back(url: str) -> None:
    with open_record(url) as record:
        assert record.path == url
        assert record.load("-.1")["total"] == 5
        with record.session() as session:
            assert session.query(Tag).filter_by(key="project").count() == 4


def test_a_recorded_call_can_be_made_again(url: str, recorded: tuple[str, Path]) -> None:
    def study(folder: str, samples: int) -> None: ...

    call = recall(Config({"backend": {"db_uri": url}}), "~4")
    assert call.task == "observatory.study"
    assert call.arguments(inspect.signature(study)) == {"folder": str(recorded[1]), "samples": 4}

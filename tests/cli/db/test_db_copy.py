"""`redun db copy` from file to file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from redun.errors import DatabaseLockedError, RecorderError
from redun.recorder.database import open_database
from redun.recorder.transaction import Session
from redun.retention.maintenance import maintenance

Shows = Callable[..., str]
_LOCAL = ("alembic_version", "doomed", "lease", "sweep")


def content(database: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(database)) as connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for name in names
            if name not in _LOCAL
        }


def test_a_copy_is_equal_and_takes_large_values_along(shows: Shows, database: Path, tmp_path: Path) -> None:
    target = tmp_path / "copies" / "redun.db"
    output = shows("copy", str(database), str(target))
    assert "3 large values copied from one value store to the other." in output
    assert "Compared row by row: the copy has all of it." in output
    assert content(target) == content(database)
    assert "no problems" in shows("check", "--deep", str(target))
    # What was changed or taken away there comes back.
    with closing(sqlite3.connect(target)) as connection, connection:
        connection.execute("UPDATE job SET status = 3 WHERE number = 1")
        connection.execute("DELETE FROM argument")
    assert content(target) != content(database)
    shows("copy", str(database), str(target))
    assert content(target) == content(database)


def test_a_payload_that_is_gone_is_told(shows: Shows, database: Path, tmp_path: Path) -> None:
    payload = next(path for path in (database.parent / "values").rglob("*") if path.is_file())
    payload.write_bytes(b"damaged")
    target = tmp_path / "copies" / "redun.db"
    output = shows("copy", str(database), str(target), code=1)
    assert "the payloads of 1 value are gone or damaged" in output
    assert f"{payload.parent.name}{payload.name}" in output
    assert content(target) == content(database)


def test_a_record_that_is_not_there_is_named(shows: Shows, tmp_path: Path) -> None:
    with pytest.raises(RecorderError, match=r"no record yet: .*nowhere\.db does not exist"):
        shows("copy", str(tmp_path / "nowhere.db"), str(tmp_path / "redun.db"))
    assert not (tmp_path / "redun.db").exists()


def test_a_record_goes_by_the_name_of_its_repository(shows: Shows, database: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "redun.ini").write_text("[backend]\ndb_uri = sqlite:///redun.db\nvalue_store_path = large\n")
    with (database.parent / "redun.ini").open("a") as file:
        file.write(f"[repos.team]\nconfig_dir = {other}\n")
    done = json.loads(shows("copy", "default", "team", "--format", "json"))
    assert done["rows"]["execution"] == 3
    assert (done["payloads"], done["lost"], done["differing"]) == (3, [], {})
    assert content(other / "redun.db") == content(database)
    assert len([path for path in (other / "large").rglob("*") if path.is_file()]) == 3
    (tmp_path / "link.db").symlink_to(database)
    with pytest.raises(RecorderError, match="cannot be copied to itself"):
        shows("copy", "default", str(tmp_path / "link.db"))


def test_no_collection_takes_away_what_is_copied(shows: Shows, database: Path, tmp_path: Path) -> None:
    target = tmp_path / "copies" / "redun.db"
    with (
        closing(open_database(target)) as connection,
        maintenance(Session(connection, target), "redun db gc"),
        pytest.raises(DatabaseLockedError, match="`redun db gc` is at work on this record"),
    ):
        shows("copy", str(database), str(target))
    shows("copy", str(database), str(target))
    # As it is between two steps of a collection in the copy.
    with closing(sqlite3.connect(target)) as connection, connection:
        for kind, query in ((1, "SELECT hash FROM value"), (2, "SELECT hash FROM call_node")):
            connection.execute(f"INSERT INTO doomed SELECT {kind}, hash, 1 FROM ({query})")
    shows("copy", str(database), str(target))
    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("SELECT * FROM doomed").fetchall() == []


def test_rows_that_are_put_aside_are_copied_too(shows: Shows, database: Path, tmp_path: Path) -> None:
    expected = content(database)
    beginning: list[None] = []

    def put_aside() -> None:
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("CREATE TABLE staged_argument AS SELECT * FROM argument")
            connection.execute("DELETE FROM argument")
        beginning.append(None)

    with pytest.MonkeyPatch.context() as patch:
        from redun.transfer.whole import moment

        begin = moment._begin_on_file
        patch.setattr(moment, "_begin_on_file", lambda *found: (put_aside(), begin(*found)))
        target = tmp_path / "copies" / "redun.db"
        shows("copy", str(database), str(target))
    assert beginning
    assert content(target) == expected

"""`redun db copy` from file to file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from redun.errors import RecorderError

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

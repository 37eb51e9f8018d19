"""What `check` finds: each kind of damage, made by hand."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from redun.errors import DatabaseVersionError, RecordNotFoundError
from redun.retention.checking import ADVICE, Severity, check

pytestmark = pytest.mark.slow


def kinds(database: Path) -> set[str]:
    return {one.kind for one in check(database, deep=True)}


def test_a_record_is_whole(database: Path) -> None:
    seen = []
    assert list(check(database, deep=True, tell=lambda what, _count: seen.append(what))) == []
    assert {"references", "calls", "values", "payloads"} <= set(seen)


CALL = "(SELECT parent FROM call_edge LIMIT 1)"
LEAF = "(SELECT c.hash FROM call_node c JOIN argument a USING (eval_hash) WHERE c.task_set IS NULL LIMIT 1)"


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (f"DELETE FROM call_edge WHERE parent = {CALL} AND position = 0", {"call hash"}),
        (
            f"UPDATE call_node SET value_hash = (SELECT max(hash) FROM value) WHERE hash = {CALL}",
            {"call hash"},
        ),
        (
            "UPDATE argument SET name = 'other'"
            f" WHERE eval_hash = (SELECT eval_hash FROM call_node WHERE hash = {LEAF})",
            {"eval hash"},
        ),
        ("DELETE FROM task_set WHERE task_hash = (SELECT min(task_hash) FROM task_set)", {"task set"}),
        ("UPDATE code SET text = text || ' '", {"code"}),
        ("UPDATE value SET blob = CAST(blob || x'20' AS BLOB) WHERE type = 'redun.ErrorValue'", {"value"}),
        (
            "UPDATE value SET blob = CAST(replace(CAST(blob AS TEXT), 'no', 'on') AS BLOB)"
            " WHERE type = 'redun.ErrorValue'",
            {"value"},
        ),
        ("UPDATE value SET format = 9 WHERE type = 'str'", {"value"}),
        ("UPDATE value SET flags = 0 WHERE hash = (SELECT min(value_hash) FROM file)", {"file"}),
        ("UPDATE job SET parent = 10000 WHERE number = 3 AND execution = 1", {"job"}),
        ("UPDATE job SET eval_hash = x'00' WHERE number = 3 AND execution = 1", {"job"}),
        ("UPDATE job SET status = 0 WHERE number = 3 AND execution = 1", {"job"}),
        ("UPDATE job SET call_hash = x'00' WHERE number = 3 AND execution = 1", {"reference"}),
        ("DELETE FROM value WHERE hash = (SELECT min(value_hash) FROM argument)", {"reference"}),
        ("DELETE FROM task WHERE name = 'step'", {"reference"}),
        ("UPDATE execution SET status = 0, heartbeat = 5, pid = 999999999 WHERE key = 1", {"crashed"}),
    ],
)
def test_damage_is_found(database: Path, statement: str, found: set[str]) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        assert connection.execute(statement).rowcount > 0
    assert found <= kinds(database)


def test_damaged_and_lost_payloads_are_found(database: Path) -> None:
    first, second, *_ = sorted(path for path in (database.parent / "values").rglob("*") if path.is_file())
    first.write_bytes(b"x" + first.read_bytes()[1:])
    second.unlink()
    found = {one.subject: one.detail for one in check(database, deep=True) if one.kind == "payload"}
    assert found[first.parent.name + first.name].endswith("is damaged")
    assert found[second.parent.name + second.name].endswith("is gone")


def test_a_damaged_page_is_found(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        ((root,),) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_argument_value_hash'"
        )
        ((size,),) = connection.execute("PRAGMA page_size")
    with database.open("r+b") as file:
        file.seek((root - 1) * size + size // 2)
        file.write(bytes(100))
    assert "damaged" in {one.kind for one in check(database)}


def test_an_older_schema_is_a_problem(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '1.1'")
    assert [one.kind for one in check(database)] == ["schema"]


def test_what_is_no_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordNotFoundError, match="does not exist; a first `redun run` writes it"):
        list(check(tmp_path / "redun.db"))
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE thing (x)")
    with pytest.raises(DatabaseVersionError, match="it has other tables"):
        list(check(tmp_path / "other.db"))


def test_every_kind_says_what_to_do() -> None:
    for advice in ADVICE.values():
        assert advice.meaning.endswith(".")
        assert advice.action
        assert advice.severity in Severity


def test_what_nothing_leads_to_is_a_remark(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("INSERT INTO value VALUES (x'0a', 'int', 1, '1', 0, 0, x'00', NULL, NULL)")
    (remark,) = check(database, deep=True)
    assert (remark.kind, remark.subject) == ("unreachable", "1 × value")
    assert ADVICE[remark.kind].severity is Severity.REMARK

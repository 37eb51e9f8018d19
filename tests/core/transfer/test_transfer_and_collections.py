"""Records that come in after, beside and before a collection of garbage."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from redun.errors import RecorderError
from redun.recorder.database import open_database
from redun.recorder.marks import Marks
from redun.recorder.transaction import Session
from redun.retention.checking import check
from redun.retention.collecting import collect
from redun.retention.copying import back_up
from redun.retention.maintenance import maintenance
from redun.retention.selection import Selection
from redun.transfer import target
from redun.transfer.target import Received

from tests.core.transfer.transfer_content import content, dangling, forget_execution

Pull = Callable[..., Received]


def test_an_execution_that_comes_in_does_not_get_the_key_of_a_removed_one(
    theirs: Path, ours: Path, pull: Pull, runner: Callable[..., int]
) -> None:
    runner(ours, count=1)
    collect(ours, Selection(everything=True))
    pull(theirs, ours, trusted=True)
    with closing(sqlite3.connect(ours)) as connection:
        assert connection.execute("SELECT key FROM execution").fetchall() == [(2,)]
        # Should the removed one wake up, it must not write its jobs among those of the other.
        with pytest.raises(RecorderError, match="the execution with the key 1 was taken for dead"):
            Marks().enter(connection, {1})
    assert content(ours)["job"] == content(theirs)["job"]


def test_what_a_collection_removes_at_last_is_missed(
    theirs: Path, ours: Path, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_execution(theirs, ours)
    with closing(open_database(ours)) as connection, ExitStack() as stack:
        stack.enter_context(maintenance(Session(connection, ours), "redun db gc"))

        def end_collection(_seconds: float) -> None:
            connection.executescript("DELETE FROM flow; DELETE FROM call_edge; DELETE FROM call_node")
            stack.close()

        monkeypatch.setattr(target.time, "sleep", end_collection)
        with pytest.raises(
            RecorderError, match=r"names the call \w+, which is neither here nor in the record"
        ):
            pull(theirs, ours, trusted=True)
    assert not dangling(ours)
    monkeypatch.undo()
    pull(theirs, ours, trusted=True)
    assert content(ours) == content(theirs)


def test_large_values_of_strangers_are_copied_and_checked(
    theirs: Path, ours: Path, pull: Pull, tmp_path: Path
) -> None:
    pull(theirs, ours, trusted=False)
    copy = back_up(ours, tmp_path / "backups" / "redun.db")
    files = [path for path in (copy.path.parent / "values").rglob("*") if path.is_file()]
    assert copy.payloads == len(files) == 3
    assert {path.relative_to(copy.path.parent).parts[:2] for path in files} == {("values", "foreign")}
    # Trust may come later, and then they are needed.
    assert not [one for one in check(copy.path, deep=True) if one.kind == "payload"]
    files[0].write_bytes(b"damaged")
    files[1].unlink()
    found = [one.detail for one in check(copy.path, deep=True) if one.kind == "payload"]
    assert sorted(text.rpartition(" is ")[2] for text in found) == ["damaged", "gone"]
    assert len(back_up(copy.path, tmp_path / "second" / "redun.db").lost) == 2

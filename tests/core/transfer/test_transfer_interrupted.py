"""A push or pull that is killed leaves a sound record, and once repeated the same union."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from redun.errors import RecorderError
from redun.recorder.value_store import FolderValueStore
from redun.retention.collecting import collect
from redun.retention.selection import Selection
from redun.transfer import merging, target
from redun.transfer.reading import Source
from redun.transfer.repository import open_source, send
from redun.transfer.selection import EVERYTHING
from redun.transfer.target import Received, Target

from tests.core.transfer.transfer_content import content, dangling, forget_execution

Pull = Callable[..., Received]


def pull_and_die(source: Path, target: Path, last: int, *, trusted: bool) -> int | None:
    """Pull in another process, which is killed before the n-th thing that it does to a file or the database.

    Returns
    -------
    int or None
        How many things it did; None if it was killed.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            os.write(writing, b"%d" % _pull(source, target, last, trusted=trusted))
        os._exit(0)
    os.close(writing)
    with open(reading) as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        # As if some seconds had passed: so long the killed one might be alive, in a container.
        with closing(sqlite3.connect(target, isolation_level=None)) as connection:
            connection.execute("UPDATE sweep SET heartbeat = 0")
        return None
    return int(text)


def _pull(source: Path, target: Path, last: int, *, trusted: bool) -> int:
    count = 0

    def step(*_: object) -> None:
        nonlocal count
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(event: str, _arguments: object) -> None:
        if event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link"):
            step()

    with Target(target, "redun pull", trusted=trusted) as getting:
        getting._session.connection.set_trace_callback(step)
        sys.addaudithook(audit)
        send(open_source(source), getting, EVERYTHING, sender="theirs", mark="team")
        return count


@pytest.mark.slow
@pytest.mark.parametrize("trusted", [True, False])
def test_killed_at_many_points(theirs: Path, tmp_path: Path, pull: Pull, trusted: bool) -> None:
    whole = tmp_path / "whole" / "redun.db"
    total = pull_and_die(theirs, whole, 0, trusted=trusted)
    assert total is not None
    expected = content(whole)
    points = int(os.environ.get("REDUN_POINTS", "10"))
    for last in range(1, total, max(1, total // points)):
        folder = tmp_path / f"killed{last}"
        path = folder / "redun.db"
        assert pull_and_die(theirs, path, last, trusted=trusted) is None
        # Whatever is there is sound: rows refer to nothing that is not there.
        assert not dangling(path)
        pull(theirs, path, trusted=trusted)
        assert content(path) == expected, f"killed before step {last} of {total}"
        left = [entry.name for entry in folder.iterdir() if entry.name.startswith("incoming-")]
        assert left == []
        shutil.rmtree(folder)


def test_what_was_sealed_is_finished_by_the_next(
    theirs: Path, ours: Path, tmp_path: Path, pull: Pull
) -> None:
    whole = tmp_path / "whole" / "redun.db"
    total = pull_and_die(theirs, whole, 0, trusted=True)
    assert total is not None
    assert pull_and_die(theirs, ours, total * 4 // 5, trusted=True) is None
    (held,) = ours.parent.glob("incoming-*/sealed")
    # Even if it fetches nothing itself: the source may be out of reach by then.
    empty = tmp_path / "empty" / "redun.db"
    pull(ours, empty, trusted=False)
    # It is for this record alone, not for others in the same folder.
    beside = ours.with_name("other.db")
    pull(empty, beside, trusted=False)
    assert held.exists()
    assert content(beside) == content(empty)
    pull(empty, ours, trusted=False)
    assert not held.exists()
    assert content(ours) == content(whole)


@pytest.mark.parametrize("known", [True, False])
def test_what_was_sealed_is_dropped_when_a_collection_took_what_it_needs(
    theirs: Path, ours: Path, pull: Pull, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    killed: Callable[..., object] = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)  # noqa: E731
    if known:
        # Only the execution and its jobs are sent.
        forget_execution(theirs, ours)
        monkeypatch.setattr(target, "merge", killed)
    else:
        # Payloads are merged, and not what leads to them.
        monkeypatch.setattr(merging, "merge_executions", killed)
    assert pull_and_die(theirs, ours, 0, trusted=True) is None
    monkeypatch.undo()
    (held,) = ours.parent.glob("incoming-*/sealed")
    collect(ours, Selection())
    lack = r"names the task \w+, which" if known else r"the payload of the value \w+ is gone"
    with pytest.raises(RecorderError, match=f"was killed, and cannot be finished, .*{lack}"):
        pull(theirs, ours, trusted=True)
    assert not held.parent.exists()
    assert not dangling(ours)
    pull(theirs, ours, trusted=True)
    assert content(ours) == content(theirs)


def test_what_was_not_sealed_is_forgotten(theirs: Path, ours: Path, pull: Pull) -> None:
    pull(theirs, ours, trusted=True)
    half = ours.parent / "incoming-redun.db-0123456789abcdef"
    half.mkdir()
    (half / "records.db").write_bytes(b"half")
    before = content(ours)
    pull(theirs, ours, trusted=True)
    assert not half.exists()
    assert content(ours) == before


def test_others_write_in_between(theirs: Path, ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "_STEP_ROWS", 3)
    turns = 0

    def turn(what: str, _number: int) -> None:
        nonlocal turns
        if what == "merged":
            with closing(sqlite3.connect(ours, timeout=0, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                other.execute("ROLLBACK")
            turns += 1

    with (
        Target(ours, "redun pull", trusted=True) as target,
        closing(open_source(theirs).database) as database,
    ):
        source = Source(database, FolderValueStore(theirs.parent / "values"))
        send(source, target, EVERYTHING, sender="theirs", mark="team", progress=turn)
    assert turns > 10
    assert content(ours) == content(theirs)

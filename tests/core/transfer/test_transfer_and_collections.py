"""Records that come in after, beside and before a collection of garbage."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from redun.errors import RecorderError
from redun.recorder.marks import Marks
from redun.retention.collecting import collect
from redun.retention.selection import Selection
from redun.transfer.target import Received

from tests.core.transfer.transfer_content import content

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

"""The state of a source at one moment, whoever writes to it meanwhile.

Floor: transfer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from redun.errors import RecorderError
from redun.recorder.reader_database import OpenedDatabase
from redun.recorder.staging import merge_leftovers

__all__ = ["one_moment"]

_TRIES = 20
_STAGED = r"SELECT name FROM sqlite_master WHERE name LIKE 'staged\_%' ESCAPE '\'"


@contextlib.contextmanager
def one_moment(source: OpenedDatabase) -> Iterator[None]:
    """Let all questions be answered from the state that the source has now."""
    path = source.location
    try:
        if isinstance(path, Path):
            _begin_on_file(source, path)
        else:
            source.rows("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
    finally:
        # Of a connection that is lost nothing is left to end.
        with contextlib.suppress(RecorderError):
            source.rows("ROLLBACK")


def _begin_on_file(source: OpenedDatabase, path: Path) -> None:
    for last in (number == _TRIES for number in range(1, _TRIES + 1)):
        source.rows("BEGIN")
        # An execution that writes a lot puts rows aside for some seconds: they are to be copied with what refers to
        # them. Where they cannot be merged, the next copy brings them.
        staged = [name for (name,) in source.rows(_STAGED)]
        if last or not any(source.rows(f"SELECT 1 FROM {name} LIMIT 1") for name in staged):
            return
        source.rows("ROLLBACK")
        with contextlib.suppress(RecorderError):
            merge_leftovers(path)

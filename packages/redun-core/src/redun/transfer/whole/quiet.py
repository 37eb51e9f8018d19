"""Keep collections of garbage away from both files while one is copied into the other.

Floor: transfer. What is copied has no execution that leads to it until all rows are there, and what was found
unreachable before may be needed now; nor may payloads of the source go. A server has no collections.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from redun.errors import DatabaseLockedError
from redun.recorder import transaction
from redun.recorder.batch import ExecutionStatus
from redun.recorder.connection import Session
from redun.recorder.liveness import execution_status
from redun.recorder.marks import Kind
from redun.recorder.reader_database import OpenedDatabase
from redun.retention.maintenance import Maintenance, maintenance
from redun.retention.opening import writing

__all__ = ["undisturbed"]

_PURPOSE = "redun db copy"
_BEAT_S = 1.0
# For so long a process that is gone may be one of a container after all.
_GONE_S = 15.0
_PAUSE_S = 0.25


@contextlib.contextmanager
def undisturbed(source: OpenedDatabase, target: Session) -> Iterator[Callable[[], None]]:
    """Lend what is to be called again and again as a sign of life.

    Raises
    ------
    DatabaseLockedError
        A collection or another copy is going on.
    """
    with contextlib.ExitStack() as stack:
        works = []
        if isinstance(source.location, Path) and os.access(source.location, os.W_OK):
            works.append(_begin(stack.enter_context(writing(source.location)), stack))
        if isinstance(target, transaction.Session):
            works.append(_begin(target, stack))
            with target.transaction() as connection:
                # Of executions that a collection took for dead it stays known.
                connection.execute("DELETE FROM doomed WHERE kind < ?", (int(Kind.DEAD),))
        last = time.monotonic()

        def alive() -> None:
            nonlocal last
            if time.monotonic() - last > _BEAT_S:
                last = time.monotonic()
                for work in works:
                    with work.slice():
                        pass

        yield alive


def _begin(session: transaction.Session, stack: contextlib.ExitStack) -> Maintenance:
    """Begin a work, if need be after one that was killed a moment ago."""
    end = time.monotonic() + _GONE_S
    while True:
        try:
            return stack.enter_context(maintenance(session, _PURPOSE))
        except DatabaseLockedError:
            if time.monotonic() > end or not _was_killed(session):
                raise
        time.sleep(_PAUSE_S)


def _was_killed(session: transaction.Session) -> bool:
    life = session.connection.execute(
        "SELECT heartbeat, host, pid FROM sweep WHERE ended IS NULL AND purpose = ?", (_PURPOSE,)
    ).fetchone()
    if life is None:
        return False
    return execution_status(ExecutionStatus.RUNNING, *life) is ExecutionStatus.CRASHED

"""How many records there are of each kind.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterator

from redun.recorder.reader import Reader
from redun.recorder.reader_counts import count_all, count_jobs
from redun.recorder.reader_records import Kind

from redun_cli.log.choosing import Choice
from redun_cli.log.selecting import records

__all__ = ["counted"]

_ORDER = (
    (Kind.EXECUTION, "Execution"),
    (Kind.JOB, "Job"),
    (Kind.CALL, "CallNode"),
    (Kind.TASK, "Task"),
    (Kind.VALUE, "Value"),
    (Kind.FILE, "File"),
)


def counted(reader: Reader, choice: Choice) -> Iterator[tuple[str, int]]:
    """Yield the name of each kind asked for, and how many there are; of every kind if nothing was said."""
    kinds = choice.kinds if choice.named or choice.narrowed else list(Kind)
    for kind, name in _ORDER:
        if kind in kinds:
            yield name, _count(reader, kind, choice)


def _count(reader: Reader, kind: Kind, choice: Choice) -> int:
    if not choice.narrowed:
        return count_all(reader, kind)
    if kind is Kind.JOB:
        return count_jobs(reader, choice.filter)
    return sum(1 for _ in records(reader, kind, choice))

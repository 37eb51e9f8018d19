"""The lines of the job tree with what is shown of each.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs
from redun.recorder.batch import JobStatus
from redun.recorder.reader_profile import NONE, JobColumns

from redun_cli.log.lines import arguments_text
from redun_cli.log.writing import cut
from redun_cli.page.states import State, counted
from redun_cli.page.tree import Leave, Twig, twigs

if TYPE_CHECKING:
    from redun.recorder.reader import Reader
    from redun.recorder.reader_records import ExecutionRecord

__all__ = ["Line", "tree_lines"]

_CALL_WIDTH = 160
_LOOKED_UP = 200


@attrs.frozen
class Line:
    """A job, or several of one task.

    Attributes
    ----------
    twig : Twig
    task : str
    number : int
        Of the job; 0 for several.
    arguments : str
    states : sequence of (State, int)
    took : int or None
        Microseconds that the bodies ran.
    """

    twig: Twig
    task: str
    number: int
    arguments: str
    states: Sequence[tuple[State, int]]
    took: int | None


def tree_lines(reader: Reader, execution: ExecutionRecord, columns: JobColumns) -> Iterator[Line | None]:
    """Yield the lines; None ends what stands below one."""
    pending: list[Twig | Leave] = []
    for twig in twigs(columns):
        pending.append(twig)
        if len(pending) >= _LOOKED_UP:
            yield from _lines(reader, execution, columns, pending)
            pending.clear()
    yield from _lines(reader, execution, columns, pending)


def _lines(
    reader: Reader, execution: ExecutionRecord, columns: JobColumns, found: Sequence[Twig | Leave]
) -> Iterator[Line | None]:
    numbers = [
        columns.numbers[twig.rows[0]] for twig in found if isinstance(twig, Twig) and len(twig.rows) == 1
    ]
    calls = {number: reader.job(execution.key, number).eval_hash for number in numbers}
    arguments = reader.arguments(calls.values())
    for twig in found:
        if isinstance(twig, Leave):
            yield None
            continue
        number = columns.numbers[twig.rows[0]] if len(twig.rows) == 1 else 0
        given = arguments.get(calls[number], ()) if number else ()
        yield Line(
            twig,
            columns.task(twig.rows[0]),
            number,
            cut(arguments_text(given), _CALL_WIDTH),
            _states(columns, twig.rows),
            _took(columns, twig.rows),
        )


def _states(columns: JobColumns, rows: Sequence[int]) -> list[tuple[State, int]]:
    counts: dict[JobStatus, int] = {}
    for row in rows:
        status = columns.status(row)
        counts[status] = counts.get(status, 0) + 1
    return counted(counts)


def _took(columns: JobColumns, rows: Sequence[int]) -> int | None:
    times = [
        columns.durations[row]
        for row in rows
        if columns.durations[row] != NONE and columns.statuses[row] != JobStatus.CACHED
    ]
    return sum(times) if times else None

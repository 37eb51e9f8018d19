"""What `redun diff` answers, as text or as JSON.

Floor: command line.
"""

from __future__ import annotations

import json

from redun.errors import AmbiguousIdError, RecordNotFoundError
from redun.recorder.comparing import Comparison
from redun.recorder.reader import Reader
from redun.recorder.reader_lookup import find
from redun.recorder.reader_records import ExecutionRecord, Kind

from redun_cli.diff.documents import comparison_document, difference_document
from redun_cli.diff.lines import comparison_lines
from redun_cli.log.writing import write_lines

__all__ = ["give"]

_SHOWN = 3


def give(
    reader: Reader, old: str, new: str, *, task: str | None, code: bool, limit: int | None, as_json: bool
) -> None:
    """Compare two executions.

    Parameters
    ----------
    reader : Reader
    old, new : str
        Name the executions.
    task : str or None
        Show only jobs of this task.
    code : bool
        Show code line by line.
    limit : int or None
        At most so many jobs of each task and sort of difference, 0 for all; by default a few as text, all as JSON.
    as_json : bool
        A document for the whole, then one for each job that differs.
    """
    comparison = Comparison(reader, _execution(reader, old), _execution(reader, new))
    full = None if task is None else _full_name(comparison, task)
    if as_json:
        write_lines([json.dumps(comparison_document(comparison, full))])
        write_lines(
            json.dumps(difference_document(one)) for one in comparison.differences(full, limit or None)
        )
    else:
        shown = _SHOWN if limit is None else limit or None
        write_lines(comparison_lines(comparison, full, code=code, limit=shown))


def _execution(reader: Reader, text: str) -> ExecutionRecord:
    return reader.execution_of_id(bytes.fromhex(find(reader, text, (Kind.EXECUTION,)).id))


def _full_name(comparison: Comparison, task: str) -> str:
    names = comparison.task_names()
    found = [task] if task in names else [name for name in names if name.rpartition(".")[2] == task]
    if not found:
        raise RecordNotFoundError(
            f"neither execution made a job of a task named {task!r}; their tasks: {', '.join(names[:20])}"
        )
    if len(found) > 1:
        raise AmbiguousIdError(
            f"{task!r} may be any of these tasks; say its full name: {', '.join(found[:20])}"
        )
    return found[0]

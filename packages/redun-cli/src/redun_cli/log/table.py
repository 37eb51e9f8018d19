r"""Documents as a table of comma-separated values (RFC 4180) that a spreadsheet may open without harm.

Floor: command line. A cell that a spreadsheet would take for a formula begins with an apostrophe; lists and mappings
are JSON. Control characters are written out (`\n`), so that a record is a line.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from redun.recorder.reader_records import Kind

from redun_cli.log.writing import visible

__all__ = ["COLUMNS", "table_lines"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_VALUE = ("hash", "type", "size", "preview", "format")
COLUMNS: dict[Kind, tuple[str, ...]] = {
    Kind.EXECUTION: (
        *("kind", "id", "status", "task", "argv", "started", "ended", "duration", "heartbeat", "host", "pid"),
        *("version", "error", "origin", "tags"),
    ),
    Kind.JOB: (
        *("kind", "id", "execution", "number", "parent", "task", "task_hash", "status", "reason", "executor"),
        *("started", "duration", "eval_hash", "call_hash", "arguments", "tags"),
    ),
    Kind.CALL: ("kind", "hash", "task", "task_hash", "eval_hash", "value_hash", "failed", "tags"),
    Kind.TASK: ("kind", "hash", "name", "parameters", "source", "file", "line", "version", "tags"),
    Kind.VALUE: ("kind", *_VALUE, "tags"),
    Kind.FILE: ("kind", "path", "hash", "read", "written", "preview", "tags"),
}
"""The columns of each kind of record, in order."""


def table_lines(columns: Sequence[str], documents: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    r"""Yield the header and a line for each document, without the ends of lines.

    >>> list(table_lines(["task", "n"], [{"task": "=1+1", "n": 3}, {"task": 'a "b", c'}]))
    ['task,n', "'=1+1,3", '"a ""b"", c",']
    """
    yield _line(columns)
    for document in documents:
        yield _line([_cell(document.get(name)) for name in columns])


def _cell(item: object) -> str:
    if item is None:
        return ""
    if isinstance(item, bool):
        return str(item).lower()
    if isinstance(item, (int, float)):
        return str(item)
    text = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
    safe = f"'{text}" if text.startswith(_FORMULA) else text
    return visible(safe)


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()

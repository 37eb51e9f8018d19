"""What was made of a value, a file, or the result of a job or call.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, cast

from redun.recorder.ids import short
from redun.recorder.lineage import Use, downstream
from redun.recorder.reader import Reader
from redun.recorder.reader_files import external_values
from redun.recorder.reader_records import CallRecord, Candidate, Kind, ValueRecord

from redun_cli.log.lines import file_line, value_line
from redun_cli.log.value import latest_version
from redun_cli.log.writing import cut

__all__ = ["USES", "downstream_documents", "downstream_lines"]

USES = 20_000
"""Uses that are looked for unless told otherwise."""

_FEW = 10
_FILES_SHOWN = 20
_WIDTH = 120


def downstream_lines(reader: Reader, found: Candidate, limit: int) -> Iterator[str]:
    """Yield the lines: what it is, the calls that used it, nearest first, and the files that came of it."""
    value, call, title = _start(reader, found)
    yield title
    if value is None:
        yield "It has no result: it did not end, or failed."
        return
    uses = downstream(reader, value, call=call, limit=limit + 1)
    yield ""
    if not uses:
        yield "No recorded call used it."
        return
    for depth, at_depth in groupby(uses[:limit], key=lambda use: use.depth):
        yield _heading(depth)
        yield from _calls(reader, list(at_depth))
    if len(uses) > limit:
        yield f"... there are more; `--limit 0` shows them all, `--limit {2 * limit}` twice as many"
    files = external_values(reader, (use.call.value_hash for use in uses))
    if files:
        yield "Files made:"
        yield from (f"  {short(one.hash)} {cut(one.preview, _WIDTH)}" for one in files[:_FILES_SHOWN])
        if len(files) > _FILES_SHOWN:
            yield f"  ... and {len(files) - _FILES_SHOWN:,} more; `--format json` lists all"


def downstream_documents(reader: Reader, found: Candidate, limit: int) -> Iterator[dict[str, Any]]:
    """Yield a document for each use."""
    value, call, _ = _start(reader, found)
    if value is None:
        return
    uses = downstream(reader, value, call=call, limit=limit)
    results = reader.values(use.call.value_hash for use in uses)
    for use in uses:
        result = results.get(use.call.value_hash)
        yield {
            "kind": "use",
            "depth": use.depth,
            "argument": use.argument.name,
            "call": use.call.hash.hex(),
            "task": use.call.task,
            "failed": use.call.failed,
            "result_hash": use.call.value_hash.hex(),
            "result_type": None if result is None else result.type,
            "result": None if result is None else result.preview,
        }


def _start(reader: Reader, found: Candidate) -> tuple[ValueRecord | None, CallRecord | None, str]:
    """Return the value to follow, the call if it is that one's result alone, and what to say it is."""
    key: Any = found.key
    if found.kind is Kind.FILE:
        file, _ = latest_version(reader, cast(str, key))
        return file.value, None, file_line(file)
    if found.kind is Kind.VALUE:
        value = reader.value(key)
        return value, None, value_line(value)
    job = reader.job(*key) if found.kind is Kind.JOB else None
    call_hash = job.call_hash if job is not None else key
    call = reader.calls([call_hash]).get(call_hash) if call_hash is not None else None
    name = f"Job {found.id}" if job is not None else f"CallNode {short(key)}"
    if call is None or call.failed:
        return None, None, f"The result of {name} {found.line}"
    value = reader.value(call.value_hash)
    shown = cut(value.preview, _WIDTH)
    return value, call, f"The result of {name} {found.line}: <{short(value.hash)}> {shown}"


def _heading(depth: int) -> str:
    if depth == 1:
        return "Used by:"
    return f"What came of it was used by{'' if depth == 2 else f', {depth} calls on'}:"


def _calls(reader: Reader, uses: Sequence[Use]) -> Iterator[str]:
    """Yield a line for each call; of many equal ones, a line for all."""
    alike: dict[tuple[str, str], list[Use]] = {}
    for use in uses:
        alike.setdefault((use.call.task, use.argument.name), []).append(use)
    for (task, argument), group in alike.items():
        if len(group) > _FEW:
            failed = sum(use.call.failed for use in group)
            yield f"  {task}({argument}=…) x {len(group):,}{f' ({failed:,} FAILED)' if failed else ''}"
            group = [use for use in group if use.call.failed][:_FEW]
        results = reader.values(use.call.value_hash for use in group)
        for use in group:
            result = results.get(use.call.value_hash)
            preview = "" if result is None else cut(result.preview, _WIDTH)
            arrow = "raised" if use.call.failed else "-->"
            yield f"  <{short(use.call.hash)}> {task}({argument}=…) {arrow} {preview}"

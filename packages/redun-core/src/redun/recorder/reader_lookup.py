"""Find what a person means by a text: an id or its prefix, `-`, `~2`, `-.17`, a task's name or a file's path.

Floor: recorder.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from redun.errors import AmbiguousIdError, RecordNotFoundError
from redun.recorder.ids import EXECUTION_BYTES, HASH_BYTES, Reference, parse, prefix_range
from redun.recorder.reader_files import file_versions
from redun.recorder.reader_records import Candidate, ExecutionRecord, JobRecord, Kind

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["find", "resolve"]

_SHOWN = 20
_KINDS = frozenset(Kind)


def find(reader: Reader, text: str, kinds: Collection[Kind] = _KINDS) -> Candidate:
    """Return the one thing that `text` names. What it names in full goes before what it is a prefix of.

    Raises
    ------
    RecordNotFoundError
        It names nothing.
    AmbiguousIdError
        It names several things; the message lists them, one a line.
    """
    candidates = resolve(reader, text, kinds)
    chosen = [candidate for candidate in candidates if candidate.exact] or candidates
    if not chosen:
        sought = "execution, job, call node, task, value or file" if kinds == _KINDS else _listing(kinds)
        raise RecordNotFoundError(f"no {sought} in the record is called {text!r}")
    if len(chosen) > 1:
        lines = [f"  {candidate}" for candidate in chosen[:_SHOWN]]
        if len(chosen) > _SHOWN:
            lines.append("  …")
        raise AmbiguousIdError("\n".join([f"{text!r} may be any of these; say more of the id:", *lines]))
    return chosen[0]


def resolve(reader: Reader, text: str, kinds: Collection[Kind] = _KINDS) -> list[Candidate]:
    """Return everything that `text` may name, at most some twenty of each kind."""
    candidates: list[Candidate] = []
    reference = parse(text)
    if reference is not None:
        candidates.extend(_by_id(reader, reference, kinds))
    if Kind.TASK in kinds:
        newest = {task.fullname: task for task in reversed(reader.tasks_named(text))}
        candidates.extend(
            Candidate(Kind.TASK, task.hash, task.hash.hex(), task.fullname, True) for task in newest.values()
        )
    if Kind.FILE in kinds:
        for path in _spellings(text):
            if file_versions(reader, path):
                candidates.append(Candidate(Kind.FILE, path, path, "", True))
                break
    return candidates


def _listing(kinds: Collection[Kind]) -> str:
    return " or ".join(kind.value for kind in Kind if kind in kinds)


def _spellings(path: str) -> list[str]:
    """Return a path as given, then as a workflow that was started here, or elsewhere, may have written it."""
    if "://" in path:
        return [path]
    absolute = os.path.abspath(path)
    return list(dict.fromkeys([path, os.path.normpath(path), absolute, os.path.relpath(absolute)]))


def _by_id(reader: Reader, reference: Reference, kinds: Collection[Kind]) -> Iterator[Candidate]:
    wanted = Kind.EXECUTION if reference.job is None else Kind.JOB
    if wanted in kinds:
        for execution in _executions(reader, reference):
            exact = reference.prefix is None or len(reference.prefix) == 2 * EXECUTION_BYTES
            if reference.job is None:
                yield _execution(execution, exact)
            elif (job := _job_or_none(reader, execution, reference.job)) is not None:
                yield Candidate(Kind.JOB, (execution.key, job.number), job.id, job.task, exact)
    prefix = reference.prefix
    bounds = prefix_range(prefix, HASH_BYTES) if prefix and reference.job is None else None
    if bounds is None or prefix is None:
        return
    exact = len(prefix) == 2 * HASH_BYTES
    if Kind.CALL in kinds:
        for call in reader.calls_between(*bounds, _SHOWN + 1):
            yield Candidate(Kind.CALL, call.hash, call.hash.hex(), call.task, exact)
    if Kind.TASK in kinds:
        for task in reader.tasks_between(*bounds, _SHOWN + 1):
            yield Candidate(Kind.TASK, task.hash, task.hash.hex(), task.fullname, exact)
    if Kind.VALUE in kinds:
        for value in reader.values_between(*bounds, _SHOWN + 1):
            yield Candidate(Kind.VALUE, value.hash, value.hash.hex(), f"{value.type} {value.preview}", exact)


def _executions(reader: Reader, reference: Reference) -> list[ExecutionRecord]:
    if reference.back is not None:
        return reader.executions(1, reference.back - 1)
    bounds = prefix_range(reference.prefix or "", EXECUTION_BYTES)
    return reader.executions_between(*bounds, _SHOWN + 1) if bounds else []


def _execution(execution: ExecutionRecord, exact: bool) -> Candidate:
    return Candidate(Kind.EXECUTION, execution.id, execution.id.hex(), " ".join(execution.argv), exact)


def _job_or_none(reader: Reader, execution: ExecutionRecord, number: int) -> JobRecord | None:
    try:
        return reader.job(execution.key, number)
    except RecordNotFoundError:
        return None

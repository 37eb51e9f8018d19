"""What a filter says of jobs, as conditions of SQL.

Floor: recorder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from redun.errors import RecordNotFoundError
from redun.recorder import reader_filter_sql as sql
from redun.recorder.batch import ExecutionStatus, JobStatus
from redun.recorder.ids import HASH_BYTES, prefix_range

if TYPE_CHECKING:
    from redun.recorder.reader import Reader
    from redun.recorder.reader_filters import Filter

__all__ = ["Condition", "job_conditions", "task_keys"]

_LAST_GOOD = JobStatus.CACHED


class Condition(NamedTuple):
    """A condition and what stands for its question marks; `indexed` if an index finds what meets it."""

    text: str
    parameters: tuple[object, ...]
    indexed: bool


def job_conditions(
    wanted: Filter, tasks: list[int] | None, execution: ExecutionStatus
) -> Iterator[Condition]:
    """Yield conditions of which a job of an execution in this state meets one: none at all if none can.

    An index serves one task and one state at a time, so there is a condition for each.
    """
    text, values = _other(wanted)
    codes = _codes(wanted, execution)
    bad = [code for code in codes if code > _LAST_GOOD]
    good = [code for code in codes if code <= _LAST_GOOD]
    choices: list[Condition] = []
    if not wanted.status:
        choices.append(Condition("", (), False))
    else:
        choices += [Condition(sql.ENDED_BADLY, (code,), True) for code in bad]
        if good:
            choices.append(Condition(sql.status_in(len(good)), tuple(good), False))
    for state in choices:
        if tasks is None:
            yield Condition(state.text + text, (*state.parameters, *values), state.indexed)
            continue
        for task in tasks:
            parameters = (task, *state.parameters, *values)
            yield Condition(sql.OF_TASK + state.text + text, parameters, True)


def task_keys(reader: Reader, wanted: Filter) -> list[int] | None:
    """Return the keys of the task versions that a filter names; None if it names none.

    Raises
    ------
    RecordNotFoundError
        There is no such task.
    """
    if not wanted.tasks and not wanted.task_hashes:
        return None
    found: dict[int, None] = {}
    for name in wanted.tasks:
        namespace, _, bare = name.rpartition(".")
        rows = reader.database.rows(sql.TASK_KEYS_BY_NAME, bare)
        keys = [key for key, its_namespace in rows if not namespace or its_namespace == namespace]
        if not keys:
            raise RecordNotFoundError(f"no task in the record is called {name!r}")
        found.update(dict.fromkeys(keys))
    for prefix in wanted.task_hashes:
        bounds = prefix_range(prefix.lower(), HASH_BYTES) if _is_hex(prefix) else None
        rows = reader.database.rows(sql.TASK_KEYS_BY_HASH, *bounds) if bounds else []
        if not rows:
            raise RecordNotFoundError(f"no task in the record has a hash that begins with {prefix!r}")
        found.update(dict.fromkeys(key for (key,) in rows))
    return list(found)


def _codes(wanted: Filter, execution: ExecutionStatus) -> list[int]:
    """Return the states as stored: a job that runs in an execution that crashed is lost."""
    codes = {int(status) for status in wanted.status} - {int(JobStatus.RUNNING)}
    running = {ExecutionStatus.RUNNING: JobStatus.RUNNING, ExecutionStatus.CRASHED: JobStatus.LOST}
    if running.get(execution) in wanted.status:
        codes.add(int(JobStatus.RUNNING))
    return sorted(codes)


def _other(wanted: Filter) -> tuple[str, list[object]]:
    texts: list[str] = []
    values: list[object] = []
    for text, value in (
        (sql.EXECUTOR, wanted.executor),
        (sql.RESULT, wanted.result),
        (sql.ARGUMENT, wanted.argument),
    ):
        if value is not None:
            texts.append(text)
            values.append(value)
    return "".join(texts), values


def _is_hex(text: str) -> bool:
    return bool(text) and not set(text.lower()) - set("0123456789abcdef")

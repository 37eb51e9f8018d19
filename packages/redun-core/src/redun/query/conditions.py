"""What people say of executions and jobs, as a filter of the reader.

Floor: library.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Any, TypeVar

from redun.query.times import When, microseconds
from redun.recorder.batch import ExecutionStatus, JobStatus
from redun.recorder.reader_filters import Filter
from redun.tags import parse_tag_key_value

__all__ = ["Tags", "Words", "execution_filter", "hash_of", "job_filter"]

Words = str | Iterable[str] | None
Tags = Mapping[str, Any] | Iterable[str] | str | None
"""By key, or as `key=value` and `key`; `redun.tags.ANY_VALUE` stands for any value."""

_E = TypeVar("_E", bound=IntEnum)


def execution_filter(
    *,
    task: Words = None,
    status: Words = None,
    since: When | None = None,
    until: When | None = None,
    tags: Tags = None,
    user: str | None = None,
    project: str | None = None,
) -> Filter:
    """Return the filter for executions."""
    return Filter(
        tasks=_words(task),
        execution_status=_states(ExecutionStatus, status),
        since=microseconds(since),
        until=microseconds(until),
        execution_tags=_tags(tags),
        user=user,
        project=project,
    )


def job_filter(
    *,
    executions: list[int] | None = None,
    task: Words = None,
    status: Words = None,
    since: When | None = None,
    until: When | None = None,
    tags: Tags = None,
    execution_tags: Tags = None,
    user: str | None = None,
    project: str | None = None,
    executor: str | None = None,
    argument: Any = None,
    result: Any = None,
) -> Filter:
    """Return the filter for jobs."""
    return Filter(
        executions=executions,
        tasks=_words(task),
        status=_states(JobStatus, status),
        since=microseconds(since),
        until=microseconds(until),
        tags=_tags(tags),
        execution_tags=_tags(execution_tags),
        user=user,
        project=project,
        executor=executor,
        argument=None if argument is None else hash_of(argument),
        result=None if result is None else hash_of(result),
    )


def hash_of(value: Any) -> bytes:
    """Return the hash of a value, given as such or as hex digits.

    Raises
    ------
    ValueError
        It is neither.
    """
    digits = value if isinstance(value, str) else getattr(value, "hash", None)
    try:
        return bytes.fromhex(str(digits))
    except ValueError:
        raise ValueError(
            f"{value!r} is neither a value of the record nor the 40 digits of its hash"
        ) from None


def _words(words: Words) -> tuple[str, ...]:
    if words is None:
        return ()
    return (words,) if isinstance(words, str) else tuple(words)


def _states(states: type[_E], words: Words) -> tuple[_E, ...]:
    try:
        return tuple(states[word.upper()] for word in _words(words))
    except KeyError as error:
        known = ", ".join(states.__members__)
        raise ValueError(f"there is no state {error.args[0]!r}, only {known}") from None


def _tags(tags: Tags) -> tuple[tuple[str, Any], ...]:
    if tags is None:
        return ()
    if isinstance(tags, Mapping):
        return tuple(tags.items())
    return tuple(parse_tag_key_value(text, value_required=False) for text in _words(tags))

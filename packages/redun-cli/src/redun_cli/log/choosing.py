"""Which records are asked for, read off the options of the command.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Any, TypeVar

import attrs
import click
from redun.moments import parse_moment
from redun.recorder.batch import ExecutionStatus, JobStatus
from redun.recorder.reader import Reader
from redun.recorder.reader_filters import Filter
from redun.recorder.reader_lookup import find
from redun.recorder.reader_records import Kind
from redun.tags import parse_tag_key_value

__all__ = ["KINDS", "Choice", "choice_of"]

KINDS = {
    "exec": Kind.EXECUTION,
    "job": Kind.JOB,
    "call_node": Kind.CALL,
    "task": Kind.TASK,
    "value": Kind.VALUE,
    "file": Kind.FILE,
}
"""By the name of the option."""

T = TypeVar("T", bound=IntEnum)
_EXECUTION_STATES = list(ExecutionStatus)
_JOB_STATES = [status for status in JobStatus if status is not JobStatus.PENDING]


@attrs.frozen(kw_only=True)
class Choice:
    """The records to list.

    Attributes
    ----------
    kinds : sequence of Kind
        In the order in which they are listed.
    named : bool
        The kinds were asked for, rather than the executions listed that one gets without asking.
    filter : Filter
    value_types : sequence of str
    file_path : str, optional
        A pattern.
    """

    kinds: Sequence[Kind]
    named: bool
    filter: Filter
    value_types: Sequence[str]
    file_path: str | None

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return self.filter != Filter() or bool(self.value_types) or self.file_path is not None


def choice_of(reader: Reader, options: Mapping[str, Any]) -> Choice:
    """Return what the options ask for.

    Raises
    ------
    click.UsageError
        One of them makes no sense.
    RecordNotFoundError, AmbiguousIdError
        An id that is given names nothing, or several things.
    """
    wanted = Filter(
        executions=_execution_keys(reader, options["exec_id"]),
        execution_status=_states("--exec-status", options["exec_status"], _EXECUTION_STATES),
        user=options["user"],
        project=options["project"],
        execution_tags=_tags("--exec-tag", options["exec_tag"]),
        tags=_tags("--tag", options["tag"]),
        since=_moment("--since", options["since"]),
        until=_moment("--until", options["until"]),
        tasks=options["task_name"],
        task_hashes=options["task_hash"],
        status=_states("--job-status", options["job_status"], _JOB_STATES),
        executor=options["executor"],
        result=_value_hash(reader, options["result"]),
        argument=_value_hash(reader, options["arg"]),
    )
    wanted = _between(wanted, options["between"])
    kinds = [kind for name, kind in KINDS.items() if options[name] or options["all"]]
    return Choice(
        kinds=kinds or _implied(wanted, options),
        named=bool(kinds),
        filter=wanted,
        value_types=options["value_type"],
        file_path=options["file_path"],
    )


def _implied(wanted: Filter, options: Mapping[str, Any]) -> list[Kind]:
    """Return what a filter is about when no kind of record is named."""
    if options["value_type"]:
        return [Kind.VALUE]
    if options["file_path"] is not None:
        return [Kind.FILE]
    return [Kind.JOB if wanted.about_jobs else Kind.EXECUTION]


def _execution_keys(reader: Reader, texts: Sequence[str]) -> list[int] | None:
    if not texts:
        return None
    found = [
        find(reader, word.strip(), {Kind.EXECUTION}).key
        for text in texts
        for word in text.split(",")
        if word.strip()
    ]
    return [reader.execution_of_id(identity).key for identity in found]  # type: ignore[arg-type]


def _states(option: str, texts: Sequence[str], known: Sequence[T]) -> frozenset[T]:
    states: set[T] = set()
    by_name = {status.name: status for status in known}
    for word in (word.strip() for text in texts for word in text.split(",")):
        if word.upper() not in by_name:
            raise click.UsageError(f"{option}: {word!r} is none of {', '.join(by_name)}")
        states.add(by_name[word.upper()])
    return frozenset(states)


def _tags(option: str, texts: Sequence[str]) -> list[tuple[str, Any]]:
    return [
        _read(option, lambda text: parse_tag_key_value(text, value_required=False), text) for text in texts
    ]


def _moment(option: str, text: str | None) -> int | None:
    return None if text is None else _read(option, parse_moment, text)


def _between(wanted: Filter, texts: tuple[str, str] | None) -> Filter:
    if texts is None:
        return wanted
    if wanted.since is not None or wanted.until is not None:
        raise click.UsageError("--between says both ends: leave --since and --until out")
    since, until = (_read("--between", parse_moment, text) for text in texts)
    if since > until:
        raise click.UsageError(
            f"--between: {texts[0]!r} comes after {texts[1]!r}; write the earlier one first"
        )
    return attrs.evolve(wanted, since=since, until=until)


def _read(option: str, read: Callable[[str], Any], text: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None


def _value_hash(reader: Reader, text: str | None) -> bytes | None:
    if text is None:
        return None
    found = find(reader, text, {Kind.VALUE})
    assert isinstance(found.key, bytes)
    return found.key

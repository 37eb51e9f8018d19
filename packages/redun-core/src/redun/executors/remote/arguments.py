"""The arguments of a call, as buffers that another process reads.

Floor: executors. The first buffer is a pickle; large arrays follow in their own memory, not copied.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from redun.errors import UnknownTaskError, UnreadableValueError, UnserializableValueError
from redun.executors.remote.offered import import_known
from redun.value.names import type_name
from redun.value.payload import Payload
from redun.value.pickling import culprit, dump_sections, load

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from redun.task.task import Task

__all__ = ["decode_arguments", "encode_arguments"]

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def encode_arguments(
    args: Sequence[Any], kwargs: Mapping[str, Any], task: Task[..., Any] | None = None
) -> list[Buffer]:
    """Return arguments as buffers.

    Parameters
    ----------
    args, kwargs
        As `Work.arguments` gives them.
    task : Task, optional
        Whose they are, for messages.

    Raises
    ------
    UnserializableValueError
        One cannot be pickled; the message names it.

    Examples
    --------
    >>> decode_arguments(encode_arguments([1, "a"], {"depth": 3}))
    ((1, 'a'), {'depth': 3})
    >>> encode_arguments([], {"key": lambda: 0})
    Traceback (most recent call last):
        ...
    redun.errors.UnserializableValueError: Argument `key`, a function, cannot be given to another process: ...
    """
    try:
        return dump_sections((tuple(args), dict(kwargs)))
    except Exception as error:
        raise _unserializable(args, kwargs, task, error) from error


def decode_arguments(buffers: Sequence[Buffer], modules: Sequence[str] = ()) -> Arguments:
    """Return the arguments.

    Parameters
    ----------
    buffers : sequence of buffer
        What `encode_arguments` gave. Arrays share their memory, and are writable if it is.
    modules : sequence of str
        Imported if an argument refers to a task that is unknown in this process.

    Raises
    ------
    UnreadableValueError
        A class or a task is not to be had here; the message says which.
    """
    payload = Payload(buffers)
    try:
        arguments: Arguments = load(payload)
    except UnknownTaskError as unknown:
        import_known(modules)
        try:
            arguments = load(payload)
        except UnknownTaskError:
            raise UnreadableValueError(f"An argument refers to a task: {unknown}") from unknown
    return arguments


def _unserializable(
    args: Sequence[Any], kwargs: Mapping[str, Any], task: Task[..., Any] | None, error: Exception
) -> UnserializableValueError:
    owner = "" if task is None else f" of task {task.fullname}"
    positions = [] if task is None else list(task.signature.parameters)
    named = [(_name(positions, number), value) for number, value in enumerate(args)]
    for name, value in [*named, *kwargs.items()]:
        try:
            pickle.dumps(value, 5)
        except Exception as own_error:
            path, part, cause = culprit(value, own_error)
            where = f"`{name}{path.removeprefix('value')}`"
            return UnserializableValueError(
                f"Argument {where}{owner}, a {type_name(type(part))}, cannot be given to another process: "
                f"{type(cause).__name__}: {cause}. Give the task something that pickle takes, such as what it is made "
                "from or a File, or let it run in this process, by executor='default'."
            )
    return UnserializableValueError(
        f"The arguments{owner} cannot be given to another process: {type(error).__name__}: {error}."
    )


def _name(positions: Sequence[str], number: int) -> str:
    # Of many arguments the last parameter may take the rest.
    return positions[min(number, len(positions) - 1)] if positions else str(number + 1)

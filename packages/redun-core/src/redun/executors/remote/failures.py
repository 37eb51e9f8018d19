"""Errors that pass from one process to another, whatever their classes make of it.

Floor: executors. An error is given by its pickle if that gives it back; else by its class, its arguments and its
attributes, as far as these can be pickled; else by the name of its class and its message alone, in a class made to look
like its own. Its traceback goes along as text, and so does what caused it.
"""

from __future__ import annotations

import pickle
from functools import lru_cache
from typing import Any

from redun.errors import ExecutorError
from redun.value.error import message_of
from redun.value.names import type_name
from redun.value.traceback_text import user_traceback

__all__ = ["decode_error", "encode_error"]

EncodedError = tuple[str, list[tuple[str, str, bytes, bool]]]
"""Traceback; then of the error and what caused it: name of the class, message, pickle or nothing, whether the one
before was raised `from` it."""

_CHAIN = 20


def encode_error(error: BaseException) -> EncodedError:
    """Return what another process needs of an error, made of plain values."""
    links: list[tuple[str, str, bytes, bool]] = []
    told = {id(error)}
    current: BaseException | None = error
    raised_from = True
    while current is not None and len(links) < _CHAIN:
        links.append((type_name(type(current)), message_of(current), _pickled(current), raised_from))
        raised_from = current.__cause__ is not None
        following = current.__cause__
        if following is None and not current.__suppress_context__:
            following = current.__context__
        if following is not None and id(following) in told:
            break
        told.add(id(following))
        current = following
    return user_traceback(error), links


def decode_error(encoded: EncodedError) -> BaseException:
    """Return the error; its traceback is the attribute `__redun_traceback__`."""
    traceback, links = encoded
    errors = [_loaded(*link[:3]) for link in links]
    for error, following, (*_, raised_from) in zip(errors, errors[1:], links[1:], strict=False):
        if raised_from:
            error.__cause__ = following
        else:
            error.__context__ = following
    first = errors[0]
    try:
        first.__redun_traceback__ = traceback  # type: ignore[attr-defined]
    except (AttributeError, TypeError):
        # Its class lets nothing be set.
        first = stand_in(*links[0][:2])
        first.__redun_traceback__ = traceback  # type: ignore[attr-defined]
    return first


def _pickled(error: BaseException) -> bytes:
    """Return a pickle that gives the same class and message, here at least; empty if there is none."""
    for attempt in (_whole, _rebuildable):
        try:
            data = attempt(error)
            copy = pickle.loads(data)
            if type(copy) is type(error) and message_of(copy) == message_of(error):
                return data
        except Exception:
            continue
    return b""


def _whole(error: BaseException) -> bytes:
    return pickle.dumps(error, 5)


def _rebuildable(error: BaseException) -> bytes:
    state = {name: value for name, value in vars(error).items() if _picklable(value)}
    args = tuple([arg if _picklable(arg) else Shown(repr(arg)) for arg in error.args])
    return pickle.dumps(_Rebuilt(type(error), args, state), 5)


class Shown(str):
    """What stands for an argument that cannot be pickled: its repr, which shows as that of the argument did."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class _Rebuilt:
    """Pickles as an error that is made without its class' own `__init__`, which may want other arguments."""

    def __init__(self, kind: type[BaseException], args: tuple[Any, ...], state: dict[str, Any]) -> None:
        self._parts = kind, args, state

    def __reduce__(self) -> tuple[Any, ...]:
        return rebuild, self._parts


def rebuild(kind: type[BaseException], args: tuple[Any, ...], state: dict[str, Any]) -> BaseException:
    """Return an error of a class, made without its `__init__`."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def _picklable(value: Any) -> bool:
    try:
        pickle.loads(pickle.dumps(value, 5))
    except Exception:
        return False
    return True


def _loaded(name: str, message: str, pickled: bytes) -> BaseException:
    if pickled:
        try:
            error = pickle.loads(pickled)
        except Exception:
            # Its class is not to be had here, or does not take what it gave there.
            return stand_in(name, message)
        if isinstance(error, BaseException):
            return error
    return stand_in(name, message)


class _StandIn(ExecutorError):
    """Stands for an error whose class is not to be had in this process; it shows that class' name."""

    def __reduce__(self) -> tuple[Any, ...]:
        return stand_in, (type_name(type(self)), str(self))


def stand_in(name: str, message: str) -> BaseException:
    """Return an error that shows the name of another class.

    Examples
    --------
    >>> stand_in("lab.instruments.TooHot", "at 92 degrees")
    TooHot('at 92 degrees')
    """
    return _stand_in_class(name)(message)


@lru_cache
def _stand_in_class(name: str) -> type[_StandIn]:
    module, _, own = name.rpartition(".")
    return type(own, (_StandIn,), {"__module__": module or "builtins", "__qualname__": own})

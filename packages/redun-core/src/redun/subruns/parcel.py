"""What an execution is sent to evaluate elsewhere.

Floor: composition. Reading an expression back needs its tasks, and the process that gets it may have to import them
first. So it travels as bytes that are read when it is asked for.
"""

from __future__ import annotations

from typing import Any

import attrs

from redun.expression import QuotedExpression
from redun.hashing.digest import digest
from redun.hashing.values import hash_value
from redun.task.registry import get_task_registry
from redun.value.pickling import dump, load

__all__ = ["NamedCall", "Parcel"]


@attrs.frozen
class NamedCall:
    """A call of a task that is known here by its name alone."""

    fullname: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def eval(self) -> Any:
        """Return the call, where the task is known.

        Raises
        ------
        UnknownTaskError
            It is not.
        """
        return get_task_registry().require(self.fullname)(*self.args, **self.kwargs)


class Parcel:
    """An expression, or a call of a task that is known elsewhere, to be evaluated by another scheduler."""

    __slots__ = ("_content", "_digest", "_payload")

    def __init__(self, content: QuotedExpression | NamedCall) -> None:
        self._content: QuotedExpression | NamedCall | None = content
        self._digest = digest(b"parcel", hash_value(content))
        self._payload: bytes | None = None

    def open(self) -> Any:
        """Return what is to be evaluated."""
        if self._content is None:
            assert self._payload is not None
            self._content = load(self._payload)
        return self._content.eval()

    def __redun_holds__(self) -> tuple[Any, ...]:
        return () if self._content is None else (self._content,)

    def __redun_digest__(self) -> bytes:
        return self._digest

    def __reduce__(self) -> tuple[Any, ...]:
        if self._payload is None:
            self._payload = bytes(dump(self._content, flat=True))
        return _arrived, (self._digest, self._payload)

    def __repr__(self) -> str:
        return repr(self._content)


def _arrived(known: bytes, payload: bytes) -> Parcel:
    parcel = object.__new__(Parcel)
    parcel._content, parcel._digest, parcel._payload = None, known, payload
    return parcel

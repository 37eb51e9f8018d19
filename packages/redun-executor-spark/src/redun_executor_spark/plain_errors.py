"""Errors of Spark that can be shown, recorded and sent to another process when the JVM they came from is gone.

Those of pyspark ask the JVM for their text whenever it is wanted. The copies made here are of the same classes, so that
`catch` and `except` find them, and hold what the JVM had to say.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from types import TracebackType
from typing import Any

from redun_executor_spark.reasons import reason_in

__all__ = ["is_from_spark", "plain", "text_of", "trimmed"]

_LIBRARIES = ("pyspark.", "py4j.")
_FOREIGN = ("py4j.", "pyspark.errors.exceptions.captured", "pyspark.errors.exceptions.connect")
_ASKED = ("getCondition", "getSqlState", "getMessageParameters")


def is_from_spark(error: BaseException) -> bool:
    """Tell whether an error came out of Spark, or from the connection to its JVM."""
    if any(kind.__module__.startswith((*_LIBRARIES, "grpc")) for kind in type(error).__mro__):
        return True
    if not isinstance(error, OSError):
        return False
    # A connection to the JVM that breaks shows as an error of Python's own.
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last is not None and _is_of_library(last)


def text_of(error: BaseException) -> str:
    """Return an error's text as far as it can still be had."""
    with suppress(Exception):
        return str(error)
    # Its JVM is gone; this much is in Python.
    said = getattr(error, "errmsg", None) or getattr(error, "_desc", None)
    return str(said or type(error).__name__)


def plain(error: BaseException) -> BaseException:
    """Return a copy of an error that needs no JVM; errors that never did are returned as they are."""
    kind = type(error)
    if not kind.__module__.startswith(_FOREIGN):
        return error
    told: dict[str, Any] = {}
    for name in _ASKED:
        with suppress(Exception):
            told[name] = getattr(error, name)()
    if "getCondition" not in told:
        # Its name until pyspark 4.
        with suppress(Exception):
            told["getCondition"] = error.getErrorClass()  # type: ignore[attr-defined]
    copy = remade(kind, reason_in(text_of(error)), told)
    copy.__cause__ = error.__cause__
    copy.__suppress_context__ = True
    return copy.with_traceback(trimmed(error.__traceback__))


def remade(kind: Any, text: str, told: dict[str, Any]) -> BaseException:
    """Return an error of a class of Spark's, made of what is known of one."""
    made = _plain_class(kind)
    # Not by the class's own constructor, which wants an object of the JVM.
    copy = made.__new__(made, text)
    copy.__dict__.update(_text=text, _told=told, _kind=kind)
    return copy


def trimmed(traceback: TracebackType | None) -> TracebackType | None:
    """Return the part of a traceback that lies outside of Spark's libraries, up to where they were called."""
    if traceback is None or _is_of_library(traceback):
        return None
    return TracebackType(
        trimmed(traceback.tb_next), traceback.tb_frame, traceback.tb_lasti, traceback.tb_lineno
    )


def _is_of_library(traceback: TracebackType) -> bool:
    return str(traceback.tb_frame.f_globals.get("__name__", "")).startswith(_LIBRARIES)


class _Plain(BaseException):
    """In front of a class of Spark's, it answers in the place of the JVM."""

    _text: str
    _told: dict[str, Any]
    _kind: type[BaseException]

    def __str__(self) -> str:
        return self._text

    def __reduce__(self) -> tuple[Any, ...]:
        return remade, (self._kind, self._text, self._told)

    def getCondition(self) -> str | None:  # noqa: N802
        return self._told.get("getCondition")

    def getErrorClass(self) -> str | None:  # noqa: N802
        return self._told.get("getCondition")

    def getSqlState(self) -> str | None:  # noqa: N802
        return self._told.get("getSqlState")

    def getMessageParameters(self) -> dict[str, str] | None:  # noqa: N802
        return self._told.get("getMessageParameters")

    def getMessage(self) -> str:  # noqa: N802
        return self._text


@cache
def _plain_class(kind: Any) -> type[BaseException]:
    return type(
        kind.__name__, (_Plain, kind), {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    )

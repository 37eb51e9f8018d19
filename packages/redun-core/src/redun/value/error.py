"""Errors as values: what the record keeps of an exception, readable without its class.

Floor: values.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import attrs

from redun.errors import UnreadableValueError
from redun.hashing.digest import digest
from redun.value.codes import ValueFlag, ValueFormat
from redun.value.names import type_name
from redun.value.preview import shorten
from redun.value.sealed import Sealed

__all__ = ["ErrorValue", "message_of", "read_error", "seal_error"]

TYPE_NAME = "redun.ErrorValue"


@attrs.frozen
class ErrorValue:
    """What is kept of an exception.

    Attributes
    ----------
    type : str
        Name of its class.
    message : str
        Its text.
    traceback : str
        As printed.

    Examples
    --------
    >>> str(ErrorValue("builtins.ValueError", "no such reads"))
    'builtins.ValueError: no such reads'
    """

    __redun_type_name__ = TYPE_NAME

    type: str
    message: str
    traceback: str = ""

    def __str__(self) -> str:
        return f"{self.type}: {self.message}" if self.message else self.type


def message_of(error: BaseException) -> str:
    """Return an error's text with the notes added to it, even of one whose `__str__` fails."""
    try:
        return "\n".join([str(error), *getattr(error, "__notes__", ())])
    except Exception as broken:
        return f"(its message cannot be shown: {type(broken).__name__})"


def seal_error(
    error: BaseException, traceback_text: str = "", redact: Callable[[str], str] | None = None
) -> Sealed:
    """Seal an exception as JSON, so that showing it runs none of its code; `redact` takes secrets out of texts."""
    message = message_of(error)
    if redact is not None:
        message, traceback_text = redact(message), redact(traceback_text)
    value = ErrorValue(type_name(type(error)), message, traceback_text)
    payload = json.dumps(attrs.asdict(value)).encode()
    return Sealed(
        value,
        digest(b"error", payload),
        TYPE_NAME,
        len(payload),
        shorten(str(value)),
        int(ValueFormat.JSON),
        int(ValueFlag.ERROR),
        payload,
        (),
    )


def read_error(payload: bytes) -> ErrorValue:
    """Read what `seal_error` wrote.

    Raises
    ------
    UnreadableValueError
        The bytes are damaged.
    """
    try:
        return ErrorValue(**json.loads(payload))
    except (ValueError, TypeError) as error:
        raise UnreadableValueError(
            f"A stored error cannot be read: its bytes are damaged ({error})."
        ) from error

"""The traceback of an error as users read it: their own frames, and what caused the error.

Floor: values.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from redun.value.error import message_of

if TYPE_CHECKING:
    from traceback import StackSummary

__all__ = ["user_traceback"]


def user_traceback(error: BaseException) -> str:
    """Return the text of an error's Python frames without redun's own, and of the errors that caused it."""
    from traceback import format_exception_only

    errors = _told(error)
    pieces = []
    for cause, current in zip([None, *errors], errors, strict=False):
        if cause is not None:
            pieces += format_exception_only(cause)
            pieces.append("\nThe above error was the direct cause of the following one:\n\n")
        elsewhere = _traceback_elsewhere(current)
        pieces += _user_frames(current).format() if elsewhere is None else [elsewhere]
    return "".join(pieces)


# As frames name their files, which in an archive may not be as `__file__` does.
_OWN = os.path.dirname(os.path.dirname(user_traceback.__code__.co_filename)) + os.sep


def _told(error: BaseException) -> list[BaseException]:
    """Return an error and what caused it, first causes first, without those that were only put into other words."""
    told = [error]
    seen = {id(error)}
    current: BaseException | None = error
    while current is not None and _traceback_elsewhere(current) is None:
        cause = current.__cause__
        if cause is None and not current.__suppress_context__:
            cause = current.__context__
        if cause is None or id(cause) in seen:
            break
        seen.add(id(cause))
        if _user_frames(cause) or message_of(cause) not in message_of(told[-1]):
            told.append(cause)
        current = cause
    return told[::-1]


def _traceback_elsewhere(error: BaseException) -> str | None:
    """Return the text that an error brought from another process, which tells what caused it too."""
    return getattr(error, "__redun_traceback__", None)


def _user_frames(error: BaseException) -> StackSummary:
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    return traceback.StackSummary.from_list([each for each in frames if not each.filename.startswith(_OWN)])

"""The user's own part of a traceback.

Floor: command line.
"""

from __future__ import annotations

import importlib
import os
import traceback

__all__ = ["describe", "is_machinery"]

_OURS = tuple(
    os.path.dirname(str(importlib.import_module(package).__file__)) + os.sep
    for package in ("redun", "redun_cli")
)


def describe(error: BaseException) -> str:
    """Render an exception with the frames of the user's code alone, then its type and message."""
    trace = traceback.TracebackException.from_exception(error)
    for part in _chain(trace):
        part.stack[:] = [frame for frame in part.stack if not is_machinery(frame.filename)]
    return "".join(trace.format()).removeprefix("Traceback (most recent call last):\n").rstrip()


def _chain(trace: traceback.TracebackException) -> list[traceback.TracebackException]:
    found: list[traceback.TracebackException] = []
    waiting: list[traceback.TracebackException | None] = [trace]
    while waiting:
        part = waiting.pop()
        if part is not None:
            found.append(part)
            waiting += [part.__cause__, part.__context__]
    return found


def is_machinery(filename: str) -> bool:
    """Tell whether code is of redun or of the import system."""
    return filename.startswith((*_OURS, "<frozen importlib")) or filename == importlib.__file__

"""The one way to standard output: a line that was recorded elsewhere cannot steer the terminal it is shown on.

Floor: command line.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from typing import TextIO

from redun.visible import visible

__all__ = ["cut", "visible", "write_lines"]

_LINES_AT_ONCE = 256


def cut(text: str, width: int) -> str:
    """Return at most `width` characters."""
    return text if len(text) <= width else f"{text[: width - 3]}..."


def write_lines(lines: Iterable[str], stream: TextIO | None = None, *, end: str = "\n") -> None:
    """Write lines, each made visible and followed by `end`, as soon as there are some."""
    out = sys.stdout if stream is None else stream
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(errors="backslashreplace")
    pending: list[str] = []
    for line in lines:
        pending.append(visible(line))
        if len(pending) >= _LINES_AT_ONCE:
            out.write(end.join(pending) + end)
            pending.clear()
    if pending:
        out.write(end.join(pending) + end)

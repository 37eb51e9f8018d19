"""The one way to standard output: a line that was recorded elsewhere cannot steer the terminal it is shown on.

Floor: command line.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterable
from typing import TextIO

__all__ = ["cut", "visible", "write_lines"]

# Control characters, marks that reorder or hide text, line separators and lone surrogates.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_LINES_AT_ONCE = 256


def visible(text: str) -> str:
    r"""Return the text with whatever could move the cursor, recolour or hide written out as an escape.

    >>> visible("red\x1b[31m\n")
    'red\\x1b[31m\\n'
    """
    return _HIDDEN.sub(_escape, text) if _HIDDEN.search(text) else text


def cut(text: str, width: int) -> str:
    """Return at most `width` characters."""
    return text if len(text) <= width else f"{text[: width - 3]}..."


def write_lines(lines: Iterable[str], stream: TextIO | None = None) -> None:
    """Write lines, each made visible, as soon as there are some."""
    out = sys.stdout if stream is None else stream
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(errors="backslashreplace")
    pending: list[str] = []
    for line in lines:
        pending.append(visible(line))
        if len(pending) >= _LINES_AT_ONCE:
            out.write("\n".join(pending) + "\n")
            pending.clear()
    if pending:
        out.write("\n".join(pending) + "\n")


def _escape(match: re.Match[str]) -> str:
    # A lone surrogate has no encoding of its own, so ask repr.
    return repr(match[0])[1:-1]

"""Text from elsewhere, made safe to show: it can neither steer a terminal nor look like other text.

Floor: ground. Everything that was recorded, or that code of a workflow says, passes through here on its way to people.
"""

from __future__ import annotations

import re

__all__ = ["visible", "visible_lines"]

# Control characters, marks that reorder or hide text, what has no looks at all, line separators, lone surrogates.
_HIDDEN_BUT_LAYOUT = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e01ef"
)
_HIDDEN = re.compile(rf"[\t\n{_HIDDEN_BUT_LAYOUT}]")
_HIDDEN_IN_LINES = re.compile(rf"[{_HIDDEN_BUT_LAYOUT}]")
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def visible(text: str) -> str:
    r"""Return a text as one line, with whatever could move the cursor, recolour or hide written out as an escape.

    Examples
    --------
    >>> visible("red\x1b[31m\n")
    'red\\x1b[31m\\n'
    """
    # Nearly every text, and several times as fast as to search it.
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(_escape, text)


def visible_lines(text: str) -> str:
    r"""Return a text of several lines like `visible`, with its ends of lines and tabs as they are.

    Examples
    --------
    >>> visible_lines("red\x1b[31m\nplain")
    'red\\x1b[31m\nplain'
    """
    return _HIDDEN_IN_LINES.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    mark = match[0]
    code = ord(mark)
    if mark in _SHORT:
        return _SHORT[mark]
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    # JSON leaves this one control character as it is, and knows no \x.
    return f"\\x{code:02x}" if code < 0x100 and code != 0x7F else f"\\u{code:04x}"

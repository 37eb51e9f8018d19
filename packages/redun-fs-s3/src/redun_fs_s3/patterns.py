"""Patterns as regular expressions, in which nothing but ``**`` matches a slash."""

from __future__ import annotations

import re

__all__ = ["MAGIC", "anywhere", "within"]

MAGIC = re.compile(r"[*?[]")
"""Finds what makes a name a pattern."""


def within(part: str) -> str:
    """Return the expression for one part of a pattern.

    Examples
    --------
    >>> within("chr?.fa*")
    'chr[^/]\\\\.fa[^/]*'
    >>> bool(re.fullmatch(within("[!ab].fa"), "c.fa"))
    True
    """
    made, at = [], 0
    while at < len(part):
        letter = part[at]
        at += 1
        if letter == "*":
            made.append("[^/]*")
        elif letter == "?":
            made.append("[^/]")
        elif letter == "[" and (end := _end_of_class(part, at)):
            made.append(_class(part[at:end]))
            at = end + 1
        else:
            made.append(re.escape(letter))
    return "".join(made)


def anywhere(rest: list[str]) -> str:
    """Return the expression for ``**`` and the parts that follow it.

    Examples
    --------
    >>> [bool(re.fullmatch(anywhere(["*.fa"]), name)) for name in ("a.fa", "deep/er/a.fa", "a.fa/x")]
    [True, True, False]
    """
    if not rest:
        return ".+"
    made = ["(?:.*/)?"]
    for part in rest[:-1]:
        made.append("(?:.*/)?" if part == "**" else f"{within(part)}/")
    made.append(".+" if rest[-1] == "**" else within(rest[-1]))
    return "".join(made)


def _end_of_class(part: str, start: int) -> int:
    """Return where a class in brackets ends, 0 if it does not; a bracket that comes first belongs to it."""
    first = start + 1 if part[start : start + 1] == "!" else start
    return part.find("]", first + 1) if "]" in part[first + 1 :] else 0


def _class(letters: str) -> str:
    negated = letters.startswith("!")
    ranges, at, letters = [], 0, letters.removeprefix("!")
    while at < len(letters):
        if letters[at + 1 : at + 2] == "-" and at + 2 < len(letters):
            low, high, at = letters[at], letters[at + 2], at + 3
            if low <= high:
                ranges.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            ranges.append(re.escape(letters[at]))
            at += 1
    if not ranges:
        return "[^/]" if negated else "(?!)"
    return f"(?!/)[{'^' if negated else ''}{''.join(ranges)}]"

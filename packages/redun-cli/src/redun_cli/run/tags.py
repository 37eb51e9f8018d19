"""Tags as they are typed: `key=value`, the value JSON where it looks like it.

Floor: command line.
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["parse_tag"]


def parse_tag(word: str) -> tuple[str, Any]:
    """Read one tag.

    A number, true, false, null, or what begins like a JSON array, object or string is read as JSON; nothing is null;
    anything else is text.

    Raises
    ------
    ValueError
        The word is not of the form KEY=VALUE, or what begins like JSON is none.

    Examples
    --------
    >>> parse_tag("project=acme"), parse_tag("n=3"), parse_tag("sizes=[1, 2]")
    (('project', 'acme'), ('n', 3), ('sizes', [1, 2]))
    """
    key, equals, text = word.partition("=")
    if not key or not equals:
        raise ValueError(f"{word!r} is not of the form KEY=VALUE")
    if not text:
        return key, None
    try:
        return key, json.loads(text)
    except ValueError as error:
        if text[0] in '[{"':
            raise ValueError(f"the value of tag {key!r} is not JSON: {error}") from None
        return key, text

"""Tags as they are typed.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from redun.tags import ANY_VALUE, encode_tags, parse_tag_key_value

__all__ = ["read_tags"]


def read_tags(words: Sequence[str], *, bare_keys: bool) -> list[tuple[str, Any]]:
    """Return keys and JSON texts, None for a key alone.

    Raises
    ------
    UsageError
        A word is no tag.
    """
    read: list[tuple[str, Any]] = []
    for word in words:
        try:
            key, value = parse_tag_key_value(word, value_required=not bare_keys)
            read += [(key, None)] if value is ANY_VALUE else encode_tags(word, [(key, value)])
        except (TypeError, ValueError) as error:
            raise click.UsageError(str(error)) from None
    return read

"""The tags of everything, one after the other.

Floor: recorder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["all_tags"]

_PAGE = 500

# Both go along the index of tags, from where the last page ended.
ALL_TAGS = (
    "SELECT key, value, entity, id FROM tag WHERE (key, value, entity, id) > (?, ?, ?, ?)"
    " ORDER BY key, value, entity, id LIMIT ?"
)
TAGS_OF_KEY = (
    "SELECT key, value, entity, id FROM tag WHERE key = ? AND (value, entity, id) > (?, ?, ?)"
    " ORDER BY value, entity, id LIMIT ?"
)


def all_tags(reader: Reader, key: str | None = None) -> Iterator[tuple[str, str, str, bytes]]:
    """Yield key, JSON text of the value, kind of what is tagged and its id, in this order; of one key if given."""
    question, last = (ALL_TAGS, ("", "", "", b"")) if key is None else (TAGS_OF_KEY, (key, "", "", b""))
    while rows := reader.database.rows(question, *last, _PAGE):
        yield from rows
        last = rows[-1]

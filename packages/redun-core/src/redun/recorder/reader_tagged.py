"""Which records have a tag.

Floor: recorder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from redun.recorder import reader_filter_sql as sql
from redun.tags import ANY_VALUE, encode_tags

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["few_tagged", "having_tags"]

FEW = 1_000
"""So many are looked up one by one rather than met on the way."""

Pairs = Sequence[tuple[str, Any]]


def few_tagged(reader: Reader, entity: str, pairs: Pairs) -> set[bytes] | None:
    """Return the ids of what has these tags, perhaps among others that lack some; None if they are many."""
    found: set[bytes] | None = None
    for key, value in pairs:
        if value is ANY_VALUE:
            rows = reader.database.rows(sql.TAGGED_KEY, key, entity, FEW + 1)
        else:
            rows = reader.database.rows(sql.TAGGED, key, _text(key, value), entity, FEW + 1)
        if len(rows) <= FEW:
            ids = {identity for (identity,) in rows}
            found = ids if found is None else found & ids
    return found


def having_tags(reader: Reader, entity: str, ids: Iterable[bytes], pairs: Pairs) -> set[bytes]:
    """Return those ids that have all of the tags."""
    wanted = [(key, value if value is ANY_VALUE else json.loads(_text(key, value))) for key, value in pairs]
    return {
        identity
        for identity, tags in reader.tags(entity, ids).items()
        if all(key in tags and (value is ANY_VALUE or value in tags[key]) for key, value in wanted)
    }


def _text(key: str, value: Any) -> str:
    ((_, text),) = encode_tags("a search", [(key, value)])
    return text

"""One question of thousands of keys, a few hundred at a time.

Floor: recorder.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["rows_by_keys"]

# Few sizes, so that every statement is prepared once; a chunk is filled up by repeating a key.
_SIZES = (1, 16, 256)


def rows_by_keys(
    connection: sqlite3.Connection, query: str, keys: Iterable[bytes]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query for any number of keys, put where it says `IN ({})`.

    The rows of a chunk are fetched as they are asked for: who changes what the query reads makes a list first.
    """
    # In order, so that neighbours find their page at hand.
    keys = sorted(keys)
    for start in range(0, len(keys), _SIZES[-1]):
        # The driver binds bytearrays much faster than bytes (see `recorder.rows`).
        chunk = [bytearray(key) for key in keys[start : start + _SIZES[-1]]]
        size = next(size for size in _SIZES if size >= len(chunk))
        chunk += chunk[:1] * (size - len(chunk))
        yield from connection.execute(query.format(", ".join("?" * size)), chunk)

"""Which records are to be sent: the hashes of each kind, on disk when they are many.

Floor: transfer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Wanted"]

_CHUNK = 500
_MARKS = ", ".join("?" * _CHUNK)


class Wanted:
    """Sets of hashes, each of which may come with another one."""

    def __init__(self) -> None:
        # Without a name: SQLite keeps it in memory as long as it is small, and then in a file that nobody else sees.
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._kinds: set[str] = set()

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()

    def add(self, kind: str, hashes: Iterable[bytes]) -> list[bytes]:
        """Want hashes; return those that were not wanted before."""
        fresh = self.without(kind, hashes)
        self._insert(kind, [(one, None) for one in fresh])
        return fresh

    def add_pairs(self, kind: str, pairs: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
        """Want hashes that come with others; return those that were not wanted before."""
        given = dict(pairs)
        fresh = self.without(kind, given)
        self._insert(kind, [(one, given[one]) for one in fresh])
        return fresh

    def without(self, kind: str, hashes: Iterable[bytes]) -> list[bytes]:
        """Return the hashes that are not wanted yet, each once."""
        fresh = dict.fromkeys(hashes)
        for one in list(self._present(kind, list(fresh))):
            del fresh[one]
        return list(fresh)

    def among(self, kind: str, hashes: Iterable[bytes]) -> set[bytes]:
        """Return the hashes that are wanted."""
        return set(self._present(kind, list(dict.fromkeys(hashes))))

    def count(self, kind: str) -> int:
        """Return how many are wanted."""
        if kind not in self._kinds:
            return 0
        return int(self._connection.execute(f"SELECT COUNT(*) FROM {kind}").fetchone()[0])

    def pages(self, kind: str, size: int = _CHUNK) -> Iterator[dict[bytes, bytes | None]]:
        """Yield what is wanted, in order, and what each comes with."""
        last = b""
        while kind in self._kinds:
            page = dict(
                self._connection.execute(
                    f"SELECT hash, other FROM {kind} WHERE hash > ? ORDER BY hash LIMIT ?", (last, size)
                ).fetchall()
            )
            if not page:
                return
            yield page
            last = max(page)

    def _present(self, kind: str, hashes: Sequence[bytes]) -> Iterator[bytes]:
        if kind not in self._kinds:
            return
        for start in range(0, len(hashes), _CHUNK):
            chunk = list(hashes[start : start + _CHUNK])
            chunk += chunk[:1] * (_CHUNK - len(chunk)) if len(chunk) > _CHUNK // 8 else []
            marks = _MARKS if len(chunk) == _CHUNK else ", ".join("?" * len(chunk))
            for (one,) in self._connection.execute(f"SELECT hash FROM {kind} WHERE hash IN ({marks})", chunk):
                yield one

    def _insert(self, kind: str, rows: list[tuple[bytes, bytes | None]]) -> None:
        if kind not in self._kinds:
            self._kinds.add(kind)
            self._connection.execute(f"CREATE TABLE {kind} (hash PRIMARY KEY, other) WITHOUT ROWID")
        if rows:
            self._connection.execute("BEGIN")
            self._connection.executemany(f"INSERT OR IGNORE INTO {kind} VALUES (?, ?)", rows)
            self._connection.execute("COMMIT")

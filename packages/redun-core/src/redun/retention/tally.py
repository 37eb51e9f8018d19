"""How much of each kind.

Floor: retention.
"""

from __future__ import annotations

__all__ = ["Tally"]


class Tally:
    """Counts and bytes by kind, in the order in which kinds first came.

    Examples
    --------
    >>> tally = Tally()
    >>> tally.add("value", 2, 30)
    >>> tally.add("value", 1)
    >>> tally.counts, tally.bytes
    ({'value': 3}, {'value': 30})
    """

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.bytes: dict[str, int] = {}

    def add(self, kind: str, count: int, size: int = 0) -> None:
        """Add to a kind."""
        if count:
            self.counts[kind] = self.counts.get(kind, 0) + count
            self.bytes[kind] = self.bytes.get(kind, 0) + size

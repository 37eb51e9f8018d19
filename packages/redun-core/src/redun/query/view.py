"""What the views of records have in common.

Floor: library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from redun.query.record import Record

__all__ = ["View", "printable"]


class View:
    """A record and what can be asked about it; what it leads to is looked up when it is asked for."""

    COLUMNS: ClassVar[Mapping[str, str]] = {}
    """The attributes that make the columns of a table, and of which kind each is: text, number, flag, moment, span."""

    __slots__ = ("_record", "_row")

    def __init__(self, record: Record, row: Any) -> None:
        self._record = record
        self._row = row

    @property
    def _identity(self) -> object:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash((type(self), self._identity))


def printable(text: str) -> str:
    """Return a recorded text so that a terminal shows it and does nothing else.

    Examples
    --------
    >>> printable("caf\u00e9 \x1b[2J")
    'caf\u00e9 \\\\x1b[2J'
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )

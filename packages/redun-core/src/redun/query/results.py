"""Answers: looked up as they are gone through, and given to pandas, polars or Arrow as a table.

Floor: library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from redun.errors import RecordNotFoundError
from redun.query.view import View

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

__all__ = ["Results"]

_SHOWN = 10


T = TypeVar("T", bound=View)


class Results(Generic[T]):
    """Answers to a question.

    Going through them asks the record for a page at a time, anew each time; whoever takes the first few pays for these
    alone.

    Parameters
    ----------
    kind : type
        What they are.
    look : callable
        Begins to look them up.
    """

    def __init__(self, kind: type[T], look: Callable[[], Iterator[T]]) -> None:
        self.kind = kind
        self._look = look

    def __iter__(self) -> Iterator[T]:
        return self._look()

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> list[T]: ...
    def __getitem__(self, place: int | slice) -> T | list[T]:
        """Return the answer at a place, or those of a slice; unless it counts from the end, only what comes before
        is looked up.
        """
        ends = (place.start, place.stop, place.step) if isinstance(place, slice) else (place,)
        if any(end is not None and end < 0 for end in ends):
            return self.all()[place]
        if isinstance(place, slice):
            return list(islice(self, *ends))
        for found in islice(self, place, None):
            return found
        raise IndexError(f"there are no {place + 1} answers")

    def __repr__(self) -> str:
        """Show the first ones."""
        first = self[: _SHOWN + 1]
        lines = [repr(one) for one in first[:_SHOWN]] or [f"no {self.kind.__name__}"]
        return "\n".join([*lines, *(["…"] if len(first) > _SHOWN else [])])

    def first(self) -> T | None:
        """Return the first answer, or None."""
        return next(iter(self), None)

    def one(self) -> T:
        """Return the only answer.

        Raises
        ------
        RecordNotFoundError
            There is none.
        ValueError
            There are several.
        """
        found = self[:2]
        if not found:
            raise RecordNotFoundError("nothing in the record fits the question")
        if len(found) > 1:
            raise ValueError(f"one answer was expected, but there are several: {found[0]!r}, {found[1]!r} …")
        return found[0]

    def all(self) -> list[T]:
        """Return all of them."""
        return list(self)

    def limit(self, number: int) -> Results[T]:
        """Return the first so many."""
        return Results(self.kind, lambda: islice(self, number))

    def count(self) -> int:
        """Return how many there are."""
        return sum(1 for _ in self)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each as a dict of plain values."""
        columns = tuple(self.kind.COLUMNS)
        for found in self:
            yield {column: getattr(found, column) for column in columns}

    def to_pandas(self) -> pandas.DataFrame:
        """Return a data frame of pandas, which must be installed."""
        from redun.query.tables import to_pandas

        return to_pandas(self, self.kind.COLUMNS)

    def to_polars(self) -> polars.DataFrame:
        """Return a data frame of polars, which must be installed."""
        from redun.query.tables import to_polars

        return to_polars(self, self.kind.COLUMNS)

    def to_arrow(self) -> pyarrow.Table:
        """Return a table of pyarrow, which must be installed."""
        from redun.query.tables import to_arrow

        return to_arrow(self, self.kind.COLUMNS)

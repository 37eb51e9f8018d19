"""Sizes and counts as people read them.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["columns", "count_text", "size_text"]


def size_text(size: int) -> str:
    """Return bytes in the unit that fits.

    >>> size_text(999), size_text(1536), size_text(3 * 1024**3)
    ('999 B', '1.5 KiB', '3.0 GiB')
    """
    if size < 1024:
        return f"{size} B"
    amount = float(size)
    for unit in ("KiB", "MiB", "GiB"):
        amount /= 1024
        if amount < 1024:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1024:.1f} TiB"


def count_text(count: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun.

    >>> count_text(1, "job"), count_text(12000, "job"), count_text(2, "entry", "entries")
    ('1 job', '12,000 jobs', '2 entries')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def columns(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> Iterator[str]:
    """Yield rows as lines with aligned columns, those in `right` to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            text.rjust(width) if place in right else text.ljust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()

"""Numbers, times and sizes as a page shows them.

Floor: command line.
"""

from __future__ import annotations

__all__ = ["count_text", "size_text", "span"]

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def count_text(count: int) -> str:
    """Return a number with its thousands apart.

    >>> count_text(12345), count_text(7)
    ('12\u202f345', '7')
    """
    return f"{count:,}".replace(",", "\u202f")


def span(microseconds: int) -> str:
    """Return a duration in the two units that matter.

    Examples
    --------
    >>> span(450), span(12_300), span(2_340_000), span(125_000_000), span(7_500_000_000)
    ('450 µs', '12 ms', '2.3 s', '2 min 5 s', '2 h 5 min')
    """
    if microseconds < 1_000:
        return f"{microseconds} µs"
    if microseconds < 999_500:
        return f"{microseconds / 1e3:.0f} ms"
    if microseconds < 59_950_000:
        return f"{microseconds / 1e6:.1f} s"
    seconds = round(microseconds / 1e6)
    if seconds < 3_600:
        return _two(seconds, 60, "min", 1, "s")
    if seconds < 86_400:
        return _two(seconds, 3_600, "h", 60, "min")
    return _two(seconds, 86_400, "d", 3_600, "h")


def _two(seconds: int, large: int, name: str, small: int, part: str) -> str:
    whole, rest = divmod(seconds, large)
    return f"{whole} {name} {rest // small} {part}" if rest // small else f"{whole} {name}"


def size_text(size: float) -> str:
    """Return a number of bytes.

    Examples
    --------
    >>> size_text(512), size_text(31_400_000)
    ('512 B', '31 MB')
    """
    unit = 0
    while size >= 999.5 and unit < len(_UNITS) - 1:
        size, unit = size / 1_000, unit + 1
    return f"{size:.1f} {_UNITS[unit]}" if unit and size < 9.95 else f"{size:.0f} {_UNITS[unit]}"

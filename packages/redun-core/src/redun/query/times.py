"""Times: microseconds since the epoch in the record, `datetime` in Python.

Floor: library.
"""

from __future__ import annotations

import datetime

from redun.moments import parse_moment

__all__ = ["MICROSECOND", "When", "microseconds", "moment", "span"]

When = datetime.datetime | datetime.date | datetime.timedelta | str
"""A time; one without a zone is local, a day begins at midnight, a duration counts back from now."""

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
MICROSECOND = datetime.timedelta(microseconds=1)


def moment(count: int) -> datetime.datetime:
    """Return a time of the record, in UTC."""
    return _EPOCH + count * MICROSECOND


def span(count: int | None) -> datetime.timedelta | None:
    """Return a duration of the record."""
    return None if count is None else count * MICROSECOND


def microseconds(when: When | None) -> int | None:
    """Return a time as the record counts.

    Raises
    ------
    ValueError
        A text is no moment.

    Examples
    --------
    >>> microseconds("2026-11-23T10:00:00Z")
    1795428000000000
    >>> microseconds(datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.UTC))
    1795428000000000
    """
    if when is None:
        return None
    if isinstance(when, str):
        return parse_moment(when)
    if isinstance(when, datetime.timedelta):
        when = datetime.datetime.now(datetime.UTC) - when
    elif not isinstance(when, datetime.datetime):
        when = datetime.datetime.combine(when, datetime.time())
    return (when.astimezone(datetime.UTC) - _EPOCH) // MICROSECOND

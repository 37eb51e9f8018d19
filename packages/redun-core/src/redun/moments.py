"""Moments as people write them: `2h`, `3 days`, `yesterday`, `2026-11-23 10:00`.

Floor: ground. The record counts microseconds since the epoch.
"""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta

__all__ = ["parse_moment"]

_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 86_400),
    **dict.fromkeys(("mo", "month", "months"), 30 * 86_400),
    **dict.fromkeys(("y", "year", "years"), 365 * 86_400),
}
_SPAN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([a-z]+)[\s,]*")
_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?")


def parse_moment(text: str, *, now: float | None = None) -> int:
    """Return a moment in microseconds since the epoch.

    Parameters
    ----------
    text : str
        An age (`90s`, `30 min`, `2h`, `1d 12h`, `3 days`, `2w`, `6 months`, with or without `ago`; a month has 30
        days; at most back to the epoch), `now`, `today`, `yesterday` (these two begin at midnight), a time of today
        (`9:30`), or a date or time in ISO 8601, in local time unless it says otherwise.
    now : float, optional
        The present, in seconds since the epoch.

    Raises
    ------
    ValueError
        It is none of these.

    Examples
    --------
    >>> parse_moment("2h", now=1_760_000_000) == (1_760_000_000 - 7_200) * 1_000_000
    True
    >>> parse_moment("2026-11-23T10:00:00Z")
    1795428000000000
    """
    present = time.time() if now is None else now
    words = text.strip().lower()
    moment = _age(words, present)
    if moment is None:
        moment = _named(words, present)
    if moment is None:
        moment = _iso(text.strip())
    if moment is None:
        raise ValueError(
            f"{text!r} is no moment: write an age such as 2h, 30 min or '3 days', today, yesterday, 9:30, "
            "or a date such as 2026-11-23 or 2026-11-23T10:00"
        )
    return moment


def _age(words: str, present: float) -> int | None:
    words = words.removesuffix("ago").rstrip()
    seconds, at = 0.0, 0
    while at < len(words):
        match = _SPAN.match(words, at)
        if match is None or match[2] not in _UNITS:
            return None
        seconds += float(match[1]) * _UNITS[match[2]]
        at = match.end()
    # No record is older than the epoch, and a database holds no number of any size.
    return max(0, int((present - seconds) * 1_000_000)) if at else None


def _named(words: str, present: float) -> int | None:
    today = datetime.fromtimestamp(present).replace(hour=0, minute=0, second=0, microsecond=0)
    if words == "now":
        return int(present * 1_000_000)
    if words == "today":
        return _microseconds(today)
    if words == "yesterday":
        return _microseconds(today - timedelta(days=1))
    if _CLOCK.fullmatch(words):
        return _iso(f"{today.date().isoformat()}T{words.zfill(5 if words.count(':') == 1 else 8)}")
    return None


def _iso(text: str) -> int | None:
    try:
        return _microseconds(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)

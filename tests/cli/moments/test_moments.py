"""Moments as people write them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import pytest
from redun.moments import parse_moment


@pytest.fixture(autouse=True)
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("30 min", 1_800),
        ("2h", 7_200),
        ("2H ago", 7_200),
        ("1d 12h", 129_600),
        ("1d12h", 129_600),
        ("1.5 days", 129_600),
        ("3 days", 259_200),
        ("2w", 1_209_600),
        ("1 month ago", 2_592_000),
        ("999999999 years", 1_800_000_000),
        ("now", 0),
    ],
)
def test_an_age_counts_back_from_now(text: str, seconds: int) -> None:
    assert parse_moment(text, now=1_800_000_000) == (1_800_000_000 - seconds) * 1_000_000


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("today", "2026-11-23 00:00"),
        ("yesterday", "2026-11-22 00:00"),
        ("9:30", "2026-11-23 09:30"),
        ("09:30:15", "2026-11-23 09:30:15"),
        ("2026-11-20", "2026-11-20 00:00"),
        ("2026-11-20T10:15", "2026-11-20 10:15"),
        ("2026-07-01T10:00Z", "2026-07-01 12:00"),
        ("2026-07-01 10:00+02:00", "2026-07-01 10:00"),
    ],
)
def test_dates_and_times_are_local_unless_they_say_otherwise(text: str, moment: str) -> None:
    now = datetime(2026, 11, 23, 15, 30).timestamp()
    found = datetime.fromtimestamp(parse_moment(text, now=now) / 1e6)
    assert found == datetime.fromisoformat(moment)


@pytest.mark.parametrize("text", ["", "ago", "soon", "2 fortnights", "25:00", "2026-13-01", "h", "1e9999"])
def test_what_is_no_moment_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no moment: write an age such as 2h"):
        parse_moment(text)

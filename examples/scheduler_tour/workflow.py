"""The annual cycle of temperature at some places, from an archive that is slow, busy and not reliable."""

from __future__ import annotations

import cmath

import archive
from redun import task

redun_namespace = "examples.scheduler_tour"

STATIONS = ["reykjavik", "singapore", "yakutsk"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@task(
    executor="network",
    limits=["archive"],
    retries=3,
    retry_on=ConnectionError,
    retry_delay=0.1,
    timeout=1,
)
def download(station: str) -> list[float]:
    """Get the monthly means of a station."""
    return [float(word) for word in archive.fetch(station).split()]


@task(vcpus=1, memory=2)
def annual_cycle(months: list[float]) -> tuple[float, str]:
    """Fit one wave per year: half of the range between summer and winter, and the warmest month."""
    turn = 2j * cmath.pi / len(months)
    wave = 2 / len(months) * sum(value * cmath.exp(turn * month) for month, value in enumerate(months))
    warmest = round(cmath.phase(wave) / turn.imag) % len(months)
    return round(abs(wave), 1), MONTHS[warmest]


@task
def main(stations: list[str] = STATIONS) -> dict[str, tuple[float, str]]:
    """The annual cycle at each station."""
    return {station: annual_cycle(download(station)) for station in stations}

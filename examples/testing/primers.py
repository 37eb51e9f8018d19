"""Pick a primer for a stretch of DNA: the one whose melting temperature is nearest to what is wanted."""

from __future__ import annotations

from redun import task

redun_namespace = "examples.testing"


@task(executor="cluster", memory=8)
def melting_temperature(primer: str) -> float:
    """The temperature in °C at which half of the primer has come off (Marmur and Doty, corrected for length)."""
    if wrong := set(primer) - set("ACGT"):
        raise ValueError(f"{primer} is no DNA: {', '.join(sorted(wrong))}")
    gc = primer.count("G") + primer.count("C")
    return round(64.9 + 41 * (gc - 16.4) / len(primer), 1)


@task
def nearest(primers: list[str], temperatures: list[float], wanted: float) -> str:
    """Pick the primer that melts nearest to the wanted temperature, the first one of several."""
    distances = [abs(temperature - wanted) for temperature in temperatures]
    return primers[distances.index(min(distances))]


@task
def pick(template: str, length: int = 18, wanted: float = 50.0) -> str:
    """Look at all primers of some length that begin a template or stand further inside."""
    primers = [template[start : start + length] for start in range(len(template) - length + 1)]
    return nearest(primers, [melting_temperature(primer) for primer in primers], wanted)

"""How much a black body radiates: an integral whose integrand is costly, so that each evaluation should count.

The integral is refined where it needs to be. What to evaluate next depends on what came out before: an async task
awaits the values that it needs, and decides.
"""

from __future__ import annotations

import asyncio
import math

from redun import task

redun_namespace = "examples.async"


@task
def radiance(x: float) -> float:
    """Planck's law in units in which the frequency is x; imagine a simulation that takes an hour."""
    return x**3 / math.expm1(x) if x else 0.0


@task
async def integrate(low: float, high: float, tolerance: float) -> float:
    """Integrate by adaptive Simpson quadrature."""
    step = (high - low) / 4
    # Five evaluations side by side. Those that a wider interval asked for are on record.
    left, *inner, right = await asyncio.gather(*(radiance(low + step * i) for i in range(5)))
    coarse = (high - low) / 6 * (left + 4 * inner[1] + right)
    fine = (high - low) / 12 * (left + 4 * inner[0] + 2 * inner[1] + 4 * inner[2] + right)
    if abs(fine - coarse) < 15 * tolerance:
        return fine + (fine - coarse) / 15
    middle = (low + high) / 2
    return sum(
        await asyncio.gather(
            integrate(low, middle, tolerance / 2),
            integrate(middle, high, tolerance / 2),
        )
    )


@task
async def main(tolerance: float = 1e-3) -> str:
    """Compare with the exact value, on which the Stefan-Boltzmann law rests."""
    found = await integrate(0.0, 40.0, tolerance)
    return f"{found:.6f}, off by {abs(found - math.pi**4 / 15):.1e}"

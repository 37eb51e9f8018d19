"""Count the primes below a million by ten thousand ordinary tasks, run by Spark's own workers."""

from __future__ import annotations

from itertools import pairwise

from redun import task

redun_namespace = "examples.spark"


@task(executor="spark", mode="worker")
def count_primes(first: int, last: int) -> int:
    """Count the primes of an interval, its end not included."""
    return sum(is_prime(number) for number in range(first, last))


def is_prime(number: int) -> bool:
    """Tell whether a number has no divisor but 1 and itself."""
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


@task
def total(counts: list[int]) -> int:
    """Add up counts."""
    return sum(counts)


@task
def main(below: int = 1_000_000, parts: int = 10_000) -> int:
    """Count the primes below a number."""
    bounds = [below * part // parts for part in range(parts + 1)]
    return total([count_primes(first, last) for first, last in pairwise(bounds)])

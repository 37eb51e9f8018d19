"""One workflow in four places: threads, processes, a container, and AWS Batch.

Start with any number; halve it if it is even, else take three times as much and one. Which number below a limit needs
most steps until it comes to 1?
"""

from __future__ import annotations

from redun import File, task

redun_namespace = "mixed"

STEP = 10_000


def steps(number: int) -> list[int]:
    """Return the numbers that come up, from this one to 1."""
    found = [number]
    while number != 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        found.append(number)
    return found


@task
def main(limit: int = 20_000, path: str = "s3://redun-example/collatz.txt") -> File:
    """In a thread of the scheduler's process, where no executor is named."""
    best = search(limit)
    return report(best, highest(best), path)


@task(executor="process")
def search(limit: int) -> int:
    """In a process of its own: it may keep a core busy. What it calls may run elsewhere."""
    return pick([longest(first, min(first + STEP, limit)) for first in range(1, limit, STEP)])


@task(executor="batch", memory=1, vcpus=1)
def longest(first: int, last: int) -> tuple[int, int]:
    """On AWS Batch; code, arguments and result travel through S3."""
    return max((len(steps(number)), -number) for number in range(first, last))


@task
def pick(found: list[tuple[int, int]]) -> int:
    return -max(found)[1]


@task(executor="container", memory=0.5)
def highest(number: int) -> int:
    """In a container of this machine."""
    return max(steps(number))


@task
def report(number: int, top: int, path: str) -> File:
    file = File(path)
    file.write(f"{number} takes {len(steps(number)) - 1} steps, by way of {top}\n")
    return file

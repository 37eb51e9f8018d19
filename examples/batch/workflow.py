"""Estimate pi on AWS Batch: an array of jobs that throw darts, and a script that shows the result."""

from __future__ import annotations

from random import Random

from redun import script, task

redun_namespace = "examples.batch"


@task
def main(throwers: int = 6, darts: int = 100_000) -> str:
    """Here, in the scheduler's process."""
    return show(estimate([throw(seed, darts) for seed in range(throwers)], darts))


@task(executor="batch", memory=0.5, vcpus=1, retries=2, retry_on=["preempted", "lost"])
def throw(seed: int, darts: int) -> int:
    """One job of an array, as its calls differ in nothing but their arguments; on cheap machines that may be lost."""
    random = Random(seed)
    hits = sum(random.random() ** 2 + random.random() ** 2 <= 1 for _ in range(darts))
    print(f"thrower {seed}: {hits} of {darts}")
    return hits


@task
def estimate(hits: list[int], darts: int) -> float:
    return 4 * sum(hits) / (len(hits) * darts)


@task
def show(pi: float) -> str:
    return script(f"echo 'pi is about {pi:.3f}' | tr a-z A-Z", executor="batch")

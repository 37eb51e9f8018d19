"""Tasks that call themselves: sums over a tree, Fibonacci numbers, Ackermann's function."""

from __future__ import annotations

from redun import cond, task

redun_namespace = "examples.recursion"


@task
def add(*numbers: int) -> int:
    """Add up."""
    return sum(numbers)


@task
def fibonacci(n: int) -> int:
    """Compute a Fibonacci number in the naive way: equal calls share a job, so it takes n steps."""
    return n if n < 2 else add(fibonacci(n - 1), fibonacci(n - 2))


@task
def merge(left: list[int], right: list[int]) -> list[int]:
    """Merge two sorted lists."""
    return sorted([*left, *right])


@task
def merge_sort(numbers: list[int]) -> list[int]:
    """Sort halves in parallel, then merge them."""
    if len(numbers) < 2:
        return numbers
    half = len(numbers) // 2
    return merge(merge_sort(numbers[:half]), merge_sort(numbers[half:]))


@task
def count_down(n: int) -> str:
    """Call itself n times: depth is bounded by memory alone."""
    return count_down(n - 1) if n else "lift-off"


@task
def collatz(n: int, steps: int = 0) -> int:
    """Count the steps to 1, deciding on values that are not there yet."""
    return cond(
        add(n) == 1, steps, add(n) % 2 == 0, collatz(n // 2, steps + 1), collatz(3 * n + 1, steps + 1)
    )

"""Doing the same with many files, several at a time where their file system gains by it.

Floor: values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["each"]

Given = TypeVar("Given")
Found = TypeVar("Found")


def each(call: Callable[[Given], Found], items: Sequence[Given], at_a_time: int) -> list[Found]:
    """Return what a function gives for each item, in order; the first failure ends it.

    Examples
    --------
    >>> each(len, ["a", "bb"], at_a_time=4)
    [1, 2]
    """
    if at_a_time <= 1 or len(items) <= 1:
        return [call(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    threads = ThreadPoolExecutor(min(at_a_time, len(items)), "redun-files")
    try:
        return list(threads.map(call, items))
    finally:
        threads.shutdown(cancel_futures=True)

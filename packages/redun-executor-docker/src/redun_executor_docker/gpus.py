"""The GPUs of this machine, each given to one job at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from threading import Condition

__all__ = ["Gpus"]


class Gpus:
    """Shares out GPUs by their numbers.

    Parameters
    ----------
    count : int or None
        How many there are. If that is not known, whoever wants one may use all.

    Examples
    --------
    >>> gpus = Gpus(2)
    >>> with gpus.take(1) as first, gpus.take(1) as second:
    ...     first, second
    ([0], [1])
    >>> with Gpus(None).take(1) as any_of_them:
    ...     any_of_them is None
    True
    """

    def __init__(self, count: int | None) -> None:
        self._free: list[int] | None = None if count is None else list(range(count))
        self._given_back = Condition()

    @contextmanager
    def take(self, wanted: float) -> Iterator[Sequence[int] | None]:
        """Wait for as many and hold them; None stands for all."""
        number = ceil(wanted)
        if self._free is None or not number:
            yield None
            return
        with self._given_back:
            self._given_back.wait_for(lambda: len(self._free or ()) >= number)
            mine, self._free[:number] = self._free[:number], []
        try:
            yield mine
        finally:
            with self._given_back:
                self._free += mine
                self._free.sort()
                self._given_back.notify_all()

"""One call that drives a Spark application, from its submission to its end."""

from __future__ import annotations

from functools import cached_property
from secrets import token_hex
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from redun.executors.base import Work

    from redun_executor_spark.options import SparkOptions
    from redun_executor_spark.running import Running

__all__ = ["DriverCall"]


class DriverCall:
    """A call, and whether it has begun and is still wanted.

    Parameters
    ----------
    work : Work
    options_of : callable
        Reads its options.
    within : Running, optional
        The application of the body that called it, by a scheduler of its own.

    Attributes
    ----------
    id : str
        Names what it does at Spark: its job group, its tag.
    abandoned : bool
        Nobody waits for its result: it must not be in the way of others.
    """

    def __init__(
        self, work: Work, options_of: Callable[[Work], SparkOptions], within: Running | None = None
    ) -> None:
        self.work = work
        self.within = within
        self._options_of = options_of
        self.id = f"redun-{token_hex(8)}"
        self._lock = Lock()
        self.abandoned = False
        self._begun = False
        self._ended = False

    @cached_property
    def options(self) -> SparkOptions:
        """Its options.

        Raises
        ------
        ConfigError, ExecutorError
            One is ill-formed.
        """
        return self._options_of(self.work)

    @property
    def ended(self) -> bool:
        """It is to end, or its result is wanted no more."""
        return self._ended

    def begin(self) -> bool:
        """Note that it begins; False if it must not, for it was ended before."""
        with self._lock:
            self._begun = not self._ended
            return self._begun

    def end(self) -> bool:
        """Note that it is to end; True if it has begun."""
        with self._lock:
            self._ended = True
            return self._begun

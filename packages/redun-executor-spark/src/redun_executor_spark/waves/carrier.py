"""What brings the calls of a job to Spark's Python workers, and their outcomes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from redun_executor_spark.waves.order import Order

__all__ = ["Carrier", "Deliver"]

Deliver = Callable[[int, bytes, bool], None]
"""Given the index of a partition, packed outcomes of it, and whether these were the last ones. Must return at once."""


class Carrier(Protocol):
    """Runs jobs on one Spark application; its methods may be called from any thread.

    Attributes
    ----------
    together : bool
        The workers run on this machine, so that its folders are theirs too.
    """

    together: bool

    def cores(self) -> int:
        """Return how many calls can run at a time, as far as Spark knows at the moment."""

    def ship(self, path: str) -> str:
        """Bring a file to all workers, and return its name among the files of the application."""

    def tags(self, group: str) -> Sequence[tuple[str, Any]]:
        """Return what is worth recording of where a job of this name runs, asked once it does."""

    def carry(self, group: str, order: Order, partitions: Sequence[bytes], deliver: Deliver) -> None:
        """Run a Spark job of packed calls, each partition by itself, and return when it has ended.

        All that is delivered has been delivered then. A partition may be run more than once; it is delivered once.

        Parameters
        ----------
        group : str
            Names the job, to Spark and to `cancel`.
        order : Order
        partitions : sequence of bytes
            See `pack_calls`.
        deliver : callable
            From any thread.

        Raises
        ------
        Exception
            As Spark raises it when a job fails, or is cancelled.
        """

    def cancel(self, group: str) -> None:
        """End a job; nothing happens if it has not begun, or has ended."""

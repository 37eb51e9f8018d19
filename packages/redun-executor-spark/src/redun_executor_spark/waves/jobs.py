"""Spark jobs under way, and the calls in each."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redun.executors.base import Work

    from redun_executor_spark.waves.carrier import Carrier
    from redun_executor_spark.waves.halting import Halt
    from redun_executor_spark.waves.order import Order
    from redun_executor_spark.waves.orders import Batch

__all__ = ["Job", "Sent"]


class Sent:
    """A call on its way.

    Attributes
    ----------
    work : Work
    number : int
        Counted up.
    task : int
        The number of its task.
    batch : Batch
        What it has in common with others.
    fellows : int or None
        How many calls a job has at most that it is in: fewer each time that such a job failed.
    parcels : sequence of str
        URLs that parts of its arguments were left at.
    arguments : sequence of bytes or str, optional
        What it is sent with, once something was left: the parts, or where they are.
    """

    __slots__ = ("arguments", "batch", "fellows", "number", "parcels", "task", "work")

    def __init__(self, work: Work, number: int, task: int, batch: Batch) -> None:
        self.work = work
        self.number = number
        self.task = task
        self.batch = batch
        self.fellows: int | None = None
        self.parcels: Sequence[str] = ()
        self.arguments: Sequence[bytes | str] | None = None


class Job:
    """One Spark job, run by a thread of its own.

    Parameters
    ----------
    carrier : Carrier
    order : Order
    partitions : sequence of (bytes, sequence of Sent)
        The calls of each, packed and not.
    halt : Halt
        Asks them to end.
    post : callable
        Told `(method, *arguments)` of what happens, in whatever thread it does: `delivered(job, partition, outcomes,
        last)`, and at the end `ended(job, error or None)`.

    Attributes
    ----------
    group : str
        What Spark knows it by.
    partitions : list of dict of int to Sent
        The calls of each partition that have not come back, by their numbers.
    open : int
        How many partitions have not come back.
    size : int
        How many calls it was sent with.
    """

    def __init__(
        self,
        carrier: Carrier,
        order: Order,
        partitions: Sequence[tuple[bytes, Sequence[Sent]]],
        halt: Halt,
        post: Callable[..., None],
    ) -> None:
        self.group = f"redun-{os.urandom(8).hex()}"
        self.partitions = [{call.number: call for call in calls} for _, calls in partitions]
        self.open = len(partitions)
        self.size = sum(map(len, self.partitions))
        self._carrier = carrier
        self._order = order
        self._halt = halt
        self._packed: list[bytes] = [packed for packed, _ in partitions]
        self._post = post
        self._cancelled = False

    @cached_property
    def tags(self) -> Sequence[tuple[str, Any]]:
        """What is worth recording of where it runs; asked once for all of its calls."""
        try:
            return self._carrier.tags(self.group)
        except Exception:
            # The application may have gone.
            return ()

    def start(self) -> None:
        """Start it."""
        Thread(target=self._run, name=f"redun-spark-{self.group[-4:]}", daemon=True).start()

    def halt(self) -> bool:
        """Ask it to end with what it has; False if it cannot be asked."""
        return self._halt.ask()

    def cancel(self) -> None:
        """End it; to be repeated until it has ended, for Spark forgets what is said of a job that is about to begin."""
        self._cancelled = True
        self._carrier.cancel(self.group)

    def left(self) -> list[Sent]:
        """Return the calls that have not come back."""
        return [call for partition in self.partitions for call in partition.values()]

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            if not self._cancelled:
                packed, self._packed = self._packed, []
                self._carrier.carry(self.group, self._order, packed, self._deliver)
        except BaseException as caught:
            error = caught
        self._halt.withdraw()
        self._post("ended", self, error)

    def _deliver(self, partition: int, outcomes: bytes, last: bool) -> None:
        self._post("delivered", self, partition, outcomes, last)

    def __repr__(self) -> str:
        return f"<{self.group}: {self.size} calls>"

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: Any) -> bool:
        return self is other

"""Waves as jobs of an RDD: outcomes come back by an accumulator, as soon as their partition has ended.

Spark adds what a partition has put into an accumulator once, whatever it runs again, and tells this process at once.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from pyspark import AccumulatorParam
from redun.logging import logger

from redun_executor_spark.running import cancel_jobs
from redun_executor_spark.temporary import temporary_folder
from redun_executor_spark.traces import tags_of
from redun_executor_spark.waves.order import pack_outcomes
from redun_executor_spark.waves.partition import run_calls
from redun_executor_spark.waves.runtime import runtime_archive

if TYPE_CHECKING:
    from pyspark import Accumulator, SparkContext

    from redun_executor_spark.running import Running
    from redun_executor_spark.traces import Traces
    from redun_executor_spark.waves.carrier import Deliver
    from redun_executor_spark.waves.order import Order

__all__ = ["RddCarrier", "carrier_of"]

_making = Lock()
_carriers: WeakKeyDictionary[Running, RddCarrier] = WeakKeyDictionary()

Delivery = tuple[int, int, bytes]
"""Number of the job, index of the partition, packed outcomes."""


class _Gathering(AccumulatorParam):  # type: ignore[misc]
    """At a worker's: a list."""

    def zero(self, value: list[Delivery]) -> list[Delivery]:
        return []

    def addInPlace(  # noqa: N802 (Spark's name)
        self, value1: list[Delivery], value2: list[Delivery]
    ) -> list[Delivery]:
        value1 += value2
        return value1


class _Passing(_Gathering):
    """Here: nothing is gathered, all is passed on."""

    def __init__(self, receive: Any) -> None:
        self._receive = receive

    def __reduce__(self) -> Any:
        return _Gathering, ()

    def addInPlace(  # noqa: N802 (Spark's name)
        self, value1: list[Delivery], value2: list[Delivery]
    ) -> list[Delivery]:
        for delivery in value2:
            self._receive(*delivery)
        return value1


def carrier_of(running: Running, manifest: Mapping[str, Any], history: str = "") -> RddCarrier:
    """Return the carrier of an application; each has one.

    Parameters
    ----------
    running : Running
    manifest : mapping
        What decides the meaning of values at the scheduler's.
    history : str
        Address of a history server.
    """
    with _making:
        found = _carriers.get(running)
        if found is None:
            assert running.context is not None
            found = _carriers[running] = RddCarrier(running.context, manifest, running.traces, history)
        return found


class RddCarrier:
    """Carries jobs to a Spark application whose driver this process is.

    Parameters
    ----------
    context : SparkContext
    manifest : mapping
        What decides the meaning of values at the scheduler's.
    traces : Traces, optional
        Where the application can be looked at.
    history : str
        Address of a history server.
    """

    def __init__(
        self,
        context: SparkContext,
        manifest: Mapping[str, Any],
        traces: Traces | None = None,
        history: str = "",
    ) -> None:
        self._traces = traces
        self._history = history
        self.together = context.master.startswith("local")
        self._context = context
        self._ship_runtime(manifest)
        self._lock = Lock()
        self._folder = temporary_folder()
        self._shipped: set[str] = set()
        self._deliver: dict[int, Deliver] = {}
        self._count = itertools.count()
        self._accumulator: Accumulator[list[Delivery]] = context.accumulator([], _Passing(self._receive))

    def cores(self) -> int:
        """Return how many calls can run at a time."""
        cores: int = self._context.defaultParallelism
        return cores

    def ship(self, path: str) -> str:
        """Bring a file to all workers."""
        # Spark would unpack what is named as an archive.
        name = f"{os.path.basename(path)}.redun"
        with self._lock:
            if name not in self._shipped:
                # Workers that come later fetch it from there.
                self._context.addFile(shutil.copyfile(path, f"{self._folder.name}/{name}"))
                self._shipped.add(name)
        return name

    def tags(self, group: str) -> Sequence[tuple[str, Any]]:
        """Return what is worth recording of where a job runs."""
        if self._traces is None:
            return []
        return list(tags_of(self._context, self._traces, group, self._history).items())

    def carry(self, group: str, order: Order, partitions: Sequence[bytes], deliver: Deliver) -> None:
        """Run a Spark job."""
        number = next(self._count)
        self._deliver[number] = deliver
        try:
            self._run(group, number, order, partitions)
        finally:
            del self._deliver[number]

    def cancel(self, group: str) -> None:
        """End a job."""
        cancel_jobs(self._context, group)

    def _ship_runtime(self, manifest: Mapping[str, Any]) -> None:
        """Bring redun itself to workers that another Python runs than this process."""
        context = self._context
        if self.together and shutil.which(context.pythonExec) == sys.executable:
            return
        archive = runtime_archive(manifest)
        before = list(sys.path)
        context.addPyFile(archive)
        # It is not for this process, too.
        sys.path[:] = before

    def _run(self, group: str, number: int, order: Order, partitions: Sequence[bytes]) -> None:
        context = self._context
        names = sorted({fullname for fullname, *_ in order.tasks.values()})
        context.setJobGroup(group, f"redun: {', '.join(names)}")
        # One of all waves: pools of Spark live as long as the application.
        context.setLocalProperty("spark.scheduler.pool", "redun-waves")
        rdd = context.parallelize(partitions, len(partitions))
        run = partial(_run_partition, order, number, self._accumulator)
        rdd.mapPartitionsWithIndex(run).foreach(_nothing)

    def _receive(self, number: int, partition: int, outcomes: bytes) -> None:
        deliver = self._deliver.get(number)
        if deliver is None:
            return
        try:
            deliver(partition, outcomes, True)
        except Exception:
            # Spark's own thread must go on: what is missed is missed where the job ends.
            logger.exception("What Spark delivered could not be taken.")


def _run_partition(
    order: Order, number: int, accumulator: Accumulator[list[Delivery]], index: int, packed: Iterable[bytes]
) -> Iterator[Any]:
    for calls in packed:
        accumulator.add([(number, index, pack_outcomes(list(run_calls(order, calls))))])
    return iter(())


def _nothing(_: Any) -> None:
    return

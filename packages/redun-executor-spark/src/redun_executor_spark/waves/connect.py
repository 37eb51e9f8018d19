"""Waves behind a server of Spark Connect: a job maps rows, one for each partition, and its rows are streamed back.

The server hands out what a partition has made once that has succeeded, in the order of partitions.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from redun_executor_spark.connected import end_session
from redun_executor_spark.fate import fate_of
from redun_executor_spark.temporary import temporary_folder
from redun_executor_spark.waves.order import pack_outcomes
from redun_executor_spark.waves.partition import run_calls
from redun_executor_spark.waves.runtime import runtime_archive

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import SparkSession

    from redun_executor_spark.connected import Connected
    from redun_executor_spark.waves.carrier import Deliver
    from redun_executor_spark.waves.order import Order

__all__ = ["ConnectCarrier"]

_PIECE = 1 << 20
"""Bytes of a row at most, for neither side takes messages of any size."""

_ROWS_APART = "spark.sql.leafNodeDefaultParallelism"
_KNOWN_S = 60.0


class ConnectCarrier:
    """Carries jobs to the application behind a server.

    Parameters
    ----------
    running : Connected
    manifest : mapping
        What decides the meaning of values at the scheduler's.
    history : str
        Address of a history server.
    """

    together = False

    def __init__(self, running: Connected, manifest: Mapping[str, Any], history: str = "") -> None:
        self._history = history
        self._running = running
        session: Any = running.open()
        self._session: SparkSession = session
        self._lock = Lock()
        self._folder = temporary_folder()
        self._shipped: set[str] = set()
        self._cores = 0
        self._counted_s = 0.0
        session.addArtifacts(runtime_archive(manifest), pyfile=True)
        # As many partitions as there are rows; a number of cores unless set.
        session.conf.set(_ROWS_APART, "1000000")

    def cores(self) -> int:
        """Return how many calls can run at a time; asked for now and then, as clusters grow and shrink."""
        with self._lock:
            now = monotonic()
            if not self._cores or now - self._counted_s > _KNOWN_S:
                self._cores = self._count()
                self._counted_s = now
            return self._cores

    def _count(self) -> int:
        # A range has as many partitions as Spark has cores, in a session that says nothing else.
        numbers = self._running.spark.range(1 << 20).selectExpr("spark_partition_id() AS number")
        try:
            return int(numbers.selectExpr("max(number)").collect()[0][0]) + 1
        except Exception:
            self._running.lose()
            raise

    def ship(self, path: str) -> str:
        """Bring a file to all workers."""
        name = f"{os.path.basename(path)}.redun"
        with self._lock:
            if name not in self._shipped:
                copy = shutil.copyfile(path, f"{self._folder.name}/{name}")
                self._session.addArtifacts(copy, file=True)
                self._shipped.add(name)
        return name

    def tags(self, group: str) -> Sequence[tuple[str, Any]]:
        """Return what is worth recording of where a job runs."""
        return list(self._running.describe(address=self._history).items())

    def carry(self, group: str, order: Order, partitions: Sequence[bytes], deliver: Deliver) -> None:
        """Run a Spark job."""
        session = self._session
        rows = session.createDataFrame(list(enumerate(partitions)), _schema(("partition", "calls")))
        outcomes = rows.mapInArrow(
            partial(_run_partitions, order), _schema(("partition", "outcomes", "last"))
        )
        pieces: list[bytes] = []
        # Of this thread alone, which is the job's own.
        session.addTag(group)
        try:
            for partition, piece, last in outcomes.toLocalIterator():
                pieces.append(bytes(piece))
                if last:
                    deliver(partition, b"".join(pieces), True)
                    pieces.clear()
        except BaseException as error:
            if fate_of(error, task="").cause == "lost":
                # Perhaps it is the server that has gone: look at it again, and connect anew when there is time.
                self._cores = 0
                self._running.lose()
            raise
        finally:
            session.removeTag(group)

    def cancel(self, group: str) -> None:
        """End a job."""
        self._session.interruptTag(group)

    def close(self) -> None:
        """End its session."""
        end_session(self._session)
        self._folder.cleanup()


def _run_partitions(order: Order, batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
    import pyarrow

    schema = pyarrow.schema(
        [("partition", pyarrow.int32()), ("outcomes", pyarrow.binary()), ("last", pyarrow.bool_())]
    )
    for batch in batches:
        for partition, calls in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            packed = pack_outcomes(list(run_calls(order, calls)))
            for start in range(0, len(packed), _PIECE):
                row = [partition], [packed[start : start + _PIECE]], [start + _PIECE >= len(packed)]
                yield pyarrow.record_batch(
                    [pyarrow.array(*each) for each in zip(row, schema.types, strict=True)], schema=schema
                )


def _schema(names: Iterable[str]) -> Any:
    from pyspark.sql.types import BinaryType, BooleanType, IntegerType, StructField, StructType

    types = {"partition": IntegerType(), "last": BooleanType()}
    return StructType([StructField(name, types.get(name, BinaryType()), False) for name in names])

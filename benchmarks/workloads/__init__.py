"""The workloads, in the order in which they are run and shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.settings import Settings
from benchmarks.table import Row
from benchmarks.workloads import array, depth, fan_out, postgres, processes, questions, scale, spark, start

__all__ = ["WORKLOADS"]

WORKLOADS: dict[str, Callable[[Settings], Sequence[Row]]] = {
    "fan-out": fan_out.run,
    "processes": processes.run,
    "scale": scale.run,
    "depth": depth.run,
    "start": start.run,
    "array": array.run,
    "questions": questions.run,
    "postgres": postgres.run,
    "spark": spark.run,
}

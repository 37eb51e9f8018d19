"""What takes the place of Spark's own objects in the result of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redun.executors.base import Work

    from redun_executor_spark.options import SparkOptions

__all__ = ["settled"]


def settled(value: Any, options: SparkOptions, work: Work) -> Any:
    """Return a result as it can leave the driver."""
    return value

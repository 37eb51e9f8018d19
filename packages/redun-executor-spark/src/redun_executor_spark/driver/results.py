"""What takes the place of Spark's own objects in the result of a call."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from redun.errors import ExecutorError
from redun.value.nested import rebuild, scan

if TYPE_CHECKING:
    from redun.executors.base import Work

    from redun_executor_spark.options import SparkOptions

__all__ = ["settled"]


def settled(value: Any, options: SparkOptions, work: Work) -> Any:
    """Return a result as it can leave the driver: each DataFrame of Spark is written, and is a `ShardedDataset`.

    Parameters
    ----------
    value : object
        What the body returned; DataFrames are found in lists, dicts and the other containers that redun looks into.
    options : SparkOptions
        Say where a DataFrame is written; of several, each into a folder there, named by its number.
    work : Work

    Raises
    ------
    ExecutorError
        A DataFrame is an argument of a call that the body returned.
    """
    if "pyspark" not in sys.modules:
        return value
    frames = scan(value, _is_frame)
    if not frames:
        return value
    from redun.file.dataset import ShardedDataset

    lent: dict[int, Any] = {id(frame): None for frame in frames}
    if left := scan(rebuild(value, lent, all_leaves=True), _is_frame):
        raise ExecutorError(
            f"Task {work.task.fullname} returned a call with a DataFrame of Spark ({', '.join(left[0].columns[:5])}) "
            "among its arguments, which exists only while the task runs. Write it before: "
            "ShardedDataset.from_data(frame, path), and give the dataset to the call."
        )
    written = {}
    for number, frame in enumerate(frames):
        path = options.dataset_path if len(frames) == 1 else f"{options.dataset_path.rstrip('/')}/{number}"
        written[id(frame)] = ShardedDataset.from_data(frame, path, options.dataset_format)
    return rebuild(value, written, all_leaves=True)


def _is_frame(kind: type) -> bool:
    return any(
        base.__name__ == "DataFrame" and base.__module__.startswith("pyspark.sql.") for base in kind.__mro__
    )

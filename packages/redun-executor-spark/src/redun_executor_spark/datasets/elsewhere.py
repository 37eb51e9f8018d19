"""Datasets where Spark's own readers do not reach: the driver's part; Python on Spark's workers does the work."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from redun.file.schema import column_types, stable_schema
from redun.file.shards import partition_of

from redun_executor_spark.datasets.access import Access
from redun_executor_spark.datasets.arrow_types import arrow_schema
from redun_executor_spark.datasets.checking import check_columns
from redun_executor_spark.datasets.formats import formatted
from redun_executor_spark.datasets.on_workers import ShardReader, ShardWriter

if TYPE_CHECKING:
    from redun.file.dataset import ShardedDataset
    from redun.file.replacing import Staging

__all__ = ["load", "write"]

_MOST_PARTITIONS = 4096


def load(
    session: Any, dataset: ShardedDataset, shards: list[str], options: dict[str, Any], *, validate: bool
) -> Any:
    """Return the shards as a DataFrame, each read by a worker when it is needed."""
    from pyspark.sql.types import StructType

    format = formatted(dataset.format)  # noqa: A001
    schema = dataset.schema
    if schema is None or validate:
        found = _infer(dataset, shards[0], options)
        if schema is None:
            schema = found
        else:
            check_columns(dataset, found)
    told = [partition_of(path.removeprefix(dataset.path).lstrip("/")) for path in shards]
    reader = ShardReader(
        Access.to(dataset.path),
        list(zip(map(_anywhere, shards), told, strict=True)),
        format,
        schema,
        tuple(options.items()),
    )
    partitions = min(len(shards), _MOST_PARTITIONS)
    numbers = session.range(0, len(shards), 1, partitions)
    return numbers.mapInArrow(reader, StructType.fromJson(json.loads(schema)))


def write(
    frame: Any,
    dataset: ShardedDataset,
    staging: Staging,
    schema: str,
    keys: list[str],
    options: dict[str, Any],
) -> None:
    """Write the rows as shards into a folder, each partition by the worker that has it."""
    format = formatted(dataset.format)  # noqa: A001
    format.check(schema)
    columns = list(column_types(schema))
    writer = ShardWriter(
        Access.to(dataset.path), _anywhere(staging.path), format, schema, tuple(keys), tuple(options.items())
    )
    ordered = frame.select(*columns)
    if keys:
        # So that a worker has one shard open at a time.
        ordered = ordered.sortWithinPartitions(*keys)
    for row in ordered.mapInArrow(writer, "staged string, relative string").collect():
        staging.moves.append((row["staged"], row["relative"]))
    if not staging.moves and not keys:
        # As Spark does, so that libraries find the columns of a table without rows.
        staging.moves += writer.empty()


def _anywhere(path: str) -> str:
    """Return a path that does not depend on the working folder, for a worker has another one."""
    return path if "://" in path else os.path.abspath(path)


def _infer(dataset: ShardedDataset, path: str, options: dict[str, Any]) -> str:
    """Return the schema by the beginning of one shard, and its directories."""
    from pyspark.sql.pandas.types import from_arrow_schema

    with dataset.filesystem.open(path, "rb") as stream:
        found = from_arrow_schema(formatted(dataset.format).infer(stream, path, options))
    fields = json.loads(found.json())["fields"]
    for field in fields:
        if field["type"] == "void":
            # Nothing in sight has a value.
            field["type"] = "string"
    for name, value in partition_of(path.removeprefix(dataset.path).lstrip("/")).items():
        kind = "integer" if value is not None and value.lstrip("-").isdecimal() else "string"
        fields.append({"name": name, "type": kind, "nullable": True, "metadata": {}})
    schema = stable_schema(json.dumps({"type": "struct", "fields": fields}))
    arrow_schema(schema)
    return schema

"""Datasets read and written by Spark: what `ShardedDataset.load_spark` and `save_spark` do.

Where Spark's own readers and writers reach the files, they are used (`native`). Everywhere else the shards are read and
written by Python on Spark's workers, through redun's file systems (`elsewhere`); in no case do they pass through the
driver. What is written lies in a hidden folder until all of it is there (`redun.file.replacing`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from redun.file.replacing import Staging
from redun.file.schema import stable_schema

from redun_executor_spark.datasets import elsewhere, native
from redun_executor_spark.datasets.checking import check
from redun_executor_spark.datasets.reach import url_for

if TYPE_CHECKING:
    from redun.file.dataset import ShardedDataset

__all__ = ["load", "save"]


def load(
    dataset: ShardedDataset,
    session: Any = None,
    *,
    validate: bool = False,
    options: dict[str, Any] | None = None,
) -> Any:
    """Return a dataset as a DataFrame.

    Parameters
    ----------
    dataset : ShardedDataset
    session : pyspark.sql.SparkSession, optional
        That of the running task unless given.
    validate : bool
        Raise if the shards are not those that the value saw, or do not have the columns of its schema.
    options : dict, optional
        Those of Spark's reader.

    Raises
    ------
    ValueError
        There is nothing to load, it is not valid, or the format can be read neither by Spark nor by Python.
    """
    if session is None:
        from redun_executor_spark import get_spark_session

        session = get_spark_session()
    shards = dataset.filenames
    if validate:
        check(dataset)
    if not shards:
        if dataset.schema is None:
            raise ValueError(f"There is no {dataset.format} file in {dataset.path!r} to load.")
        return session.createDataFrame([], _struct(dataset.schema))
    url = url_for(session, dataset.path, dataset.format)
    if url is None:
        return elsewhere.load(session, dataset, shards, options or {}, validate=validate)
    return native.load(session, dataset, url, shards, options or {}, validate=validate)


def save(
    dataset: ShardedDataset,
    frame: Any,
    partition_keys: list[str],
    table: tuple[str, str] | None,
    options: dict[str, Any],
) -> str:
    """Let the rows of a DataFrame take the place of the shards of a dataset, and return their schema.

    Parameters
    ----------
    dataset : ShardedDataset
    frame : pyspark.sql.DataFrame
    partition_keys : list of str
        Columns whose values become directories.
    table : (str, str), optional
        Database and table of the session's catalog that are to stand for the dataset.
    options : dict
        Those of Spark's writer.

    Raises
    ------
    ValueError
        A partition key is no column, or the format can be written neither by Spark nor by Python.
    """
    session = frame.sparkSession
    schema = _partitions_last(dataset, frame.schema.json(), partition_keys)
    url = url_for(session, dataset.path, dataset.format)
    if table is not None and url is None:
        raise ValueError(
            f"Spark itself does not reach {dataset.path!r} as {dataset.format}, so that no table of its catalog can "
            "stand for it; leave catalog_table out."
        )
    with Staging(dataset) as staging:
        if url is None:
            elsewhere.write(frame, dataset, staging, schema, partition_keys, options)
        else:
            native.write(frame, dataset, staging, url, partition_keys, options)
        staging.replace()
    if table is not None and url is not None:
        from redun_executor_spark.catalog import name_in_catalog

        name_in_catalog(session, dataset, url, *table, partitioned=bool(partition_keys))
    return schema


def _partitions_last(dataset: ShardedDataset, schema: str, keys: list[str]) -> str:
    """Return the schema that Spark finds when it reads what is written: columns that directories tell come last."""
    found = json.loads(schema)
    fields = {field["name"]: field for field in found["fields"]}
    missing = [key for key in keys if key not in fields]
    if missing:
        raise ValueError(
            f"The dataset {dataset.path!r} cannot be partitioned by {missing[0]!r}: the DataFrame has the columns "
            f"{', '.join(fields)}."
        )
    if keys and len(keys) == len(fields):
        raise ValueError(f"The dataset {dataset.path!r} cannot be partitioned by all of its columns.")
    found["fields"] = [field for name, field in fields.items() if name not in keys] + [
        fields[key] for key in keys
    ]
    return stable_schema(json.dumps(found))


def _struct(schema: str) -> Any:
    from pyspark.sql.types import StructType

    return StructType.fromJson(json.loads(schema))

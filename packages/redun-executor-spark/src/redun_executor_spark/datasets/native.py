"""Datasets by Spark's own readers and writers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from redun.file.shards import is_hidden

from redun_executor_spark.datasets.checking import check_columns

if TYPE_CHECKING:
    from redun.file.dataset import ShardedDataset
    from redun.file.replacing import Staging

__all__ = ["load", "write"]

# Quotes are doubled and lines may go on inside of them, as every other program has it.
_CSV = {"header": True, "escape": '"'}
_READ: dict[str, dict[str, Any]] = {"csv": {**_CSV, "inferSchema": True, "multiLine": True}}
# Spark would cut off microseconds.
_TIMES = {
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS",
}
_VERBATIM = {"ignoreLeadingWhiteSpace": False, "ignoreTrailingWhiteSpace": False}
_WRITE: dict[str, dict[str, Any]] = {"csv": {**_CSV, **_VERBATIM, **_TIMES}, "json": _TIMES}

# Spark names each of its writes; without that, equal content makes an equal dataset.
_WRITE_ID = re.compile(r"-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GLOB = re.compile(r"([{}\[\]*?\\])")


def load(
    session: Any,
    dataset: ShardedDataset,
    url: str,
    shards: list[str],
    options: dict[str, Any],
    *,
    validate: bool,
) -> Any:
    """Return the shards as a DataFrame."""
    urls = [_literal(url + path.removeprefix(dataset.path)) for path in shards]
    options = {**_READ.get(dataset.format, {}), **options, "basePath": url}
    if dataset.schema is None:
        return session.read.format(dataset.format).options(**options).load(urls)
    if validate and dataset.format in ("avro", "orc", "parquet"):
        # They say themselves what their columns are.
        found = session.read.format(dataset.format).options(**options).load(urls)
        check_columns(dataset, found.schema.json())
    from pyspark.sql.types import StructType

    schema = StructType.fromJson(json.loads(dataset.schema))
    return session.read.format(dataset.format).schema(schema).options(**options).load(urls)


def write(
    frame: Any, dataset: ShardedDataset, staging: Staging, url: str, keys: list[str], options: dict[str, Any]
) -> None:
    """Write the rows as shards into a folder."""
    writer = frame.write.format(dataset.format).options(**{**_WRITE.get(dataset.format, {}), **options})
    if keys:
        writer = writer.partitionBy(*keys)
    writer.save(f"{url}/{staging.name}")
    filesystem = dataset.filesystem
    for name in filesystem.listing(staging.path).files:
        if not is_hidden(name):
            folder, slash, shard = name.rpartition("/")
            # Not in the folders: a value of a partition key may look like that.
            relative = f"{folder}{slash}{_WRITE_ID.sub('', shard)}"
            staging.moves.append((filesystem.join(staging.path, name), relative))


def _literal(url: str) -> str:
    return _GLOB.sub(r"\\\1", url)

"""Reading the shards of a dataset as tables of a library.

Floor: values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from redun.file import frames
from redun.file.schema import column_types, typed
from redun.file.shards import partition_of

if TYPE_CHECKING:
    from redun.file.dataset import ShardedDataset

__all__ = ["load_shards", "load_table"]


def load_shards(
    dataset: ShardedDataset, library: str, max_shards: int, options: Mapping[str, Any]
) -> list[Any]:
    """Return each shard as a table, at most `max_shards` of them unless negative."""
    read = frames.reader_of(library, dataset.format)
    files = dataset.files()
    return [
        frames.with_columns(library, read(file, **options), _told_by_directories(dataset, file.path, options))
        for file in (files if max_shards < 0 else files[:max_shards])
    ]


def load_table(dataset: ShardedDataset, library: str, max_shards: int, options: Mapping[str, Any]) -> Any:
    """Return the shards as one table.

    Raises
    ------
    ValueError
        There is none.
    """
    tables = load_shards(dataset, library, max_shards, options)
    if not tables:
        raise ValueError(f"There is no {dataset.format} file in {dataset.path!r} to load.")
    return frames.concatenated(library, tables)


def _told_by_directories(dataset: ShardedDataset, path: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of the schema that a shard's directories tell rather than its content."""
    if dataset.schema is None:
        return {}
    told = partition_of(path.removeprefix(dataset.path).lstrip("/"))
    wanted = options.get("columns")
    return {
        name: typed(told[name], kind)
        for name, kind in column_types(dataset.schema).items()
        if name in told and (wanted is None or name in wanted)
    }

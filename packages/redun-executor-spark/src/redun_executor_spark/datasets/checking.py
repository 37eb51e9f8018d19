"""Whether what is there is what a dataset says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.file.schema import column_types, stable_schema
from redun.file.shards import partition_of

if TYPE_CHECKING:
    from redun.file.dataset import ShardedDataset

__all__ = ["check", "check_columns"]


def check(dataset: ShardedDataset) -> None:
    """Raise if the shards are not those that the value saw.

    Raises
    ------
    ValueError
        One was changed, is missing, or is new.
    """
    if dataset.is_valid():
        return
    before = dataset.shard_hashes
    now = type(dataset)(dataset.path, dataset.format, dataset.recurse, dataset.schema).shard_hashes
    differing = sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))
    if not differing:
        # It follows the world, and has looked again.
        return
    path = differing[0]
    what = "is missing" if path not in now else "is new" if path not in before else "was changed"
    raise ValueError(
        f"The dataset {dataset.path!r} is not what it was when this value was made: of {len(before)} shards "
        f"{len(differing)} differ; {path!r} {what}. Run the task again that made it, or load it without validate=True."
    )


def check_columns(dataset: ShardedDataset, found: str) -> None:
    """Raise if columns are not those of the dataset's schema, in whatever order.

    Raises
    ------
    ValueError
        One is missing, is more than expected, or has another type.
    """
    assert dataset.schema is not None
    said, there = column_types(dataset.schema), column_types(stable_schema(found))
    for shard in dataset.filenames[:1]:
        # The names of directories tell values, and no types.
        for name in partition_of(shard.removeprefix(dataset.path).lstrip("/")):
            if name in said and name in there:
                del said[name], there[name]
    for name in [*said, *there]:
        if said.get(name) != there.get(name):
            raise ValueError(
                f"The shards of the dataset {dataset.path!r} do not have the columns of its schema: column {name!r} "
                f"should be {said.get(name, 'absent')} and is {there.get(name, 'absent')}."
            )

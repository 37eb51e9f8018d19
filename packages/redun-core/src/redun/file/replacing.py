"""Letting new shards take the place of old ones, once all of them are there.

Floor: values.
"""

from __future__ import annotations

import os
from types import TracebackType
from typing import TYPE_CHECKING

from redun.filesystems.atomic import LEFTOVER
from redun.filesystems.owners import owned_name, remove_orphans
from redun.filesystems.parallel import each

if TYPE_CHECKING:
    from redun.file.dataset import ShardedDataset

__all__ = ["Staging"]


class Staging:
    """A hidden folder of a dataset for what is being written; a context manager, after which it is gone.

    Those of writers that were killed on this machine go with the next one.

    Attributes
    ----------
    name : str
        Of the folder.
    path : str
        Its path or URL.
    moves : list of (str, str)
        Of the shards that are complete: where they are, and their path below the dataset.
    """

    def __init__(self, dataset: ShardedDataset) -> None:
        self._dataset = dataset
        self._filesystem = dataset.filesystem
        self.name = owned_name(LEFTOVER)
        self.path = self._filesystem.join(dataset.path, self.name)
        self.moves: list[tuple[str, str]] = []

    def __enter__(self) -> Staging:
        if self._filesystem.scheme == "file":
            remove_orphans(self._dataset.path, LEFTOVER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._filesystem.rmdir(self.path, recursive=True)

    def replace(self) -> None:
        """Put the new shards in place, then remove those of the old that have none of their names."""
        filesystem, path = self._filesystem, self._dataset.path
        before = set(self._dataset.filenames)
        moves = [(staged, filesystem.join(path, relative)) for staged, relative in self.moves]
        each(lambda move: filesystem.move(*move), moves, filesystem.at_a_time)
        each(self._remove, sorted(before - {placed for _, placed in moves}), filesystem.at_a_time)
        self._dataset.forget()

    def _remove(self, path: str) -> None:
        self._filesystem.remove(path)
        if self._filesystem.scheme == "file":
            # Spark's sum of what is no longer there.
            folder, name = os.path.split(path)
            self._filesystem.remove(os.path.join(folder, f".{name}.crc"))

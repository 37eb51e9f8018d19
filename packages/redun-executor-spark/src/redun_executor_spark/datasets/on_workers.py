"""What Python on Spark's workers does to shards: functions for `DataFrame.mapInArrow`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import IO, Any

import attrs
from redun.file.schema import column_types, typed

from redun_executor_spark.datasets.access import Access
from redun_executor_spark.datasets.arrow_types import arrow_schema, without
from redun_executor_spark.datasets.formats import Format, ShardStream
from redun_executor_spark.datasets.layout import directory_of

__all__ = ["ShardReader", "ShardWriter"]


@attrs.frozen
class ShardReader:
    """From numbers of shards to their rows.

    Attributes
    ----------
    access : Access
    shards : list of (str, dict)
        Their paths, and what their directories tell.
    format : Format
    schema : str
        Of the rows, what directories tell included.
    options : tuple of (str, object)
    """

    access: Access
    shards: list[tuple[str, dict[str, str | None]]]
    format: Format
    schema: str
    options: tuple[tuple[str, Any], ...]

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Read the shards of one partition, a batch of rows at a time."""
        filesystem, kinds = self.access.filesystem(), column_types(self.schema)
        wanted = arrow_schema(self.schema)
        for batch in batches:
            for number in batch.column(0).to_pylist():
                path, told = self.shards[number]
                values = {name: typed(text, kinds[name]) for name, text in told.items() if name in kinds}
                with filesystem.open(path, "rb") as stream:
                    inside = without(self.schema, values)
                    for found in self.format.read(stream, path, inside, dict(self.options)):
                        yield _completed(found, values, wanted)


@attrs.frozen
class ShardWriter:
    """From rows to shards, and to where they are and belong.

    Attributes
    ----------
    access : Access
    folder : str
        Where to write.
    format : Format
    schema : str
        Of the rows, partition keys last.
    keys : tuple of str
        Columns that become directories; equal rows come one after the other.
    options : tuple of (str, object)
    """

    access: Access
    folder: str
    format: Format
    schema: str
    keys: tuple[str, ...]
    options: tuple[tuple[str, Any], ...]

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Write the rows of one partition."""
        import pyarrow
        from pyspark import TaskContext

        context = TaskContext.get()
        assert context is not None
        # Of two workers that do the same, only one is believed; they must not write to the same place.
        folder = f"{self.folder}/{context.taskAttemptId()}"
        done = list(self._write(batches, folder, context.partitionId()))
        if done:
            staged, relative = zip(*done, strict=True)
            yield pyarrow.RecordBatch.from_pydict({"staged": list(staged), "relative": list(relative)})

    def empty(self) -> list[tuple[str, str]]:
        """Write a shard without rows."""
        import pyarrow

        rows = arrow_schema(self.schema).empty_table().to_batches() or [
            pyarrow.RecordBatch.from_pylist([], schema=arrow_schema(self.schema))
        ]
        return list(self._write(iter(rows), f"{self.folder}/driver", 0))

    def _write(self, batches: Iterator[Any], folder: str, partition: int) -> Iterator[tuple[str, str]]:
        filesystem, inside = self.access.filesystem(), without(self.schema, self.keys)
        stream: ShardStream | None = None
        opened: IO[bytes] | None = None
        current: str | None = None
        times: Counter[str] = Counter()
        try:
            for values, rows in self._runs(batches):
                directory = directory_of(self.keys, values)
                if stream is None or directory != current:
                    if stream is not None and opened is not None:
                        stream.close()
                        opened.close()
                    current = directory
                    # Unequal values may have the same directory: none and an empty text, for instance.
                    again = f"-{times[directory]}" if times[directory] else ""
                    times[directory] += 1
                    relative = f"{directory}part-{partition:05}{again}.{self.format.suffix}"
                    staged = filesystem.join(folder, relative)
                    opened = filesystem.open(staged, "wb")
                    stream = self.format.write(opened, inside, dict(self.options))
                    yield staged, relative
                stream.add(rows)
            if stream is not None:
                stream.close()
        finally:
            if opened is not None:
                opened.close()

    def _runs(self, batches: Iterator[Any]) -> Iterator[tuple[tuple[Any, ...], Any]]:
        """Yield the values of the keys, and rows that have them, without the keys."""
        if not self.keys:
            for batch in batches:
                yield (), batch
            return
        for batch in batches:
            columns = [name for name in batch.schema.names if name not in self.keys]
            rest = batch.select(columns)
            told = list(zip(*(batch.column(key).to_pylist() for key in self.keys), strict=True))
            start = 0
            for end in range(1, len(told) + 1):
                if end == len(told) or told[end] != told[start]:
                    yield told[start], rest.slice(start, end - start)
                    start = end


def _completed(batch: Any, values: dict[str, Any], wanted: Any) -> Any:
    import pyarrow

    columns = []
    for field in wanted:
        if field.name in values:
            columns.append(pyarrow.array([values[field.name]] * len(batch), type=field.type))
        else:
            columns.append(batch.column(field.name).cast(field.type))
    return pyarrow.RecordBatch.from_arrays(columns, schema=wanted)

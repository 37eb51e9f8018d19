"""How Python on Spark's workers reads and writes the shards of each format, by pyarrow and fastavro."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import IO, Any, Protocol

__all__ = ["Format", "ShardStream", "formatted"]


class ShardStream(Protocol):
    """A shard that is being written."""

    def add(self, rows: Any) -> None:
        """Write the rows of a `pyarrow.RecordBatch`."""

    def close(self) -> None:
        """Write what is left; the file below is closed by whoever opened it."""


class Format(Protocol):
    """A format; sent to the workers, so made of nothing."""

    @property
    def suffix(self) -> str:
        """Of the names of shards."""

    def check(self, schema: str) -> None:
        """Raise if rows of this schema cannot be written."""

    def infer(self, stream: IO[bytes], path: str, options: dict[str, Any]) -> Any:
        """Return the `pyarrow.Schema` of a shard, having read no more of it than needed."""

    def read(self, stream: IO[bytes], path: str, schema: str, options: dict[str, Any]) -> Iterator[Any]:
        """Yield the rows of a shard as `pyarrow.RecordBatch`es that have all columns of a schema of Spark."""

    def write(self, stream: IO[bytes], schema: str, options: dict[str, Any]) -> ShardStream:
        """Begin to write a shard."""


def formatted(name: str) -> Format:
    """Return what treats a format."""
    module = {"parquet": "columnar", "orc": "columnar"}.get(name, name)
    found: Format = getattr(import_module(f"{__name__}.{module}"), name.capitalize())()
    return found

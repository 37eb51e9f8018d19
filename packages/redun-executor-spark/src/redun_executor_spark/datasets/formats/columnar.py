"""Parquet and ORC, by pyarrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import attrs

from redun_executor_spark.datasets.arrow_types import arrow_schema
from redun_executor_spark.datasets.formats.rows import Rows, in_order

__all__ = ["Orc", "Parquet"]


@attrs.frozen
class Parquet:
    """Shards of row groups; `compression` is the option that is understood."""

    suffix = "parquet"

    def check(self, schema: str) -> None:
        """Raise if a column has no type of Arrow."""
        arrow_schema(schema)

    def infer(self, stream: IO[bytes], path: str, options: dict[str, Any]) -> Any:
        """Read the end of the file."""
        from pyarrow import parquet

        return parquet.read_schema(stream)

    def read(self, stream: IO[bytes], path: str, schema: str, options: dict[str, Any]) -> Iterator[Any]:
        """Read the columns that are asked for."""
        from pyarrow import parquet

        wanted = arrow_schema(schema)
        for batch in parquet.ParquetFile(stream).iter_batches(columns=wanted.names):
            yield in_order(batch, wanted)

    def write(self, stream: IO[bytes], schema: str, options: dict[str, Any]) -> Rows:
        """Begin a file."""
        from pyarrow import parquet

        wanted = arrow_schema(schema)
        compression = _compression(options, "snappy")
        return Rows(parquet.ParquetWriter(stream, wanted, compression=compression), wanted)


@attrs.frozen
class Orc:
    """Shards of stripes; `compression` is the option that is understood."""

    suffix = "orc"

    def check(self, schema: str) -> None:
        """Raise if a column has no type of Arrow."""
        arrow_schema(schema)

    def infer(self, stream: IO[bytes], path: str, options: dict[str, Any]) -> Any:
        """Read the end of the file."""
        from pyarrow import orc

        return orc.ORCFile(stream).schema

    def read(self, stream: IO[bytes], path: str, schema: str, options: dict[str, Any]) -> Iterator[Any]:
        """Read stripe by stripe."""
        from pyarrow import orc

        file, wanted = orc.ORCFile(stream), arrow_schema(schema)
        for number in range(file.nstripes):
            yield in_order(file.read_stripe(number, columns=wanted.names), wanted)

    def write(self, stream: IO[bytes], schema: str, options: dict[str, Any]) -> Rows:
        """Begin a file."""
        from pyarrow import orc

        return Rows(
            orc.ORCWriter(stream, compression=_compression(options, "zstd")),
            arrow_schema(schema),
            tables=True,
        )


def _compression(options: dict[str, Any], default: str) -> str:
    named = str(options.get("compression", default))
    return {"none": "UNCOMPRESSED", "lz4_raw": "LZ4"}.get(named.lower(), named)

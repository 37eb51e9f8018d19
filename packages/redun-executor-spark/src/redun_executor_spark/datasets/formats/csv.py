"""CSV, by pyarrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import attrs
from redun.file.schema import column_types

from redun_executor_spark.datasets.arrow_types import arrow_schema
from redun_executor_spark.datasets.formats.compression import opened
from redun_executor_spark.datasets.formats.rows import Rows, in_order

__all__ = ["Csv"]


@attrs.frozen
class Csv:
    """Shards of lines; `sep` and `header` are the options that are understood, as by Spark."""

    suffix = "csv"

    def check(self, schema: str) -> None:
        """Raise if a column is more than one value."""
        arrow_schema(schema)
        for name, kind in column_types(schema).items():
            if isinstance(kind, dict) or kind == "binary":
                shown = kind["type"] if isinstance(kind, dict) else kind
                raise ValueError(
                    f"Column {name!r} is of type {shown!r}, which csv cannot hold; take another format."
                )

    def infer(self, stream: IO[bytes], path: str, options: dict[str, Any]) -> Any:
        """Read the first block."""
        return self._open(stream, path, options, {}).schema

    def read(self, stream: IO[bytes], path: str, schema: str, options: dict[str, Any]) -> Iterator[Any]:
        """Read block by block; columns are those of the first line, or in the order of the schema."""
        wanted = arrow_schema(schema)
        try:
            blocks = self._open(stream, path, options, {field.name: field.type for field in wanted})
        except _invalid() as error:
            if "Empty CSV file" in str(error):
                return
            raise
        for batch in blocks:
            yield in_order(batch, wanted)

    def write(self, stream: IO[bytes], schema: str, options: dict[str, Any]) -> Rows:
        """Begin a file."""
        from pyarrow import csv

        wanted = arrow_schema(schema)
        chosen = csv.WriteOptions(include_header=_header(options), delimiter=options.get("sep", ","))
        return Rows(csv.CSVWriter(stream, wanted, write_options=chosen), wanted)

    def _open(self, stream: IO[bytes], path: str, options: dict[str, Any], types: dict[str, Any]) -> Any:
        from pyarrow import csv

        names = None if _header(options) else list(types) or None
        return csv.open_csv(
            opened(stream, path),
            read_options=csv.ReadOptions(
                column_names=names, autogenerate_column_names=names is None and not _header(options)
            ),
            parse_options=csv.ParseOptions(delimiter=options.get("sep", ","), newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types=types,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )


def _invalid() -> type[Exception]:
    import pyarrow

    invalid: type[Exception] = pyarrow.ArrowInvalid
    return invalid


def _header(options: dict[str, Any]) -> bool:
    return str(options.get("header", True)).lower() == "true"

"""JSON, an object a line, with values spelt as Spark spells them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

import attrs

from redun_executor_spark.datasets.arrow_types import arrow_schema
from redun_executor_spark.datasets.formats.compression import opened
from redun_executor_spark.datasets.formats.json_values import reader_of, writer_of

__all__ = ["Json"]

_AT_A_TIME = 10_000
_SAMPLE = 1000


@attrs.frozen
class Json:
    """Shards of lines; no options are understood."""

    suffix = "json"

    def check(self, schema: str) -> None:
        """Raise if a column has no type of Arrow."""
        arrow_schema(schema)

    def infer(self, stream: IO[bytes], path: str, options: dict[str, Any]) -> Any:
        """Read the first lines."""
        import pyarrow
        from pyarrow import json as arrow_json

        lines = b"".join(line + b"\n" for line in islice(_lines(stream, path), _SAMPLE))
        return arrow_json.read_json(pyarrow.BufferReader(lines)).schema

    def read(self, stream: IO[bytes], path: str, schema: str, options: dict[str, Any]) -> Iterator[Any]:
        """Read some lines at a time."""
        import pyarrow

        wanted, read = arrow_schema(schema), reader_of(json.loads(schema))
        lines = _lines(stream, path)
        while some := list(islice(lines, _AT_A_TIME)):
            rows = [read(json.loads(line)) for line in some]
            yield pyarrow.RecordBatch.from_pylist(rows, schema=wanted)

    def write(self, stream: IO[bytes], schema: str, options: dict[str, Any]) -> _Lines:
        """Begin a file."""
        return _Lines(stream, schema)


class _Lines:
    def __init__(self, stream: IO[bytes], schema: str) -> None:
        self._stream = stream
        self._write = writer_of(json.loads(schema))

    def add(self, rows: Any) -> None:
        for row in rows.to_pylist():
            text = json.dumps(self._write(row), ensure_ascii=False, separators=(",", ":"))
            self._stream.write(text.encode() + b"\n")

    def close(self) -> None:
        """Nothing is left."""


def _lines(stream: IO[bytes], path: str) -> Iterator[bytes]:
    source = opened(stream, path)
    text = source if source is stream else io.BufferedReader(source)
    for line in text:
        if line := line.strip():
            yield line

"""Avro, by fastavro."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

import attrs
from redun.file.bridges import arrow_schema_of_avro

from redun_executor_spark.datasets.arrow_types import arrow_schema

__all__ = ["Avro"]

_AT_A_TIME = 10_000

_SIMPLE: dict[str, Any] = {
    "boolean": "boolean",
    "byte": "int",
    "short": "int",
    "integer": "int",
    "long": "long",
    "float": "float",
    "double": "double",
    "string": "string",
    "binary": "bytes",
    "date": {"type": "int", "logicalType": "date"},
    "timestamp": {"type": "long", "logicalType": "timestamp-micros"},
    "timestamp_ntz": {"type": "long", "logicalType": "local-timestamp-micros"},
}


@attrs.frozen
class Avro:
    """Shards of blocks; `compression` is the option that is understood."""

    suffix = "avro"

    def check(self, schema: str) -> None:
        """Raise if a column has no type of Arrow, or fastavro is not installed."""
        arrow_schema(schema)
        _fastavro()

    def infer(self, stream: IO[bytes], path: str, options: dict[str, Any]) -> Any:
        """Read the head."""
        return arrow_schema_of_avro(_fastavro().reader(stream).writer_schema)

    def read(self, stream: IO[bytes], path: str, schema: str, options: dict[str, Any]) -> Iterator[Any]:
        """Read some records at a time."""
        import pyarrow

        wanted = arrow_schema(schema)
        records = _fastavro().reader(stream)
        while some := list(islice(records, _AT_A_TIME)):
            yield pyarrow.RecordBatch.from_pylist(some, schema=wanted)

    def write(self, stream: IO[bytes], schema: str, options: dict[str, Any]) -> _Records:
        """Begin a file."""
        return _Records(stream, _avro_schema(json.loads(schema)), str(options.get("compression", "deflate")))


class _Records:
    def __init__(self, stream: IO[bytes], schema: Any, codec: str) -> None:
        writing = _fastavro().write
        # A fixed mark between blocks: equal rows make equal files.
        self._writer = writing.Writer(
            stream, schema, codec={"uncompressed": "null"}.get(codec, codec), sync_marker=b"redun dataset mk"
        )

    def add(self, rows: Any) -> None:
        for row in rows.to_pylist(maps_as_pydicts="strict"):
            self._writer.write(row)

    def close(self) -> None:
        self._writer.flush()


def _fastavro() -> Any:
    try:
        import fastavro
    except ImportError as error:
        raise ImportError(
            "Avro files that Spark itself does not reach need fastavro, here and on Spark's workers: "
            "pip install fastavro."
        ) from error
    return fastavro


def _avro_schema(kind: Any, name: str = "topLevelRecord") -> Any:
    if not isinstance(kind, dict):
        return _decimal(kind) if kind.startswith("decimal") else _SIMPLE.get(kind, "string")
    if kind["type"] == "struct":
        fields = [
            {
                "name": field["name"],
                "type": _optional(field["type"], f"{name}_{field['name']}"),
                "default": None,
            }
            for field in kind["fields"]
        ]
        return {"type": "record", "name": name, "fields": fields}
    if kind["type"] == "array":
        return {"type": "array", "items": _optional(kind["elementType"], f"{name}_element")}
    if kind["type"] == "map":
        return {"type": "map", "values": _optional(kind["valueType"], f"{name}_value")}
    return _SIMPLE.get(kind["type"], "string")


def _optional(kind: Any, name: str) -> list[Any]:
    return ["null", _avro_schema(kind, name)]


def _decimal(kind: str) -> dict[str, Any]:
    digits, scale = kind[len("decimal(") : -1].split(",") if "(" in kind else ("10", "0")
    return {"type": "bytes", "logicalType": "decimal", "precision": int(digits), "scale": int(scale)}

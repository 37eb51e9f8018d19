"""Formats that a library of tables does not read itself, by way of another one.

Floor: values.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import IO, Any

__all__ = [
    "arrow_from_avro",
    "arrow_schema_of_avro",
    "pandas_from_avro",
    "polars_from_avro",
    "polars_from_orc",
]


def pandas_from_avro(stream: IO[bytes], **options: Any) -> Any:
    """Read the records of an Avro file; options are those of `fastavro.reader`."""
    import pandas

    return pandas.DataFrame.from_records(list(_records(stream, options)))


def arrow_from_avro(stream: IO[bytes], **options: Any) -> Any:
    """Read the records of an Avro file; options are those of `fastavro.reader`."""
    import pyarrow

    records = _records(stream, options)
    return pyarrow.Table.from_pylist(list(records), schema=arrow_schema_of_avro(records.writer_schema))


def arrow_schema_of_avro(schema: Any) -> Any:
    """Return the `pyarrow.Schema` of records with an Avro schema, as `fastavro` gives it."""
    import pyarrow

    return pyarrow.schema([(field["name"], _arrow_type(field["type"])) for field in schema["fields"]])


def polars_from_avro(stream: IO[bytes], **options: Any) -> Any:
    """Read the records of an Avro file, by fastavro, for polars knows few types; with options by `polars.read_avro`."""
    import polars

    if options or find_spec("fastavro") is None:
        return polars.read_avro(stream, **options)
    return polars.from_arrow(arrow_from_avro(stream))


def polars_from_orc(stream: IO[bytes], **options: Any) -> Any:
    """Read an ORC file; options are those of `pyarrow.orc.read_table`."""
    import polars
    from pyarrow import orc

    return polars.from_arrow(orc.read_table(stream, **options))


def _arrow_type(kind: Any) -> Any:
    import pyarrow

    if isinstance(kind, list):
        kinds = [each for each in kind if each != "null"]
        # A union of several types has none in Arrow.
        return _arrow_type(kinds[0]) if len(kinds) == 1 else pyarrow.null() if not kinds else pyarrow.string()
    if isinstance(kind, dict):
        if kind["type"] == "record":
            return pyarrow.struct([(field["name"], _arrow_type(field["type"])) for field in kind["fields"]])
        if kind["type"] == "array":
            return pyarrow.list_(_arrow_type(kind["items"]))
        if kind["type"] == "map":
            return pyarrow.map_(pyarrow.string(), _arrow_type(kind["values"]))
        logical = kind.get("logicalType")
        if logical == "decimal":
            return pyarrow.decimal128(kind["precision"], kind.get("scale", 0))
        if logical in _LOGICAL:
            return _LOGICAL[logical](pyarrow)
        kind = kind["type"]
    return _SIMPLE.get(kind, lambda library: library.string())(pyarrow)


_SIMPLE: dict[str, Callable[[Any], Any]] = {
    "null": lambda library: library.null(),
    "boolean": lambda library: library.bool_(),
    "int": lambda library: library.int32(),
    "long": lambda library: library.int64(),
    "float": lambda library: library.float32(),
    "double": lambda library: library.float64(),
    "bytes": lambda library: library.binary(),
    "fixed": lambda library: library.binary(),
}
_LOGICAL: dict[str, Callable[[Any], Any]] = {
    "date": lambda library: library.date32(),
    "time-millis": lambda library: library.time32("ms"),
    "time-micros": lambda library: library.time64("us"),
    "timestamp-millis": lambda library: library.timestamp("us", "UTC"),
    "timestamp-micros": lambda library: library.timestamp("us", "UTC"),
    "local-timestamp-millis": lambda library: library.timestamp("us"),
    "local-timestamp-micros": lambda library: library.timestamp("us"),
}


def _records(stream: IO[bytes], options: dict[str, Any]) -> Any:
    try:
        import fastavro
    except ImportError as error:
        raise ImportError("Avro files need fastavro to be read: pip install fastavro.") from error
    return fastavro.reader(stream, **options)

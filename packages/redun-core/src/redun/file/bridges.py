"""Formats that a library of tables does not read itself, by way of another one.

Floor: values.
"""

from __future__ import annotations

from typing import IO, Any

__all__ = ["arrow_from_avro", "pandas_from_avro", "polars_from_orc"]


def pandas_from_avro(stream: IO[bytes], **options: Any) -> Any:
    """Read the records of an Avro file; options are those of `fastavro.reader`."""
    import pandas

    return pandas.DataFrame.from_records(list(_records(stream, options)))


def arrow_from_avro(stream: IO[bytes], **options: Any) -> Any:
    """Read the records of an Avro file; options are those of `fastavro.reader`."""
    import pyarrow

    return pyarrow.Table.from_pylist(list(_records(stream, options)))


def polars_from_orc(stream: IO[bytes], **options: Any) -> Any:
    """Read an ORC file; options are those of `pyarrow.orc.read_table`."""
    import polars
    from pyarrow import orc

    return polars.from_arrow(orc.read_table(stream, **options))


def _records(stream: IO[bytes], options: dict[str, Any]) -> Any:
    try:
        import fastavro
    except ImportError as error:
        raise ImportError("Avro files need fastavro to be read: pip install fastavro.") from error
    return fastavro.reader(stream, **options)

"""Which library of tables reads and writes which format.

Floor: values. Everything goes through open files, so it works on any file system.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redun.file.file import File

__all__ = ["concatenated", "reader_of", "with_columns", "writer_of"]

_READERS = {
    "pandas": {
        "avro": "redun.file.bridges:pandas_from_avro",
        "csv": "pandas:read_csv",
        "json": "pandas:read_json",
        "orc": "pandas:read_orc",
        "parquet": "pandas:read_parquet",
        "xml": "pandas:read_xml",
    },
    "polars": {
        "avro": "redun.file.bridges:polars_from_avro",
        "csv": "polars:read_csv",
        "json": "polars:read_json",
        "orc": "redun.file.bridges:polars_from_orc",
        "parquet": "polars:read_parquet",
    },
    "pyarrow": {
        "avro": "redun.file.bridges:arrow_from_avro",
        "csv": "pyarrow.csv:read_csv",
        "json": "pyarrow.json:read_json",
        "orc": "pyarrow.orc:read_table",
        "parquet": "pyarrow.parquet:read_table",
    },
}
# Of a table's own class, or a function that takes the table.
_WRITERS = {
    "pandas": {
        "csv": ".to_csv",
        "json": ".to_json",
        "orc": ".to_orc",
        "parquet": ".to_parquet",
        "xml": ".to_xml",
    },
    "polars": {
        "avro": ".write_avro",
        "csv": ".write_csv",
        "json": ".write_json",
        "parquet": ".write_parquet",
    },
    "pyarrow": {
        "csv": "pyarrow.csv:write_csv",
        "orc": "pyarrow.orc:write_table",
        "parquet": "pyarrow.parquet:write_table",
    },
}
# Rows without pandas' numbering of them, as the other libraries write them.
_PLAINLY: dict[str, dict[str, Any]] = {
    ".to_csv": {"index": False},
    ".to_parquet": {"index": False},
    ".to_xml": {"index": False},
    ".to_json": {"orient": "records", "lines": True},
}


def reader_of(library: str, format: str) -> Callable[..., Any]:  # noqa: A002
    """Return what reads a `File` of a format.

    Raises
    ------
    ImportError
        The library is not installed.
    ValueError
        It cannot read the format.
    """
    known = _READERS[library]
    if format not in known:
        raise ValueError(f"{library} reads no {format} datasets; it reads {', '.join(known)}.")
    read = _function(library, known[format])

    def from_file(file: File, **options: Any) -> Any:
        if format == "json" and library != "pyarrow":
            return _read_json(library, read, file, options)
        if library == "pandas" and format in ("csv", "json", "xml"):
            options = {"compression": _compression(file.path), **options}
        with file.open("rb") as stream:
            return read(stream, **options)

    return from_file


def writer_of(table: Any, format: str) -> Callable[..., Any]:  # noqa: A002
    """Return what writes a table to a binary stream.

    Raises
    ------
    ValueError
        The object is no table, or its library cannot write the format.
    """
    library = type(table).__module__.partition(".")[0]
    if library not in _WRITERS:
        raise ValueError(
            f"A {type(table).__module__}.{type(table).__qualname__} is no table that can be written; "
            "give a DataFrame of pandas or polars, or a pyarrow Table."
        )
    known = _WRITERS[library]
    if format not in known:
        raise ValueError(f"{library} writes no {format} datasets; it writes {', '.join(known)}.")
    target = known[format]
    if not target.startswith("."):
        return _function(library, target)
    defaults = _PLAINLY.get(target, {}) if library == "pandas" else {}

    def write(table: Any, stream: Any, **options: Any) -> None:
        method = getattr(table, target[1:])
        if library == "polars" and format == "json":
            method = table.write_ndjson
        method(stream, **{**defaults, **options})

    return write


def with_columns(library: str, table: Any, columns: Mapping[str, Any]) -> Any:
    """Return a table with columns of one value each after its own, leaving out those that it has."""
    if library == "pyarrow":
        pyarrow = import_module(library)
        for name, value in columns.items():
            if name not in table.column_names:
                table = table.append_column(name, pyarrow.array([value] * len(table)))
        return table
    added = {name: value for name, value in columns.items() if name not in table.columns}
    if library == "polars":
        literal = import_module(library).lit
        return table.with_columns(**{name: literal(value) for name, value in added.items()})
    return table.assign(**added)


def concatenated(library: str, tables: Sequence[Any]) -> Any:
    """Return tables of one library as one."""
    if library == "pandas":
        return _function(library, "pandas:concat")(tables, ignore_index=True)
    if library == "polars":
        return _function(library, "polars:concat")(tables)
    # A column that lacks all its values in some of them is of no type there.
    return _function(library, "pyarrow:concat_tables")(tables, promote_options="default")


def _read_json(library: str, read: Callable[..., Any], file: File, options: dict[str, Any]) -> Any:
    # One array, or one object a line as Spark writes them: the first character tells.
    import gzip
    import io

    data = file.read("rb")
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    lines = data.lstrip()[:1] == b"{"
    if library == "polars" and lines:
        read = _function(library, "polars:read_ndjson")
    elif library == "pandas":
        read = partial(read, orient="records", lines=lines)
    return read(io.BytesIO(data), **options)


def _compression(path: str) -> str | None:
    # pandas guesses from paths, and is given streams.
    known = {"gz": "gzip", "bz2": "bz2", "zip": "zip", "xz": "xz", "zst": "zstd"}
    return known.get(path.lower().rpartition(".")[2])


def _function(library: str, target: str) -> Callable[..., Any]:
    module, _, name = target.partition(":")
    try:
        found: Callable[..., Any] = getattr(import_module(module), name)
    except ImportError as error:
        raise ImportError(
            f"Tables of {library} need it installed: pip install {library}. ({error})"
        ) from error
    return found

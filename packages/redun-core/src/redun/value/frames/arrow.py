"""The content of Arrow arrays and tables.

Floor: values. The layout is that of the Arrow columnar format (https://arrow.apache.org/docs/format/Columnar.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from redun.hashing.digest import digest
from redun.hashing.values import hash_value
from redun.value.treatment import Treatment

__all__ = ["array_content", "treatment"]


def treatment(kind: type) -> Treatment | None:
    """Return how values of a pyarrow class are treated."""
    if issubclass(kind, (pa.Table, pa.RecordBatch)):
        return Treatment(content=_table_content)
    if issubclass(kind, (pa.Array, pa.ChunkedArray)):
        return Treatment(content=array_content)
    return None


def _table_content(table: Any) -> bytes:
    schema = table.schema
    parts = [type(table).__name__.encode(), schema.serialize(), b"%d" % table.num_rows]
    return digest(b"arrow table", *parts, *map(array_content, table.columns))


def array_content(array: Any) -> bytes:
    """Return a digest of what an array, chunked or not, holds."""
    kind = type(array).__name__.encode()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks == 1 else array.combine_chunks()
        if isinstance(array, pa.ChunkedArray):
            # More than an array of this type can hold.
            return digest(b"arrow", kind, *map(array_content, array.chunks))
    return digest(b"arrow", kind, *_pieces(array))


def _pieces(array: Any) -> Iterator[Any]:
    yield str(array.type).encode()
    yield b"%d" % len(array)
    if array.null_count:
        yield _bytes_of(array.is_valid().cast(pa.uint8()), 1)
        array = array.drop_null()
    yield from _present(array)


def _present(array: Any) -> Iterator[Any]:
    """Yield the buffers of an array without missing values."""
    kind = array.type
    types = pa.types
    if isinstance(array, pa.ExtensionArray):
        yield from _pieces(array.storage)
    elif types.is_null(kind):
        return
    elif types.is_boolean(kind):
        yield _bytes_of(array.cast(pa.uint8()), 1)
    elif types.is_dictionary(kind):
        yield from _pieces(array.indices)
        yield from _pieces(array.dictionary)
    elif types.is_primitive(kind) or types.is_decimal(kind) or types.is_fixed_size_binary(kind):
        yield _bytes_of(array, kind.bit_width // 8)
    elif _is_text(kind):
        yield from _pieces(pc.binary_length(array))
        yield _text_of(array)
    elif types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        yield from _pieces(pc.list_value_length(array))
        yield from _pieces(array.flatten())
    elif types.is_struct(kind):
        for field in array.flatten():
            yield from _pieces(field)
    else:
        # Views, maps, unions and runs are rare; item by item is slow and right.
        yield hash_value(array.to_pylist())


def _is_text(kind: Any) -> bool:
    types = pa.types
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_binary(kind)
        or types.is_large_binary(kind)
    )


def _bytes_of(array: Any, width: int) -> memoryview:
    buffer = array.buffers()[1]
    if buffer is None:
        return memoryview(b"")
    return memoryview(buffer).cast("B")[array.offset * width : (array.offset + len(array)) * width]


def _text_of(array: Any) -> memoryview:
    _, offsets, data = array.buffers()
    if data is None or not len(array):
        return memoryview(b"")
    wide = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    ends = memoryview(offsets).cast("B").cast("q" if wide else "i")
    return memoryview(data).cast("B")[ends[array.offset] : ends[array.offset + len(array)]]

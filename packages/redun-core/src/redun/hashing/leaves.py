"""Encodings of values without parts: numbers, text, buffers, classes, functions.

Floor: hashing. Each encoding starts with a tag of its own and says its length, so encodings can be put side by side.
One longer than `INLINE` bytes is replaced by its digest, so that large content is hashed once and copied never.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pickle import PickleBuffer
from struct import Struct
from struct import error as StructError  # noqa: N812
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from redun.hashing.digest import digest, seed

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "DIGESTED",
    "INLINE",
    "LEAVES",
    "Unhashable",
    "encode_buffer",
    "encode_name",
    "encode_str",
    "shorten",
]

INLINE = 128
"""Longest encoding, in bytes, that stands as it is in that of its container."""

DIGESTED = ord("#")
"""First byte of an encoding that stands for one too long."""

Encoder = Callable[[Any], bytes]

_head = Struct("<cQ").pack
_int = Struct("<cq").pack
_float = Struct("<cd").pack
_node_seed = seed(b"node")


class Unhashable(Exception):
    """A part of a value has no content hash; the walk adds where it lies."""


def shorten(encoding: bytes) -> bytes:
    """Replace a long encoding by its digest."""
    if len(encoding) <= INLINE:
        return encoding
    content = _node_seed.copy()
    content.update(encoding)
    return b"#" + content.digest()


def encode_buffer(tag: bytes, data: Buffer) -> bytes:
    """Encode a one-dimensional buffer without copying it, unless it is short."""
    size = len(data) if type(data) is bytes else memoryview(data).nbytes
    if size <= INLINE:
        return _head(tag, size) + bytes(data)
    return b"%" + digest(b"buffer", tag, data)


def encode_str(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    size = len(data)
    if size <= INLINE:
        return _head(b"s", size) + data
    return b"%" + digest(b"buffer", b"s", data)


def _encode_int(value: int) -> bytes:
    try:
        return _int(b"i", value)
    except StructError:
        return encode_buffer(b"I", value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True))


def _encode_float(value: float) -> bytes:
    # The bits of a NaN depend on how it came about.
    return _float(b"d", value) if value == value else b"n"


def _encode_complex(value: complex) -> bytes:
    return b"c" + _encode_float(value.real) + _encode_float(value.imag)


def _flat(view: memoryview) -> Buffer:
    # Only native formats of one letter can be seen as bytes, and only if there are any.
    castable = view.c_contiguous and view.nbytes and view.format in tuple("bBhHiIlLqQnNfdc?")
    return view.cast("B") if castable else view.tobytes()


def _encode_array(value: array[Any]) -> bytes:
    return b"A" + encode_buffer(value.typecode.encode(), _flat(memoryview(value)))


def _encode_memoryview(value: memoryview) -> bytes:
    return b"m" + encode_str(repr((value.format, value.shape))) + encode_buffer(b"b", _flat(value))


def _encode_pickle_buffer(value: PickleBuffer) -> bytes:
    try:
        return encode_buffer(b"P", value.raw())
    except BufferError:
        return encode_buffer(b"P", memoryview(value).tobytes())


def encode_name(thing: Any) -> bytes:
    """Encode a class or function by the module and qualified name it goes by."""
    module = getattr(thing, "__module__", None)
    name = getattr(thing, "__qualname__", None) or thing.__name__
    return b"g" + encode_str(f"{module}:{name}")


def _encode_function(value: FunctionType) -> bytes:
    name = value.__qualname__
    if "<lambda>" in name or "<locals>" in name:
        code = value.__code__
        raise Unhashable(
            f"the function {name} ({code.co_filename}:{code.co_firstlineno}) has no lasting name; "
            "define it with def at the top of a module"
        )
    from redun.hashing.code import hash_code

    return b"f" + encode_name(value) + hash_code(value)


def encode_builtin(value: BuiltinFunctionType) -> bytes | None:
    """Encode a function of a C module by name; None for a method bound to a value."""
    owner = value.__self__
    return encode_name(value) if owner is None or isinstance(owner, ModuleType) else None


LEAVES: dict[type, Encoder] = {
    type(None): lambda value: b"N",
    bool: lambda value: b"T" if value else b"F",
    int: _encode_int,
    float: _encode_float,
    complex: _encode_complex,
    str: encode_str,
    bytes: lambda value: encode_buffer(b"b", value),
    bytearray: lambda value: encode_buffer(b"y", value),
    memoryview: _encode_memoryview,
    array: _encode_array,
    PickleBuffer: _encode_pickle_buffer,
    type(...): lambda value: b".",
    type(NotImplemented): lambda value: b"-",
    type: encode_name,
    FunctionType: _encode_function,
}
"""From exact types to their encoders; `values` adds those of other types as it meets them."""

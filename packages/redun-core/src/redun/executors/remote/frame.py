"""Buffers one after the other in a file, of which damage and a missing end are noticed before anything is unpickled.

Floor: executors. All numbers are little endian:

======================  =================================================
8 bytes                 ``b"\\x93redun\\x02\\n"``
8 bytes                 number of sections
8 bytes for each        length of the section
4 bytes                 CRC-32 of all that
sections
4 bytes                 CRC-32 of the sections
======================  =================================================
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from struct import Struct
from typing import IO, TYPE_CHECKING, Any

from redun.errors import ExecutorError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["read_frame", "write_frame"]

MAGIC = b"\x93redun\x02\n"
_MANY = 1 << 24
# Pieces are read from memory once, checked and written.
_PIECE = 1 << 20

_number = Struct("<Q")
_checksum = Struct("<I")


def write_frame(stream: IO[bytes], sections: Sequence[Buffer]) -> int:
    """Write buffers, which are not copied, and return how many bytes that took.

    Examples
    --------
    >>> from io import BytesIO
    >>> stream = BytesIO()
    >>> write_frame(stream, [b"abc", b""])
    43
    >>> read_frame(BytesIO(stream.getvalue()), "the file")
    [bytearray(b'abc'), bytearray(b'')]
    """
    views = [memoryview(section).cast("B") for section in sections]
    header = b"".join([MAGIC, _number.pack(len(views)), *[_number.pack(view.nbytes) for view in views]])
    stream.write(header + _checksum.pack(zlib.crc32(header)))
    found, size = 0, len(header) + 2 * _checksum.size
    for view in views:
        for start in range(0, view.nbytes, _PIECE):
            piece = view[start : start + _PIECE]
            found = zlib.crc32(piece, found)
            stream.write(piece)
        size += view.nbytes
    stream.write(_checksum.pack(found))
    return size


def read_frame(stream: IO[bytes], described: str) -> list[bytearray]:
    """Read buffers, each into memory of its own that may be written to.

    Parameters
    ----------
    stream : binary file
    described : str
        What is read, for messages.

    Raises
    ------
    ExecutorError
        It is no such file, damaged, or not all there.
    """
    header = _read(stream, len(MAGIC) + _number.size, described)
    (count,) = _number.unpack_from(header, len(MAGIC))
    if header[: len(MAGIC)] != MAGIC or count > _MANY:
        raise ExecutorError(
            f"{described} is damaged, or was never written by redun: it does not begin as it should."
        )
    header += _read(stream, count * _number.size, described)
    if _checksum.unpack(_read(stream, _checksum.size, described))[0] != zlib.crc32(header):
        raise _damaged(described)
    start = len(MAGIC) + _number.size
    sizes = [_number.unpack_from(header, start + _number.size * number)[0] for number in range(count)]
    sections = [_read(stream, size, described) for size in sizes]
    found = 0
    for section in sections:
        found = zlib.crc32(section, found)
    if _checksum.unpack(_read(stream, _checksum.size, described))[0] != found:
        raise _damaged(described)
    return sections


def _read(stream: IO[bytes], size: int, described: str) -> bytearray:
    data = bytearray(size)
    view = memoryview(data)
    readinto: Any = getattr(stream, "readinto", None)
    filled = 0
    while filled < size:
        if readinto is not None:
            count = readinto(view[filled:])
        else:
            piece = stream.read(size - filled)
            count = len(piece)
            view[filled : filled + count] = piece
        if not count:
            raise ExecutorError(f"{described} is truncated: its end is missing.")
        filled += count
    return data


def _damaged(described: str) -> ExecutorError:
    return ExecutorError(f"{described} is damaged: its checksum is another one than when it was written.")

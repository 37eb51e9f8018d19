"""Many calls in one object, of which a worker reads its own.

Floor: executors. First a frame with what the calls have in common and where each of them begins, so the length of that
part must be known before the calls are: they are kept in a temporary file meanwhile, if there is much of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from shutil import copyfileobj
from struct import Struct
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from redun.errors import ExecutorError
from redun.executors.remote.frame import read_frame, write_frame

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["read_call", "read_common", "write_array"]

_IN_MEMORY = 64 << 20
_offset = Struct("<Q")


def write_array(stream: IO[bytes], common: bytes, calls: Iterable[Sequence[Buffer]]) -> None:
    """Write what is common, and calls."""
    with SpooledTemporaryFile(_IN_MEMORY) as body:
        offsets, end = [], 0
        for call in calls:
            offsets.append(end)
            end += write_frame(body, call)
        index = b"".join(map(_offset.pack, offsets))
        # As long as it will be: offsets count from its end.
        write_frame(stream, [common, index])
        body.seek(0)
        copyfileobj(body, stream, 1 << 20)


def read_common(stream: IO[bytes], described: str) -> tuple[bytearray, list[int]]:
    """Read what is common, and where in the stream each call begins."""
    common, index = read_frame(stream, described)
    start = stream.tell()
    return common, [start + offset for (offset,) in _offset.iter_unpack(index)]


def read_call(stream: IO[bytes], begins: Sequence[int], index: int, described: str) -> list[bytearray]:
    """Read one call.

    Raises
    ------
    ExecutorError
        There is none of this index, or it is damaged.
    """
    if not 0 <= index < len(begins):
        raise ExecutorError(f"{described} holds {len(begins)} calls, and none of the index {index}.")
    stream.seek(begins[index])
    return read_frame(stream, f"{described}, call {index},")

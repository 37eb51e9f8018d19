"""Large payloads: a pickle and its buffers side by side, written and read without a copy.

Floor: values. The bytes of a framed payload, all numbers little endian:

======================  ==================================================
8 bytes                 ``b"\\x93redun\\x01\\n"``, which no pickle starts with
8 bytes                 number *n* of sections
8 bytes for each        length of the section
sections                the pickle, then the buffers in the order it asks for them
======================  ==================================================

Each section starts at a multiple of 64 bytes from the beginning, zeros in between, so that arrays made on the read
bytes are aligned.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from struct import Struct
from typing import TYPE_CHECKING, Any

from redun.errors import UnreadableValueError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Payload", "read_payload", "read_sections"]

MAGIC = b"\x93redun\x01\n"
ALIGNMENT = 64

_number = Struct("<Q")


class Payload:
    """The bytes of a large value in several pieces, which are the live value's own buffers.

    Attributes
    ----------
    sections : sequence of buffer
        The pickle and its out-of-band buffers; or the one piece that there is.
    size : int
        Bytes in all.
    """

    __slots__ = ("_chunks", "sections", "size")

    def __init__(self, chunks: Sequence[Buffer]) -> None:
        self._chunks = self.sections = chunks
        self.size = sum(memoryview(chunk).nbytes for chunk in chunks)

    @classmethod
    def framed(cls, pickled: bytes, buffers: Sequence[memoryview]) -> Payload:
        """Put a pickle and its out-of-band buffers (one-dimensional, of bytes) side by side."""
        sections: list[Buffer] = [pickled, *buffers]
        sizes = [memoryview(section).nbytes for section in sections]
        header = MAGIC + _number.pack(len(sizes)) + b"".join(map(_number.pack, sizes))
        chunks: list[Buffer] = [header]
        end = len(header)
        for section, size in zip(sections, sizes, strict=True):
            padding = -end % ALIGNMENT
            chunks += (bytes(padding), section)
            end += padding + size
        payload = cls(chunks)
        payload.sections = sections
        return payload

    @classmethod
    def of(cls, sections: Sequence[Buffer]) -> Payload:
        """Return the payload that has these sections."""
        if len(sections) == 1:
            return cls(sections)
        pickled, *buffers = sections
        return cls.framed(bytes(pickled), [memoryview(buffer).cast("B") for buffer in buffers])

    def chunks(self) -> Sequence[Buffer]:
        """Return the pieces to write one after the other."""
        return self._chunks

    def __bytes__(self) -> bytes:
        return b"".join(self._chunks)


def read_payload(data: Buffer) -> Any:
    """Read a pickle, framed or plain, from one buffer.

    Arrays made of out-of-band buffers share the memory of `data`, so they are writable if it is.

    Raises
    ------
    UnreadableValueError
        The frame is damaged; errors of the pickle itself are let through.
    """
    view = memoryview(data)
    if view[: len(MAGIC)] != MAGIC:
        return pickle.loads(view)
    return read_sections(_sections(view))


def read_sections(sections: Sequence[Buffer]) -> Any:
    """Read a pickle and its out-of-band buffers, which are not copied; errors of the pickle itself are let through."""
    pickled, *buffers = sections
    return pickle.loads(pickled, buffers=buffers)


def _sections(view: memoryview) -> list[memoryview]:
    start = len(MAGIC)
    if view.nbytes < start + 8:
        raise _truncated(view)
    (count,) = _number.unpack_from(view, start)
    end = start + 8 * (count + 1)
    if count == 0 or view.nbytes < end:
        raise _truncated(view)
    sizes = [_number.unpack_from(view, start + 8 * number)[0] for number in range(1, count + 1)]
    sections = []
    for size in sizes:
        start = end + -end % ALIGNMENT
        end = start + size
        sections.append(view[start:end])
    if view.nbytes != end:
        raise _truncated(view)
    return sections


def _truncated(view: memoryview) -> UnreadableValueError:
    return UnreadableValueError(f"A stored value is damaged: its {view.nbytes} bytes are not all of it.")

"""What the record needs of a live value, taken once.

Floor: values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redun.value.payload import Payload

__all__ = ["Sealed"]


class Sealed:
    """A value together with everything the record keeps of it.

    Attributes
    ----------
    value : object
        The live value.
    hash : bytes
        20 bytes, of its content.
    type_name : str
    size : int
        Bytes of the payload.
    preview : str
        Bounded repr, at most 200 characters.
    format : int
        A `ValueFormat`.
    flags : int
        `ValueFlag` bits.
    payload : bytes or Payload
        A `Payload` if larger than 1 MiB.
    parts : tuple of Sealed
        External values, such as files, nested anywhere inside.
    """

    __slots__ = ("flags", "format", "hash", "parts", "payload", "preview", "size", "type_name", "value")

    def __init__(
        self,
        value: Any,
        hash_: bytes,
        type_name: str,
        size: int,
        preview: str,
        format_: int,
        flags: int,
        payload: bytes | Payload,
        parts: tuple[Sealed, ...],
    ) -> None:
        self.value = value
        self.hash = hash_
        self.type_name = type_name
        self.size = size
        self.preview = preview
        self.format = format_
        self.flags = flags
        self.payload = payload
        self.parts = parts

    @property
    def lazy(self) -> bool:
        """Tell whether the value holds expressions."""
        return bool(self.flags & 1)

    def __repr__(self) -> str:
        return f"Sealed({self.preview}, hash={self.hash.hex()[:8]})"

"""Hashes as text, for the `get_hash` of values of one's own.

Floor: hashing. Each is 40 hex digits.
"""

from __future__ import annotations

from typing import IO, Any

from redun.hashing.digest import Digest

__all__ = ["hash_bytes", "hash_stream", "hash_struct", "hash_text"]

_KIND = b"content"
_BLOCK = 1 << 20


def hash_bytes(content: bytes) -> str:
    """Return the hash of bytes.

    Examples
    --------
    >>> from redun.hashing import hash_bytes, hash_text
    >>> hash_bytes(b"text") == hash_text("text"), len(hash_bytes(b""))
    (True, 40)
    """
    whole = Digest(_KIND)
    whole.update(content)
    return whole.result().hex()


def hash_text(text: str) -> str:
    """Return the hash of a text's UTF-8 form.

    Examples
    --------
    >>> hash_text("one") == hash_text("two")
    False
    """
    return hash_bytes(text.encode())


def hash_stream(stream: IO[bytes]) -> str:
    """Return the hash of all that is left to read in a binary stream, read block by block.

    Examples
    --------
    >>> from redun.hashing import hash_stream, hash_text
    >>> from io import BytesIO
    >>> hash_stream(BytesIO(b"text")) == hash_text("text")
    True
    """
    whole = Digest(_KIND)
    while block := stream.read(_BLOCK):
        whole.update(block)
    return whole.result().hex()


def hash_struct(struct: Any) -> str:
    """Return the hash of a nested value, such as a list of what makes up an object.

    Examples
    --------
    >>> class Model:
    ...     def __init__(self, name, weights):
    ...         self.name, self.weights = name, weights
    ...
    ...     def get_hash(self, data=None):
    ...         return hash_struct(["Model", self.name, self.weights])
    >>> Model("a", [1, 2]).get_hash() == Model("a", [1, 3]).get_hash()
    False
    """
    from redun.hashing.values import hash_value

    return hash_value(struct).hex()

"""The one hash function of redun: BLAKE2b with 20 bytes of output, separated by kind.

Floor: hashing. `kind` goes into the personalisation, so digests of different kinds of thing never meet; each part
is preceded by its length, so no two lists of parts read the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from struct import Struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["HASH_SIZE", "Digest", "digest", "digest_joined", "seed", "to_hex"]

HASH_SIZE = 20
"""Bytes in a digest; people see twice as many hexadecimal digits."""

_length = Struct("<Q").pack


class _Seeds(dict[bytes, blake2b]):
    """One untouched hash state per kind: copying it costs a tenth of making it."""

    def __missing__(self, kind: bytes) -> blake2b:
        seed = self[kind] = blake2b(digest_size=HASH_SIZE, person=kind)
        return seed


_seeds = _Seeds()
seed = _seeds.__getitem__
"""From a kind to its hash state, to be copied and never updated: for code that cannot afford a call more."""


def digest(kind: bytes, *parts: Buffer) -> bytes:
    """Hash the parts as a thing of this kind.

    Parameters
    ----------
    kind : bytes
        What is hashed, at most 16 bytes, such as ``b"task"``.
    *parts : bytes or one-dimensional buffer
        Hashed in order, each preceded by its length in bytes; never copied.

    Returns
    -------
    bytes
        20 bytes.

    Examples
    --------
    >>> digest(b"doc", b"ab", b"c") == digest(b"doc", b"a", b"bc")
    False
    >>> to_hex(digest(b"doc"))
    '75edc085e14f529836292e98e181be3fd813fbd0'
    """
    state = _seeds[kind].copy()
    update = state.update
    for part in parts:
        update(_length(len(part) if type(part) is bytes else memoryview(part).nbytes))
        update(part)
    return state.digest()


def digest_joined(kind: bytes, hashes: Iterable[bytes]) -> bytes:
    """Hash many digests as one part: several times faster than `digest(kind, *hashes)`.

    Sound only for parts of one fixed size, such as digests.
    """
    return digest(kind, b"".join(hashes))


def to_hex(hash_: bytes) -> str:
    """Return the hexadecimal form that people see."""
    return hash_.hex()


class Digest:
    """A digest of content that arrives in pieces; where the pieces are cut does not matter.

    Examples
    --------
    >>> whole, pieces = Digest(b"content"), Digest(b"content")
    >>> whole.update(b"abc")
    >>> for piece in (b"a", b"bc"):
    ...     pieces.update(piece)
    >>> whole.result() == pieces.result()
    True
    """

    __slots__ = ("_state", "update")

    def __init__(self, kind: bytes) -> None:
        self._state = _seeds[kind].copy()
        self.update = self._state.update

    def result(self) -> bytes:
        """Return the digest of everything so far, 20 bytes."""
        return self._state.digest()

"""Sign payloads, and tell whether a signature is right.

Floor: signing. A signature covers all that decides what becomes of the bytes when they are read: the hash of the value,
its format, its flags and the content. Its bytes:

========  ==========================================================
1 byte    version, 1
4 bytes   which key it was made with: the beginning of the key's hash
20 bytes  keyed BLAKE2b of hash, format, flags, length and content
========  ==========================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from hashlib import blake2b
from hmac import compare_digest
from struct import Struct, error
from typing import TYPE_CHECKING

from redun.errors import UntrustedValueError
from redun.value.payload import Payload

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Signer", "Verdict", "key_name"]

_VERSION = b"\x01"
_NAME_SIZE = 4
_PREFIX = len(_VERSION) + _NAME_SIZE
_MAC_SIZE = 20
_PERSON = b"redun signature"
_head = Struct("<20sHHQ").pack


class Verdict(Enum):
    """What is found of a payload's signature."""

    CURRENT = "signed with the key that signs"
    OLDER = "signed with another accepted key"
    UNSIGNED = "not signed"
    UNKNOWN = "signed with a key that is not accepted"
    WRONG = "wrong signature"

    @property
    def accepted(self) -> bool:
        """Whether the payload may be read."""
        return self in (Verdict.CURRENT, Verdict.OLDER)


class Signer:
    """Signs with the first of some keys, and accepts the signatures of all.

    Parameters
    ----------
    keys : sequence of bytes
        32 bytes each.

    Examples
    --------
    >>> signer = Signer([bytes(32)])
    >>> signature = signer.sign(bytes(20), 2, 0, b"content")
    >>> signer.judge(bytes(20), 2, 0, b"content", signature)
    <Verdict.CURRENT: 'signed with the key that signs'>
    >>> signer.judge(bytes(20), 0, 0, b"content", signature)
    <Verdict.WRONG: 'wrong signature'>
    >>> Signer([bytes([1]) * 32, bytes(32)]).judge(bytes(20), 2, 0, b"content", signature).accepted
    True
    """

    __slots__ = ("_hashers", "_prefix")

    def __init__(self, keys: Sequence[bytes]) -> None:
        # Copying a hash that was given its key costs less than giving it anew.
        self._hashers = {
            _prefix(key): blake2b(key=key, digest_size=_MAC_SIZE, person=_PERSON) for key in keys
        }
        self._prefix = _prefix(keys[0])

    def __repr__(self) -> str:
        return f"<signer with key {self.name}>"

    def __reduce__(self) -> str:
        raise TypeError("keys stay where they are: a signer cannot be pickled")

    @property
    def name(self) -> str:
        """By what people tell the key that signs."""
        return self._prefix[len(_VERSION) :].hex()

    def sign(self, value_hash: bytes, encoding: int, flags: int, payload: Buffer | Payload) -> bytes:
        """Return the signature of a payload whose format is `encoding`."""
        return self._prefix + self._mac(self._prefix, value_hash, encoding, flags, payload)

    def judge(
        self,
        value_hash: bytes,
        encoding: int,
        flags: int,
        payload: Buffer | Payload,
        signature: bytes | None,
    ) -> Verdict:
        """Say what a signature is worth."""
        if not signature:
            return Verdict.UNSIGNED
        try:
            prefix = signature[:_PREFIX]
            if prefix not in self._hashers:
                return Verdict.UNKNOWN
            right = compare_digest(
                signature[_PREFIX:], self._mac(prefix, value_hash, encoding, flags, payload)
            )
        except (TypeError, ValueError, error):
            # Columns of SQLite hold whatever somebody puts there; nothing of the kind was ever signed.
            return Verdict.WRONG
        if not right:
            return Verdict.WRONG
        return Verdict.CURRENT if prefix == self._prefix else Verdict.OLDER

    def glance(self, signature: bytes | None) -> Verdict | None:
        """Say what can be told of a signature without the payload: not whether it is right."""
        if not signature:
            return Verdict.UNSIGNED
        return None if signature[:_PREFIX] in self._hashers else Verdict.UNKNOWN

    def check(
        self,
        value_hash: bytes,
        encoding: int,
        flags: int,
        payload: Buffer | Payload,
        signature: bytes | None,
    ) -> None:
        """Refuse a payload that is not signed with an accepted key.

        Raises
        ------
        UntrustedValueError
            The message says what is wrong with its signature, and what to do.
        """
        verdict = self.judge(value_hash, encoding, flags, payload, signature)
        if not verdict.accepted:
            why = _WHY[verdict].format(key="" if signature is None else key_name(signature))
            raise UntrustedValueError(f"the value {value_hash.hex()} is not read: {why}")

    def _mac(
        self, prefix: bytes, value_hash: bytes, encoding: int, flags: int, payload: Buffer | Payload
    ) -> bytes:
        hasher = self._hashers[prefix].copy()
        if isinstance(payload, Payload):
            hasher.update(_head(value_hash, encoding, flags, payload.size))
            for chunk in payload.chunks():
                hasher.update(chunk)
        else:
            view = memoryview(payload)
            hasher.update(_head(value_hash, encoding, flags, view.nbytes))
            hasher.update(view)
        return hasher.digest()


_WHY = {
    Verdict.UNSIGNED: (
        "it has no signature, and section [signing] asks for one. If you trust all who wrote to this record so far, "
        "`redun db sign --unsigned` signs what it holds"
    ),
    Verdict.UNKNOWN: (
        "it is signed with the key {key}, which is not among those of section [signing]. Add that key behind yours if "
        "you trust its owner"
    ),
    Verdict.WRONG: (
        "its signature is wrong, so that it is not what was signed: somebody without the key changed it, or it is "
        "damaged. The call that returned it runs again when it is asked for"
    ),
}


def key_name(signature: bytes) -> str:
    """Return by what people tell the key that a signature was made with."""
    name = signature[len(_VERSION) : _PREFIX]
    return name.hex() if isinstance(name, bytes) else "?"


def _prefix(key: bytes) -> bytes:
    return _VERSION + blake2b(key, digest_size=_NAME_SIZE, person=_PERSON).digest()

"""Are the payloads of a record signed with accepted keys, and sign them.

Floor: retention. Nothing is unpickled. Values are read in the order of their hashes, a few megabytes at a time, beside
whatever else writes to the record.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING

import attrs

from redun.errors import UnreadableValueError
from redun.signing.signer import Signer, Verdict, key_name

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from redun.recorder.connection import Session
    from redun.recorder.reader_database import Database
    from redun.recorder.value_store import ValueStore

__all__ = ["Signature", "judge_all", "sign_all"]

_PAGE = 500
_BYTES_AT_ONCE = 8 * 1024 * 1024
_SIZES = "SELECT hash, coalesce(length(blob), 0) FROM value WHERE hash > ? ORDER BY hash LIMIT ?"
_VALUES = (
    "SELECT hash, type, format, flags, blob, store, signature FROM value"
    " WHERE hash IN ({ids}) AND (blob IS NOT NULL OR store IS NOT NULL) ORDER BY hash"
)
# Not if somebody wrote another one meanwhile.
_SIGN = "UPDATE value SET signature = ? WHERE hash = ? AND signature IS NULL"
_SIGN_ANEW = "UPDATE value SET signature = ? WHERE hash = ? AND signature = ?"


@attrs.frozen
class Signature:
    """What is found of the signature of a value.

    Attributes
    ----------
    hash : bytes
    type : str
    verdict : Verdict or None
        None: its payload lies in the value store and was not read, or cannot be read.
    key : str
        The key that it was made with, or empty.
    trouble : str
        Why the payload cannot be read, or empty.
    new : bytes or None
        The signature with the key that signs, where that is another one and was asked for.
    old : bytes or None
        The present one.
    """

    hash: bytes
    type: str
    verdict: Verdict | None
    key: str = ""
    trouble: str = ""
    new: bytes | None = None
    old: bytes | None = None


def judge_all(
    database: Database,
    signer: Signer,
    store: ValueStore | None,
    *,
    sign: Collection[Verdict] = (),
    tell: Callable[[str, int], None] = lambda what, count: None,
) -> Iterator[Signature]:
    """Yield what is found of each value that has a payload.

    Parameters
    ----------
    database : Database
    signer : Signer
    store : ValueStore, optional
        Has the large payloads; without it, of these only no signature is noticed, and that of a strange key.
    sign : collection of Verdict
        Make new signatures for values of which this is found.
    tell : callable
        Told what is being done, and how many are done.
    """
    count = 0
    for hashes in _portions(database):
        for value_hash, kind, encoding, flags, blob, address, signature in database.many(_VALUES, hashes):
            count += 1
            key = key_name(signature) if signature else ""
            payload: Buffer | None = blob
            if address is not None:
                glance = signer.glance(signature)
                if store is None:
                    yield Signature(value_hash, kind, glance, key, old=signature)
                    continue
                try:
                    payload = store.get(address)
                except UnreadableValueError as error:
                    yield Signature(value_hash, kind, glance, key, str(error), old=signature)
                    continue
            assert payload is not None
            verdict = signer.judge(value_hash, encoding, flags, payload, signature)
            new = signer.sign(value_hash, encoding, flags, payload) if verdict in sign else None
            yield Signature(value_hash, kind, verdict, key, new=new, old=signature)
        tell("values", count)


def sign_all(session: Session, signatures: Iterable[Signature]) -> Iterator[Signature]:
    """Write new signatures, in short transactions; yields what `judge_all` found.

    Parameters
    ----------
    session : Session
    signatures : iterable of Signature
    """
    pending: list[Signature] = []
    for one in signatures:
        if one.new is not None:
            pending.append(one)
        if len(pending) >= _PAGE:
            _write(session, pending)
            pending = []
        yield one
    _write(session, pending)


def _write(session: Session, signatures: Iterable[Signature]) -> None:
    fresh = [(one.new, one.hash) for one in signatures if one.old is None]
    others = [(one.new, one.hash, one.old) for one in signatures if one.old is not None]
    with session.transaction() as connection:
        if fresh:
            connection.executemany(_SIGN, fresh)
        if others:
            connection.executemany(_SIGN_ANEW, others)


def _portions(database: Database) -> Iterator[list[bytes]]:
    """Yield the hashes of all values, as many at a time as can be read at once."""
    last, size = b"", 0
    portion: list[bytes] = []
    while rows := database.rows(_SIZES, last, _PAGE):
        for value_hash, more in rows:
            if portion and (len(portion) >= _PAGE or size + more > _BYTES_AT_ONCE):
                yield portion
                portion, size = [], 0
            portion.append(value_hash)
            size += more
        last = rows[-1][0]
    if portion:
        yield portion

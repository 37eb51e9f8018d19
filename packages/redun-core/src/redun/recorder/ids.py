"""Ids as people write them: short forms, prefixes, `-`, `~2`, `3f9a2b1c.17`.

Floor: recorder. An execution has 16 random bytes, a job is number *n* of its execution, everything else is known
by a hash of 20 bytes. All are shown in hex and accepted as any unique prefix.
"""

from __future__ import annotations

import re

import attrs

__all__ = [
    "EXECUTION_BYTES",
    "HASH_BYTES",
    "SHORT_DIGITS",
    "Reference",
    "job_id",
    "job_tag_id",
    "parse",
    "prefix_range",
    "short",
]

EXECUTION_BYTES = 16
HASH_BYTES = 20
SHORT_DIGITS = 8

_REFERENCE = re.compile(
    r"(?:(?P<last>-)|~(?P<back>[1-9][0-9]{0,8})|(?P<hex>[0-9a-f]{1,40}))(?:\.(?P<job>[0-9]{1,10}))?"
)


@attrs.frozen
class Reference:
    """What a text may mean as an id.

    Attributes
    ----------
    back : int or None
        Counted from the newest execution, which is 1.
    prefix : str or None
        Leading hex digits of an execution's id, or of a hash when `job` is None.
    job : int or None
        The job's number within that execution.
    """

    back: int | None = None
    prefix: str | None = None
    job: int | None = None


def parse(text: str) -> Reference | None:
    """Return what `text` means as an id, or None if it can only be a name or a path.

    Examples
    --------
    >>> parse("-.17")
    Reference(back=1, prefix=None, job=17)
    >>> parse("3F9A2B1C")
    Reference(back=None, prefix='3f9a2b1c', job=None)
    >>> parse("prog.c") is None
    True
    """
    match = _REFERENCE.fullmatch(text.lower())
    if match is None:
        return None
    job = int(match["job"]) if match["job"] else None
    if match["hex"]:
        return Reference(prefix=match["hex"], job=job)
    return Reference(back=1 if match["last"] else int(match["back"]), job=job)


def prefix_range(prefix: str, width: int) -> tuple[bytes, bytes] | None:
    """Return the first and the last id of `width` bytes that begin with the hex digits `prefix`.

    A range is what an index can search; None if the prefix is longer than such an id.
    """
    digits = 2 * width
    if len(prefix) > digits:
        return None
    return bytes.fromhex(prefix.ljust(digits, "0")), bytes.fromhex(prefix.ljust(digits, "f"))


def short(identity: bytes) -> str:
    """Return the form of an id or hash that fits into a line."""
    return identity.hex()[:SHORT_DIGITS]


def job_tag_id(execution: bytes, number: int) -> bytes:
    """Return what identifies a job among tagged things: the execution's id and four bytes of the number."""
    return execution + number.to_bytes(4, "big")


def job_id(execution: bytes, number: int, *, full: bool = False) -> str:
    """Return a job's id, `3f9a2b1c.17`; with `full`, all digits of the execution's id."""
    return f"{execution.hex() if full else short(execution)}.{number}"

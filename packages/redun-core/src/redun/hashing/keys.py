"""Keys: what identifies a call and its result.

Floor: hashing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from redun.hashing.digest import digest

__all__ = ["CHANCE", "args_hash", "call_hash", "eval_hash", "kept", "task_set_hash"]

CHANCE = digest(b"chance")
"""Stands among the tasks of a call for luck: a call below failed, or was not waited for to its end.

What such a call came to holds for the execution in which it was made.
"""


def eval_hash(task_digest: bytes, names: tuple[str, ...], hashes: Sequence[bytes]) -> bytes:
    """Return the cache key of a call: its task and its arguments, in the order of the signature."""
    return digest(b"eval", task_digest, _joined(names), b"".join(hashes))


def args_hash(names: tuple[str, ...], hashes: Sequence[bytes]) -> bytes:
    """Return the hash of a call's arguments alone, in the order of the signature."""
    return digest(b"arguments", _joined(names), b"".join(hashes))


def kept(
    names: tuple[str, ...], hashes: Sequence[bytes], left_out: Collection[str]
) -> tuple[tuple[str, ...], list[bytes]]:
    """Return names and hashes of the arguments that are not left out of a call's keys."""
    pairs = [(name, one) for name, one in zip(names, hashes, strict=True) if name not in left_out]
    return tuple([name for name, _ in pairs]), [one for _, one in pairs]


@lru_cache(maxsize=1024)
def _joined(names: tuple[str, ...]) -> bytes:
    return b"".join([b"%d:%b" % (len(name), name) for name in map(str.encode, names)])


def call_hash(eval_hash: bytes, value_hash: bytes, children: Collection[bytes] = ()) -> bytes:
    """Return the identity of a finished call: its key, its result and the calls it made."""
    return digest(b"call", eval_hash, value_hash, b"".join(sorted(set(children))) if children else b"")


def task_set_hash(tasks: Iterable[bytes]) -> bytes:
    """Return the identity of a set of task versions."""
    return digest(b"tasks", b"".join(sorted(tasks)))

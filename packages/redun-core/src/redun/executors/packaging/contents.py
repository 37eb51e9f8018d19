"""What makes two code packages the same, and how large one may be.

Floor: executors.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from redun.hashing.digest import digest, digest_joined, to_hex

__all__ = ["MAX_SIZE", "content_hash", "file_digest"]

MAX_SIZE = 512 << 20
"""Bytes that the files of a package have in all, at most."""


def file_digest(name: str, executable: bool, content: bytes) -> bytes:
    """Return the digest of a file of a package."""
    return digest(b"code file", os.fsencode(name), b"x" if executable else b"-", content)


def content_hash(digests: Iterable[bytes]) -> str:
    """Return the hash of a package, 40 hex digits, of the digests of its files in the order of their names."""
    return to_hex(digest_joined(b"code package", digests))

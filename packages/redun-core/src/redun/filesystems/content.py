"""Digests of local files, and when a file's times can be trusted to tell of the next change.

Floor: values. The clock of a file system ticks every few milliseconds: a file written twice within a tick has
different content and the same times. So the times vouch for content only if it was read after the tick had passed
(git knows such files as "racily clean").
"""

from __future__ import annotations

import os
from collections.abc import Callable
from time import sleep, time_ns

from redun.filesystems.base import Fingerprint, Signature
from redun.hashing.digest import Digest

__all__ = ["ContentReader", "signature_of"]

TICK = 50_000_000
"""Nanoseconds after which a write shows in the times."""

COARSE_TICK = 2_100_000_000
"""The same on file systems that keep whole seconds."""

PATIENT = 32 << 20
"""Bytes from which waiting for the tick is cheaper than reading the file again another day."""

_BLOCK = 1 << 20
_ATTEMPTS = 3


def signature_of(status: os.stat_result) -> Signature:
    """Return size, times of change and inode."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _settles(status: os.stat_result) -> int:
    """Return the time from which on a write would show in a file's times."""
    whole_seconds = status.st_mtime_ns % 10**9 == 0 == status.st_ctime_ns % 10**9
    return max(status.st_mtime_ns, status.st_ctime_ns) + (COARSE_TICK if whole_seconds else TICK)


class ContentReader:
    """Reads files for their digests; safe to use from several threads."""

    def __call__(self, path: str) -> Fingerprint:
        """Return the fingerprint of a regular file, without a signature if its times cannot be trusted."""
        with open(path, "rb", buffering=0) as file:
            number = file.fileno()
            for _ in range(_ATTEMPTS):
                before = os.fstat(number)
                settles = _settles(before)
                if before.st_size >= PATIENT and 0 < settles - time_ns() <= TICK:
                    sleep(TICK / 1e9)
                began = time_ns()
                file.seek(0)
                content, size = _digest(file.readinto)
                after = os.fstat(number)
                if signature_of(before) == signature_of(after):
                    return Fingerprint(content, size, signature_of(after) if began > settles else None)
        # Somebody keeps writing: this is what we saw.
        return Fingerprint(content, size, None)


def _digest(read_into: Callable[[memoryview], int | None]) -> tuple[bytes, int]:
    content = Digest(b"content")
    block = memoryview(bytearray(_BLOCK))
    size = 0
    while count := read_into(block):
        content.update(block[:count])
        size += count
    return content.result(), size

"""Remove files of the value store so that nobody loses one: first aside, and away when the record says so too.

Floor: retention. A file is renamed in the transaction that deletes its row, so that a writer, which looks for the file
in the transaction of its own row, finds both or neither. To delete a large file takes long and comes after. What a
killed process left aside goes back if its row is still there.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from redun.recorder.marks import Kind, hidden
from redun.retention.maintenance import Maintenance, Pace

__all__ = ["NAMED", "Payloads"]

_DATABASES = {".db", ".sqlite", ".sqlite3"}
_ADDRESS = re.compile(r"(foreign/)?[0-9a-f]{2}/[0-9a-f]{38}")
# A payload is written before its row: what is younger is left for the next time.
_YOUNG_S = 3600.0

NAMED = " UNION ALL ".join(
    f"SELECT hash, store FROM {table} WHERE store IS NOT NULL AND {hidden(Kind.VALUE, f'{table}.hash')}"
    for table in ("value", "foreign_value")
)
"""The question for the values that have a file and are to stay, and its address; strangers' are among them."""


class Payloads:
    """The value store of a record that is being looked after.

    Parameters
    ----------
    database : Path
    folder : Path
    """

    def __init__(self, database: Path, folder: Path) -> None:
        self.folder = folder
        self._database = database
        self._aside = folder / "removed"
        self._waiting: list[Path] = []

    def shared_with(self) -> Path | None:
        """Return another database in the same folder, whose payloads lie here too."""
        if not self.folder.is_dir():
            return None
        # By their names: to open and close a database drops the locks that this process may have on it.
        for path in sorted(self._database.parent.iterdir()):
            if path.suffix in _DATABASES and path.resolve() != self._database.resolve():
                return path
        return None

    def size(self, address: str) -> int:
        """Return the size of a file in bytes, 0 if there is none."""
        try:
            return (self.folder / address).stat().st_size
        except OSError:
            return 0

    def set_aside(self, address: str) -> int:
        """Move a file out of sight; return its size."""
        size = self.size(address)
        if not size:
            # In the value store that the configuration names, where other records may have theirs.
            return 0
        target = self._aside / address.replace("/", "-")
        self._aside.mkdir(mode=0o700, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.replace(self.folder / address, target)
            self._waiting.append(target)
        return size

    def delete(self) -> None:
        """Delete what was set aside, now that no row names it."""
        for path in self._waiting:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
        self._waiting.clear()

    def recover(self, work: Maintenance) -> None:
        """Put back, or delete, what a killed process left aside."""
        if not self._aside.is_dir():
            return
        for path in sorted(self._aside.iterdir()):
            address = path.name.replace("-", "/")
            if _ADDRESS.fullmatch(address) is None:
                continue
            with work.slice() as connection:
                target = self.folder / address
                if _named(connection, address) and not target.exists():
                    os.replace(path, target)
                else:
                    path.unlink()
        with contextlib.suppress(OSError):
            self._aside.rmdir()

    def strays(self, connection: sqlite3.Connection) -> Iterator[tuple[str, int]]:
        """Yield address and size of files that no row names, left by processes that were killed."""
        latest = time.time() - _YOUNG_S
        # Those of strangers lie apart.
        for folder in sorted([*self.folder.glob("??"), *self.folder.glob("foreign/??")]):
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                address = path.relative_to(self.folder).as_posix()
                status = path.stat()
                if (
                    _ADDRESS.fullmatch(address)
                    and status.st_mtime < latest
                    and not _named(connection, address)
                ):
                    yield address, status.st_size

    def remove_strays(self, work: Maintenance) -> tuple[int, int]:
        """Delete files that no row names; return how many, and their bytes."""
        count = size = 0
        found = [address for address, _ in self.strays(work.session.connection)]
        pace = Pace(64)
        while found:
            batch, found = found[: pace.rows], found[pace.rows :]
            with pace.measured(), work.slice() as connection:
                for address in batch:
                    if not _named(connection, address):
                        size += self.set_aside(address)
                        count += 1
            self.delete()
        return count, size


def _named(connection: sqlite3.Connection, address: str) -> bool:
    table = "foreign_value" if address.startswith("foreign/") else "value"
    value_hash = bytes.fromhex(address.removeprefix("foreign/").replace("/", ""))
    row = connection.execute(
        f"SELECT 1 FROM {table} WHERE hash = ? AND store = ?", (value_hash, address)
    ).fetchone()
    return row is not None

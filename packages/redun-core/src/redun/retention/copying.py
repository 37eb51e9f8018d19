"""Copy a record while others write to it.

Floor: retention. SQLite's own backup copies one state of the database; the payloads that this names follow, and no
collection removes any meanwhile. The copy is checked before it gets its name, and never takes the place of anything.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs

from redun.errors import DatabaseUnwritableError, RecorderError
from redun.recorder.failures import translate
from redun.recorder.value_files import is_undamaged
from redun.recorder.value_store import FileValueStore
from redun.retention.maintenance import Maintenance, maintenance
from redun.retention.opening import looking, revision_of, values_folder, writing
from redun.retention.payloads import NAMED

__all__ = ["Copy", "back_up"]

_PAGES = -1


@attrs.frozen
class Copy:
    """What was copied.

    Attributes
    ----------
    path : Path
    bytes : int
        Of the database.
    payloads, payload_bytes : int
        Files of the value store, and their bytes.
    lost : tuple of str
        Values whose payload was gone or damaged before.
    elsewhere : int
        Values whose payload stays in the value store that the configuration names, which the copy needs, too.
    """

    path: Path
    bytes: int
    payloads: int
    payload_bytes: int
    lost: tuple[str, ...]
    elsewhere: int = 0


def _silent(_what: str, _count: int) -> None:
    pass


def back_up(
    path: Path,
    target: Path,
    tell: Callable[[str, int], None] = _silent,
    *,
    store: FileValueStore | None = None,
) -> Copy:
    """Copy a record, so that the copy can be used as it is: payloads go to the folder `values` beside it.

    Parameters
    ----------
    path, target : Path
        The database, and the file to make.
    tell : callable
        Told what is being copied, and how many so far.
    store : FileValueStore, optional
        Its large values, if they are not all in the folder beside it: those that lie elsewhere stay there.

    Raises
    ------
    RecorderError
        `target` exists, cannot be written, or shares a folder with the database; nothing is left behind.
    """
    _check_target(path, target)
    unfinished = target.with_name(f".{target.name}.unfinished-{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with _undisturbed(path) as work:
            tell("database", 0)
            _copy_database(path, unfinished)
            copied, size, lost = _copy_payloads(path, unfinished, values_folder(target), work, tell)
            kept = {value: _holds(store, address) for value, address in lost}
        _verify(unfinished)
        # Unlike a rename, this fails where a file has come to be.
        os.link(unfinished, target)
    except FileExistsError as error:
        raise _exists(target) from error
    except OSError as error:
        raise translate(error, target) from error
    except sqlite3.Error as error:
        raise translate(error, unfinished) from error
    finally:
        for left in (
            unfinished,
            *(unfinished.with_name(unfinished.name + end) for end in ("-wal", "-shm", "-journal")),
        ):
            with contextlib.suppress(OSError):
                left.unlink()
    return Copy(
        target,
        target.stat().st_size,
        copied,
        size,
        tuple(value for value, is_kept in kept.items() if not is_kept),
        sum(kept.values()),
    )


def _check_target(path: Path, target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise _exists(target)
    if values_folder(target).resolve() == values_folder(path).resolve():
        raise RecorderError(
            f"{target} would share the folder {values_folder(path)} of large values with the database itself, and lose "
            "them together: name a file in another folder"
        )


def _exists(target: Path) -> RecorderError:
    return DatabaseUnwritableError(f"{target} exists, and a backup replaces nothing: choose another name")


@contextlib.contextmanager
def _undisturbed(path: Path) -> Iterator[Maintenance | None]:
    """Keep collections away; a record that may not be written is copied all the same."""
    if not os.access(path, os.W_OK):
        yield None
        return
    with writing(path) as session:
        if not _has_works(session.connection):
            # Of an older version, which has no collections.
            yield None
            return
        with maintenance(session, "redun db backup") as work:
            yield work


def _copy_database(path: Path, target: Path) -> None:
    with looking(path) as source, contextlib.closing(sqlite3.connect(target)) as copy:
        # All at once: bit by bit, each commit of a run would make it begin again. Writers do not wait for it.
        source.backup(copy, pages=_PAGES)
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        if _has_works(copy):
            # Whoever is at work there, this copy's own making included, is not at work here.
            copy.execute("UPDATE sweep SET heartbeat = 0 WHERE ended IS NULL")
            copy.commit()


def _copy_payloads(
    path: Path, copy: Path, folder: Path, work: Maintenance | None, tell: Callable[[str, int], None]
) -> tuple[int, int, list[tuple[str, str]]]:
    source = values_folder(path)
    count = size = 0
    lost: list[tuple[str, str]] = []
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        needed = NAMED if _has_works(connection) else "SELECT hash, store FROM value WHERE store IS NOT NULL"
        for found, address in connection.execute(f"{needed} ORDER BY hash"):
            if work is not None:
                with work.slice():
                    pass
            target = folder / address
            try:
                if not (target.exists() and is_undamaged(target)):
                    size += _copy_file(source / address, folder, target)
                    count += 1
                    tell("payload", count)
            except (FileNotFoundError, _Damaged):
                lost.append((found.hex(), address))
    return count, size, lost


def _holds(store: FileValueStore | None, address: str) -> bool:
    return store is not None and store.shared and store.holds(address)


def _has_works(connection: sqlite3.Connection) -> bool:
    return bool(
        connection.execute("SELECT 1 FROM pragma_table_info('sweep') WHERE name = 'purpose'").fetchone()
    )


class _Damaged(Exception):
    """A copied payload does not have its checksum."""


def _copy_file(source: Path, folder: Path, target: Path) -> int:
    size = source.stat().st_size
    # The permissions of a folder are given to none above it.
    for above in reversed(target.parents):
        if not above.exists():
            above.mkdir(mode=0o700, exist_ok=True)
    unfinished = folder / f"unfinished-{os.urandom(8).hex()}"
    try:
        with (
            open(source, "rb") as data,
            open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        ):
            shutil.copyfileobj(data, file, 1024 * 1024)
            file.flush()
            os.fsync(file.fileno())
        if not is_undamaged(unfinished):
            raise _Damaged(target)
        os.replace(unfinished, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            unfinished.unlink()
    return size


def _verify(copy: Path) -> None:
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        revision_of(connection, copy)
        ((verdict,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
    if verdict != "ok":
        raise RecorderError(
            f"the copy is damaged ({verdict}), and was removed: check the disk, and `redun db check`"
        )
    descriptor = os.open(copy, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

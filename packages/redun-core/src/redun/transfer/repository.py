"""Send records from a repository to another, or to a file, and take them in from one.

Floor: transfer.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

import attrs

from redun.errors import RecorderError
from redun.recorder.failures import translate
from redun.recorder.reader_database import SQLiteDatabase
from redun.recorder.value_store import FileValueStore, FolderValueStore
from redun.transfer.lines import LineReader, LineWriter
from redun.transfer.reading import Source
from redun.transfer.selection import Nobody, Roots
from redun.transfer.target import Received, Target

__all__ = ["Exported", "Progress", "export_records", "import_records", "send"]

Progress = Callable[[str, int], None]
"""Told what is going on, and how many more of it are done."""

_COUNTED = ("task", "value", "evaluation", "call")


@attrs.frozen
class Exported:
    """What was written: how many records, and how many values whose payload is damaged or gone."""

    records: int
    missing: int


@attrs.frozen
class Sent:
    """What became of what was sent; `missing` values have a payload that is damaged or gone."""

    received: Received
    missing: int


def _silent(_what: str, _number: int) -> None: ...


def open_source(path: Path, store: FileValueStore | None = None) -> Source:
    """Open a SQLite record whose records are to be sent; its large values are in the folder beside it or in `store`."""
    return Source(SQLiteDatabase(path), store or FolderValueStore(path.parent / "values"))


def send(
    source: Source, target: Target, roots: Roots, *, sender: str, mark: str, progress: Progress = _silent
) -> Sent:
    """Send records to a repository: those that it does not have.

    Parameters
    ----------
    source, target : Source, Target
    roots : Roots
        What to send, with all that belongs to it.
    sender : str
        What messages call the source.
    mark : str
        What the target calls it.
    progress : callable

    Raises
    ------
    RecorderError
        A record was refused; then nothing was changed.
    """

    def refuse(line: int, problem: str) -> RecorderError:
        return RecorderError(f"{sender}, record {line}: {problem}. Nothing was taken over.")

    def numbered() -> Iterator[tuple[int, object]]:
        for number, record in enumerate(source.records(selection), start=1):
            if number % _TICK == 0:
                progress("checked", _TICK)
            yield number, record

    before = source.missing
    with source.select(roots, target, lambda number: progress("found", number)) as selection:
        received = target.take_in(
            numbered(),  # type: ignore[arg-type]
            mark,
            refuse,
            fields_checked=False,
            merged=lambda number: progress("merged", number),
        )
    return Sent(received, source.missing - before)


_TICK = 1_000


def export_records(
    source: Source, roots: Roots, path: Path | None, *, progress: Progress = _silent
) -> Exported:
    """Write records to a file, compressed if its name ends with `.gz`; without a path to standard output.

    The file appears whole.

    Raises
    ------
    RecorderError
        It cannot be written.
    """
    before = source.missing
    with (
        source.select(roots, Nobody(), lambda number: progress("found", number)) as selection,
        _writing(path) as out,
    ):
        counts = {kind: selection.wanted.count(kind) for kind in _COUNTED}
        lines = LineWriter(out, {"execution": len(selection.executions), **counts})
        for record in source.records(selection):
            lines.write(record)
            if lines.records % _TICK == 0:
                progress("written", _TICK)
        lines.end()
    return Exported(lines.records, source.missing - before)


def import_records(path: Path | None, target: Target, *, mark: str, progress: Progress = _silent) -> Received:
    """Take in the records of a file, or of standard input.

    Raises
    ------
    RecorderError
        The file is damaged, or a record was refused; then nothing was changed.
    """

    def numbered() -> Iterator[tuple[int, object]]:
        for number, (line, record) in enumerate(lines, start=1):
            if number % _TICK == 0:
                progress("checked", _TICK)
            yield line, record

    with _reading(path) as file:
        lines = LineReader(file, "standard input" if path is None else str(path))

        def refuse(line: int, problem: str) -> RecorderError:
            return RecorderError(f"{lines.where(line)}: {problem}. Nothing was imported.")

        return target.take_in(
            numbered(),  # type: ignore[arg-type]
            mark,
            refuse,
            fields_checked=True,
            merged=lambda number: progress("merged", number),
        )


@contextlib.contextmanager
def _writing(path: Path | None) -> Iterator[BinaryIO]:
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    unfinished = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with contextlib.ExitStack() as stack:
            # As private as the database.
            file: BinaryIO = stack.enter_context(
                open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
            )
            stack.callback(unfinished.unlink, missing_ok=True)
            if path.suffix == ".gz":
                with gzip.GzipFile("", "wb", 6, file, mtime=0) as compressed:
                    yield cast(BinaryIO, compressed)
            else:
                yield file
            file.flush()
            os.fsync(file.fileno())
            os.replace(unfinished, path)
    except OSError as error:
        raise translate(error, path) from error


@contextlib.contextmanager
def _reading(path: Path | None) -> Iterator[BinaryIO]:
    with contextlib.ExitStack() as stack:
        if path is None:
            file = sys.stdin.buffer
        else:
            try:
                file = stack.enter_context(open(path, "rb"))
            except OSError as error:
                raise RecorderError(f"{path} cannot be read: {error.strerror or error}") from error
        # Told by its first bytes, so that a renamed file is read too, and a pipe.
        buffered = file if hasattr(file, "peek") else None
        if buffered is not None and buffered.peek(2)[:2] == b"\x1f\x8b":
            file = cast(BinaryIO, stack.enter_context(gzip.GzipFile(fileobj=file)))
        yield file

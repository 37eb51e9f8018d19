"""Records as lines of JSON: a header, one record a line, and a footer by which a cut file is noticed.

Floor: transfer. The format is that of `docs/repositories.md`. A large payload stands in lines of its own after its
value, so that neither side ever holds more than a piece of it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from operator import attrgetter
from typing import Any, BinaryIO

import attrs

from redun.errors import RecorderError
from redun.recorder.revisions import HEAD
from redun.transfer.fields import Kind, Payload, shown
from redun.transfer.records import KINDS, Record, Value

__all__ = ["FIELDS", "FORMAT", "PIECE", "LineReader", "LineWriter"]

FORMAT = 1
"""Version of the format."""

PIECE = 1024 * 1024
"""Bytes of each piece of a large payload but the last."""

_HEADER = "redun export"
_END = "end"
_PIECE_KIND = "piece"
# A text such as a job's output is one line; nothing that redun records comes near.
_LONGEST = 256 * 1024 * 1024
_DIGEST_SIZE = 20
_payload = Payload()
_names = {record: name for name, record in KINDS.items()}
_encode = json.JSONEncoder(separators=(",", ":")).encode


def _kinds_of(record: type[Any]) -> Iterator[tuple[str, Kind]]:
    for field in attrs.fields(record):
        if "kind" in field.metadata:
            yield field.name, field.metadata["kind"]


FIELDS: dict[type[Record], tuple[tuple[str, Kind], ...]] = {
    record: tuple(_kinds_of(record)) for record in KINDS.values()
}
"""The fields of each record that stand in a document, with what they may hold."""

_DUMPERS = {
    record: tuple((name, attrgetter(name), kind.dump) for name, kind in fields)
    for record, fields in FIELDS.items()
}


class LineWriter:
    """Writes records.

    Parameters
    ----------
    out : binary file
    counts : mapping of str to int
        For the header: how many records there will be of some kinds.
    """

    def __init__(self, out: BinaryIO, counts: Mapping[str, int]) -> None:
        from redun import __version__

        self._out = out
        self._digest = blake2b(digest_size=_DIGEST_SIZE)
        self.records = 0
        header = {"kind": _HEADER, "format": FORMAT, "schema": HEAD, "version": __version__}
        self._line({**header, "created": time.time_ns() // 1000, "counts": dict(counts)})

    def write(self, record: Record) -> None:
        """Write a record and, if it has one, its large payload."""
        kind = type(record)
        document = {name: dump(get(record)) for name, get, dump in _DUMPERS[kind]}
        self._line({"kind": _names[kind], **document})
        self.records += 1
        if isinstance(record, Value) and record.pieces:
            for piece in record.content or ():
                self._line({"kind": _PIECE_KIND, "data": _payload.dump(piece)})

    def end(self) -> None:
        """Write the footer."""
        digest = self._digest.hexdigest()
        self._line({"kind": _END, "records": self.records, "digest": digest})

    def _line(self, document: dict[str, Any]) -> None:
        line = _encode(document).encode() + b"\n"
        self._digest.update(line)
        self._out.write(line)


class LineReader:
    """Reads what `LineWriter` wrote; whatever else it finds, it refuses.

    Parameters
    ----------
    file : binary file
    name : str
        For messages.

    Raises
    ------
    RecorderError
        The file has no header, or one of another version.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name
        self._number = 0
        self._digest = blake2b(digest_size=_DIGEST_SIZE)
        self._records = 0
        self._header()

    def where(self, number: int) -> str:
        """Return how messages call a line."""
        return f"{self._name}, line {number}"

    def __iter__(self) -> Iterator[tuple[int, Record]]:
        """Yield each record with the number of its line.

        Raises
        ------
        RecorderError
            A line is no record, or the file is not whole.
        """
        while True:
            before = self._digest.hexdigest()
            document = self._next()
            if document is None:
                raise self._wrong(
                    "the file ends without its last line: it was cut, or is still being written"
                )
            kind = document.pop("kind", None)
            if kind == _END:
                self._check_end(document, before)
                return
            record = KINDS.get(kind) if isinstance(kind, str) else None
            if record is None:
                raise self._wrong(f"{shown(kind)} is no kind of record")
            self._records += 1
            number = self._number
            yield number, self._record(record, document)

    def _header(self) -> None:
        document = self._next()
        if document is None or document.get("kind") != _HEADER:
            raise self._wrong("this is no export of redun: its first line is not a header")
        if document.get("format") != FORMAT:
            raise self._wrong(
                f"it has format {shown(document.get('format'))}, and this redun reads format {FORMAT}: "
                "import it with the redun that wrote it, or export it anew with this one"
            )

    def _check_end(self, document: dict[str, Any], digest: str) -> None:
        if document.get("records") != self._records:
            raise self._wrong(
                f"the file should have {shown(document.get('records'))} records and has {self._records}"
            )
        if document.get("digest") != digest:
            raise self._wrong("the file is not what was written: its digest is another one")
        if self._file.read(1):
            raise self._wrong("there is more after the last line")

    def _record(self, record: type[Record], document: dict[str, Any]) -> Record:
        fields = FIELDS[record]
        arguments = []
        for name, kind in fields:
            try:
                arguments.append(kind.load(document[name]))
            except KeyError:
                raise self._wrong(f"the {_names[record]} has no field {name!r}") from None
            except ValueError as error:
                raise self._wrong(f"the field {name!r} of the {_names[record]}: {error}") from None
        if len(document) != len(fields):
            unknown = sorted(set(document) - {name for name, _ in fields})
            raise self._wrong(f"the {_names[record]} has a field {shown(unknown[0])}, which none has")
        made = record(*arguments)
        if isinstance(made, Value) and made.pieces:
            made = attrs.evolve(made, content=self._pieces(made.pieces))
        return made

    def _pieces(self, count: int) -> Iterator[bytes]:
        for _ in range(count):
            document = self._next()
            if document is None or document.get("kind") != _PIECE_KIND:
                raise self._wrong("here should be a piece of a payload")
            try:
                yield _payload.load(document.get("data"))
            except ValueError as error:
                raise self._wrong(f"the piece of a payload: {error}") from None

    def _next(self) -> dict[str, Any] | None:
        try:
            line = self._file.readline(_LONGEST)
        except (OSError, EOFError, ValueError) as error:
            # What gzip and its kind raise for damaged files.
            self._number += 1
            raise self._wrong(f"it cannot be read: {error}") from error
        if not line:
            return None
        self._number += 1
        if not line.endswith(b"\n"):
            longer = len(line) == _LONGEST
            raise self._wrong(
                "the line is too long" if longer else "the file is cut in the middle of this line"
            )
        self._digest.update(line)
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            raise self._wrong(f"{shown(line[:40].decode('utf-8', 'replace'))} is no JSON") from None
        if type(document) is not dict:
            raise self._wrong("the line is no JSON object")
        return document

    def _wrong(self, what: str) -> RecorderError:
        return RecorderError(f"{self.where(max(self._number, 1))}: {what}. Nothing was imported.")

"""Make records of what a database holds.

Floor: transfer. Everything is read at one moment, while others go on writing. An execution that runs meanwhile is sent
as far as it got.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import attrs

from redun.recorder.batch import JobStatus
from redun.recorder.ids import job_tag_id
from redun.recorder.reader_database import Database, Row
from redun.recorder.value_store import FileValueStore
from redun.signing.names import SIGNATURE_SIZE
from redun.transfer import questions as sql
from redun.transfer.checking import fits
from redun.transfer.lines import PIECE
from redun.transfer.payloads import payload_address, pieces_of
from redun.transfer.records import (
    Attempt,
    Call,
    Code,
    Evaluation,
    Execution,
    File,
    Handle,
    Job,
    Output,
    Record,
    RemovedTag,
    Tag,
    Task,
    TaskSet,
    Value,
)
from redun.transfer.selection import PAGE, Other, Roots, Selection

__all__ = ["Source"]

_BYTES_AT_ONCE = 16 * 1024 * 1024
_LAST_NUMBER = 2**32 - 1
_ENTITIES = ("call", "task", "value")
PINNED = "pinned"
"""Key of a tag that keeps an execution: what is kept, each repository decides for itself."""


class Source:
    """A repository that is read.

    Parameters
    ----------
    database : Database
    store : FileValueStore or None
        Its large payloads; None if all are in the database.
    """

    def __init__(self, database: Database, store: FileValueStore | None) -> None:
        self.database = database
        self.missing = 0
        """Values whose payload is damaged or gone, so that they are sent without it."""
        self._store = store

    @contextlib.contextmanager
    def select(
        self, roots: Roots, other: Other, looked_at: Callable[[int], None] = lambda _: None
    ) -> Iterator[Selection]:
        """Gather what is to be sent; what is read inside is the record as it is now."""
        selection = Selection(self.database, other)
        self.database.rows("BEGIN")
        try:
            selection.gather(roots, looked_at)
            yield selection
        finally:
            self.database.rows("ROLLBACK")
            selection.close()

    def records(self, selection: Selection) -> Iterator[Record]:
        """Yield the records, those that others refer to first."""
        wanted = selection.wanted
        for page in wanted.pages("task"):
            yield from self._tasks(page)
        for page in wanted.pages("task_set"):
            for key, rows in _grouped(self.database.many(sql.TASK_SETS, page)).items():
                yield TaskSet(key, tuple(member for (member,) in rows))
        for page in wanted.pages("value"):
            yield from self._values(page)
        yield from self._files(selection)
        for page in wanted.pages("evaluation"):
            yield from self._evaluations(page)
        for page in wanted.pages("call"):
            yield from self._calls(page)
        for page in wanted.pages("handle"):
            yield from self._handles(page)
        yield from self._executions(selection.executions)
        for key in selection.executions:
            yield from self._jobs(key)
        yield from self._tags(selection)

    def _tasks(self, hashes: Iterable[bytes]) -> Iterator[Record]:
        rows = list(self.database.many(sql.TASKS, hashes))
        parts = _grouped(self.database.many(sql.TASK_PARTS, [row[0] for row in rows]))
        codes = {code for found in parts.values() for *_, code in found if code is not None}
        for row in self.database.many(sql.CODES, codes):
            yield Code(*row)
        for row in rows:
            yield Task(*(*row[1:], tuple(parts.get(row[0], ()))))

    def _values(self, hashes: Iterable[bytes]) -> Iterator[Record]:
        for chunk in _by_size(_pairs(self.database.many(sql.SIZES, hashes))):
            parts = _grouped(self.database.many(sql.PARTS, chunk))
            for row in self.database.many(sql.VALUES, chunk):
                yield self._value(row, tuple(part for (part,) in parts.get(row[0], ())))

    def _value(self, row: Row, parts: tuple[bytes, ...]) -> Value:
        key, kind, size, preview, form, flags, *own, other_blob, other_store, other_signature, other = row
        blob, store, signature = own
        foreign = other is not None
        if foreign and blob is None and store is None:
            blob, store, signature = other_blob, other_store, other_signature
        if signature is not None and len(signature) != SIGNATURE_SIZE:
            signature = None
        value = Value(key, kind, size, preview, form, flags, blob, 0, parts, foreign, signature)
        if blob is not None and not fits(value):
            # What is redacted, and what is damaged.
            value = attrs.evolve(value, payload=None)
        elif store is not None:
            content = None
            if self._store is not None:
                content = pieces_of(self._store, payload_address(key, foreign=foreign), size)
            if content is not None:
                return attrs.evolve(value, payload=None, pieces=-(-size // PIECE), content=content)
        if value.payload is None and (blob is not None or store is not None):
            self.missing += 1
        return value

    def _files(self, selection: Selection) -> Iterator[Record]:
        if not selection.wanted.count("value"):
            return
        last: Row = ("", b"")
        while rows := self.database.rows(sql.ALL_FILES, *last, PAGE):
            sent = selection.wanted.among("value", (value for _, value in rows))
            for path, value in rows:
                if value in sent:
                    yield File(path, value)
            last = rows[-1]

    def _evaluations(self, keys: Mapping[bytes, bytes | None]) -> Iterator[Record]:
        arguments = _grouped(self.database.many(sql.ARGUMENTS, keys))
        results = dict(_pairs(self.database.many(sql.EVALUATIONS, keys)))
        others = _grouped(self.database.many(sql.FOREIGN_EVALUATIONS, keys))
        flows = _grouped(self.database.many(sql.FLOWS, keys))
        sources = self._present({source for rows in flows.values() for _, source in rows})
        for key, task in keys.items():
            assert task is not None
            yield Evaluation(
                key,
                task,
                tuple(arguments.get(key, ())),
                tuple(row for row in flows.get(key, ()) if row[1] in sources),
                results.get(key),
                tuple(value for (value,) in others.get(key, ())),
            )

    def _calls(self, hashes: Iterable[bytes]) -> Iterator[Record]:
        children = _grouped(self.database.many(sql.EDGES, hashes))
        foreign = {key for (key,) in self.database.many(sql.FOREIGN_CALLS, hashes)}
        for row in self.database.many(sql.CALLS, hashes):
            below = tuple(child for (child,) in children.get(row[0], ()))
            yield Call(*(*row, below, row[0] in foreign))

    def _present(self, calls: Iterable[bytes]) -> set[bytes]:
        """Return the calls that are there; the last seconds of a running execution may not be."""
        return {key for (key,) in self.database.many(sql.PRESENT_CALLS, calls)}

    def _handles(self, hashes: Iterable[bytes]) -> Iterator[Record]:
        children = _grouped(self.database.many(sql.HANDLE_EDGES, hashes))
        for row in self.database.many(sql.HANDLES, hashes):
            yield Handle(*(*row, tuple(child for (child,) in children.get(row[0], ()))))

    def _executions(self, keys: Sequence[int]) -> Iterator[Record]:
        for _, *row in self.database.many(sql.EXECUTIONS, keys):
            yield Execution(*row)

    def _jobs(self, key: int) -> Iterator[Record]:
        ((_, identity, *_),) = self.database.many(sql.EXECUTIONS, [key])
        last = -1
        while rows := self.database.rows(sql.JOBS, key, last, PAGE):
            last = rows[-1][0]
            present = self._present({row[4] for row in rows if row[4] is not None})
            for row in rows:
                job = Job(identity, *row)
                if job.call is not None and job.call not in present:
                    job = attrs.evolve(job, call=None, status=int(JobStatus.RUNNING), duration=None)
                yield job
        for row in self._numbered(sql.ATTEMPTS, key):
            yield Attempt(identity, *row)
        for row in self._numbered(sql.OUTPUTS, key, 200):
            yield Output(identity, *row)

    def _numbered(self, question: str, key: int, page: int = PAGE) -> Iterator[Row]:
        last: Row = (-1, 0)
        while rows := self.database.rows(question, key, *last, page):
            yield from rows
            last = rows[-1][:2]

    def _tags(self, selection: Selection) -> Iterator[Record]:
        for key in [*selection.executions, *selection.skipped]:
            ((_, identity, *_),) = self.database.many(sql.EXECUTIONS, [key])
            jobs = job_tag_id(identity, 0), job_tag_id(identity, _LAST_NUMBER)
            found = chain(
                self.database.many(sql.TAGS, [identity], "execution"), self.database.rows(sql.JOB_TAGS, *jobs)
            )
            yield from (Tag(*row) for row in found if row[2] != PINNED)
            removed = chain(
                self.database.many(sql.REMOVED_TAGS, [identity], "execution"),
                self.database.rows(sql.REMOVED_JOB_TAGS, *jobs),
            )
            yield from (RemovedTag(*row) for row in removed if row[2] != PINNED)
        for entity in _ENTITIES:
            if selection.everything:
                # Also those of what the other side has: they may be new.
                yield from (Tag(*row) for row in self._all_tags(sql.ALL_TAGS, entity))
                yield from (RemovedTag(*row) for row in self._all_tags(sql.ALL_REMOVED_TAGS, entity))
                continue
            for page in selection.wanted.pages(entity):
                yield from (Tag(*row) for row in self.database.many(sql.TAGS, page, entity))
                yield from (RemovedTag(*row) for row in self.database.many(sql.REMOVED_TAGS, page, entity))

    def _all_tags(self, question: str, entity: str) -> Iterator[Row]:
        last: Row = (b"", "", "")
        while rows := self.database.rows(question, entity, *last, PAGE):
            yield from rows
            last = rows[-1][1:4]


def _grouped(rows: Iterable[Row]) -> dict[Any, list[Row]]:
    """Return the rest of each row by its first column."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row[1:])
    return found


def _pairs(rows: Iterable[Row]) -> Iterator[tuple[Any, Any]]:
    yield from rows


def _by_size(sizes: Iterable[tuple[bytes, int]]) -> Iterator[list[bytes]]:
    """Divide values, so that the payloads of a chunk fit into memory."""
    chunk: list[bytes] = []
    total = 0
    for key, size in sizes:
        chunk.append(key)
        total += min(size, _BYTES_AT_ONCE)
        if total >= _BYTES_AT_ONCE:
            yield chunk
            chunk, total = [], 0
    if chunk:
        yield chunk

"""The repository that gets records.

Floor: recorder. All records are held until every one was checked; then they are merged.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import attrs
from redun.errors import RecorderError
from redun.recorder.database import open_database
from redun.recorder.failures import translate
from redun.recorder.staging import merge as merge_staged
from redun.recorder.transaction import Session
from redun.recorder.transfer.checking import check, check_fields, checked_pieces, is_guarded
from redun.recorder.transfer.holding import Holding, leftovers
from redun.recorder.transfer.jobs import check_executions
from redun.recorder.transfer.merging import merge
from redun.recorder.transfer.records import Call, Record, Value
from redun.recorder.transfer.references import check_references

__all__ = ["Received", "Target"]

_TABLES = {"call": "call_node", "value": "value", "task": "task"}
_MARKS = {"call": "foreign_call", "value": "foreign_value"}
_CHUNK = 500


@attrs.frozen
class Received:
    """What became of records that were sent.

    Attributes
    ----------
    records : int
        How many were sent.
    new : int
        How many of them the record did not have, or not as far.
    conflicts : int
        Cache keys that have another result here, which stays.
    """

    records: int
    new: int
    conflicts: int


class Target:
    """A SQLite record that gets records.

    Parameters
    ----------
    path : Path
    trusted : bool
        Whether its cache may use what it gets.
    migrate : bool
        Whether it may be brought to the present schema.

    Raises
    ------
    RecorderError
        The record cannot be written; which subclass says why.
    """

    def __init__(self, path: Path, *, trusted: bool, migrate: bool = True) -> None:
        self.path = path
        self._trusted = trusted
        self._session = Session(open_database(path, migrate=migrate), path)
        try:
            merge_staged(self._session, drop=True)
            self._finish_others()
            connection = self._session.connection
            # Trust may have come since: then what is known is known as a stranger's.
            self._promotes = trusted and any(
                connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()
                for table in (*_MARKS.values(), "foreign_evaluation")
            )
        except BaseException:
            self.close()
            raise

    @property
    def store(self) -> Path:
        """The folder of large payloads."""
        return self.path.parent / "values"

    def __enter__(self) -> Target:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect."""
        self._session.connection.close()

    def known(self, kind: str, hashes: Sequence[bytes]) -> Collection[bytes]:
        """Return those records of a kind that need not be sent."""
        table, mark = _TABLES[kind], _MARKS.get(kind)
        if self._promotes and kind == "call":
            # What lies below may be marked.
            return ()
        found: set[bytes] = set()
        for start in range(0, len(hashes), _CHUNK):
            chunk = hashes[start : start + _CHUNK]
            marks = ", ".join("?" * len(chunk))
            there = f"SELECT hash FROM {table} WHERE hash IN ({marks})"
            if kind == "value" and self._trusted:
                there += " AND (blob IS NOT NULL OR store IS NOT NULL)"
            found.update(key for (key,) in self._session.connection.execute(there, chunk))
            if self._promotes and mark is not None:
                strange = f"SELECT hash FROM {mark} WHERE hash IN ({marks})"
                found.difference_update(key for (key,) in self._session.connection.execute(strange, chunk))
        return found

    def has_execution(self, identity: bytes, jobs: int) -> bool:
        """Tell whether an execution that is over is here with all its jobs, and nothing of it is to be promoted."""
        if self._promotes:
            return False
        row = self._session.connection.execute(
            "SELECT key FROM execution WHERE id = ? AND status NOT IN (0, 5)", (identity,)
        ).fetchone()
        if row is None:
            return False
        count = self._session.connection.execute("SELECT COUNT(*) FROM job WHERE execution = ?", row)
        return bool(count.fetchone()[0] >= jobs)

    def take_in(
        self,
        records: Iterable[tuple[int, Record]],
        repository: str,
        refuse: Callable[[int, str], RecorderError],
        *,
        fields_checked: bool,
        merged: Callable[[int], None] = lambda _: None,
    ) -> Received:
        """Check all records, and then merge them.

        Parameters
        ----------
        records : iterable of (line, record)
        repository : str
            Where they are from, for marks.
        refuse : callable
            Makes an error of a line and what is wrong there.
        fields_checked : bool
            Whether the fields of the records are known to be of their kinds.
        merged : callable
            Told of numbers of rows that were merged.

        Raises
        ------
        RecorderError
            A record was refused; then nothing was changed.
        """
        with Holding(self.path.parent) as holding:
            for line, record in records:
                try:
                    if not fields_checked:
                        check_fields(record)
                    check(record)
                    if isinstance(record, Value) and record.content is not None:
                        record = attrs.evolve(record, content=checked_pieces(record))
                    holding.put(line, record, guarded=isinstance(record, Call) and is_guarded(record))
                except ValueError as error:
                    raise refuse(line, f"{_named(record)} cannot be: {error}") from None
            holding.close()
            with self._attached(holding):
                connection = self._session.connection
                check_references(connection, refuse)
                check_executions(connection, refuse)
                conflicts = connection.execute(
                    "SELECT COUNT(*) FROM incoming.evaluation i JOIN main.evaluation o ON o.eval_hash = i.hash"
                    " WHERE o.value_hash <> i.result"
                ).fetchone()[0]
                holding.seal(repository, trusted=self._trusted)
                new = merge(
                    self._session, self.store, holding, repository, trusted=self._trusted, merged=merged
                )
            return Received(holding.records, new, conflicts)

    def _finish_others(self) -> None:
        """Finish what processes began to merge that are gone."""
        for holding in leftovers(self.path.parent):
            with holding:
                sealed = holding.sealed()
                assert sealed is not None
                repository, trusted = sealed
                with self._attached(holding):
                    merge(self._session, self.store, holding, repository, trusted=trusted)

    @contextlib.contextmanager
    def _attached(self, holding: Holding) -> Iterator[None]:
        connection = self._session.connection
        try:
            connection.execute("ATTACH DATABASE ? AS incoming", (str(holding.database),))
            try:
                yield
            finally:
                connection.execute("DETACH DATABASE incoming")
        except sqlite3.Error as error:
            raise translate(error, self.path) from error


def _named(record: Record) -> str:
    name = type(record).__name__.lower()
    identity = getattr(record, "hash", None) or getattr(record, "id", None)
    return f"the {name} {identity.hex()}" if isinstance(identity, bytes) else f"the {name}"

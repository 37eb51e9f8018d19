"""The repository that gets records.

Floor: transfer. All records are held until every one was checked; then they are merged.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import attrs

from redun.errors import DatabaseLockedError, RecorderError
from redun.recorder.database import open_database
from redun.recorder.failures import translate
from redun.recorder.patience import LIMIT_S
from redun.recorder.staging import merge as merge_staged
from redun.recorder.transaction import Session
from redun.recorder.value_store import FileValueStore, FolderValueStore
from redun.retention.maintenance import Maintenance, maintenance
from redun.transfer.checking import check, check_fields, checked_pieces, is_guarded
from redun.transfer.holding import Holding, leftovers
from redun.transfer.jobs import check_executions
from redun.transfer.merging import merge
from redun.transfer.payloads import payload_address
from redun.transfer.records import Call, Record, Value
from redun.transfer.references import check_references

__all__ = ["Received", "Target"]

_TABLES = {"call": "call_node", "value": "value", "task": "task"}
_MARKS = {"call": "foreign_call", "value": "foreign_value"}
_CHUNK = 500
_PAUSE_S = 0.2


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
    purpose : str
        The command, for messages to others that have to wait.
    trusted : bool
        Whether its cache may use what it gets.
    migrate : bool
        Whether it may be brought to the present schema.
    store : FileValueStore, optional
        Where its large payloads go; the folder beside it unless given.

    Raises
    ------
    RecorderError
        The record cannot be written; which subclass says why.
    """

    def __init__(
        self,
        path: Path,
        purpose: str,
        *,
        trusted: bool,
        migrate: bool = True,
        store: FileValueStore | None = None,
    ) -> None:
        self.path = path
        self.store: FileValueStore = store or FolderValueStore(path.parent / "values")
        self._purpose = purpose
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
        with Holding(self.path) as holding:
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
                works = self._works()
                self._check_held(refuse)
                conflicts = connection.execute(
                    "SELECT COUNT(*) FROM incoming.evaluation i JOIN main.evaluation o ON o.eval_hash = i.hash"
                    " WHERE o.value_hash <> i.result"
                ).fetchone()[0]
                with self._alone() as work:
                    if work.number != works + 1:
                        # What was there a moment ago may have been collected since.
                        self._check_held(refuse)
                    holding.seal(repository, trusted=self._trusted)
                    new = merge(work, self.store, holding, repository, trusted=self._trusted, merged=merged)
            return Received(holding.records, new, conflicts)

    def _check_held(self, refuse: Callable[[int, str], RecorderError]) -> None:
        check_references(self._session.connection, refuse)
        check_executions(self._session.connection, refuse)

    def _works(self) -> int:
        """Return the number of the last work of maintenance that has ended: another one may yet remove things."""
        row = self._session.connection.execute(
            "SELECT COALESCE(MAX(number), 0) FROM sweep WHERE ended IS NOT NULL"
        ).fetchone()
        return int(row[0])

    def _finish_others(self) -> None:
        """Finish what processes began to merge that are gone.

        Raises
        ------
        RecorderError
            A collection has removed since what it needs; it is dropped.
        """
        for holding in leftovers(self.path):
            with holding:
                sealed = holding.sealed()
                assert sealed is not None
                repository, trusted = sealed
                with self._attached(holding), self._alone() as work:
                    lack = self._lack(holding)
                    if lack is None:
                        merge(work, self.store, holding, repository, trusted=trusted)
            if lack is not None:
                raise lack

    def _lack(self, holding: Holding) -> RecorderError | None:
        """Tell what is missing by now of that which something held refers to."""
        try:
            check_references(self._session.connection, _unfinished)
        except RecorderError as error:
            return error
        for line, value_hash in self._session.connection.execute(
            "SELECT line, hash FROM incoming.value WHERE large"
        ):
            addresses = (payload_address(value_hash, foreign=foreign) for foreign in (False, True))
            if not (holding.payload(value_hash).exists() or any(map(self.store.holds, addresses))):
                return _unfinished(line, f"the payload of the value {value_hash.hex()} is gone")
        return None

    @contextlib.contextmanager
    def _alone(self) -> Iterator[Maintenance]:
        """Wait until no other transfer nor collection of garbage is going on, and keep others from beginning one."""
        until = time.monotonic() + LIMIT_S
        with contextlib.ExitStack() as stack:
            while True:
                try:
                    work = stack.enter_context(maintenance(self._session, self._purpose))
                    break
                except DatabaseLockedError:
                    if time.monotonic() > until:
                        raise
                    time.sleep(_PAUSE_S)
            yield work

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


def _unfinished(_line: int, problem: str) -> RecorderError:
    return RecorderError(
        "a transfer into this record was killed, and cannot be finished, for `redun db gc` has removed records "
        f"since: {problem}. What was left of it has been dropped: do this again, and then that transfer"
    )


def _named(record: Record) -> str:
    name = type(record).__name__.lower()
    identity = getattr(record, "hash", None) or getattr(record, "id", None)
    return f"the {name} {identity.hex()}" if isinstance(identity, bytes) else f"the {name}"

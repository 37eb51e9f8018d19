"""The recorder that keeps everything in a SQLite database, and large payloads in a folder beside it.

Floor: recorder.
"""

from __future__ import annotations

import atexit
import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from redun.errors import RecorderError
from redun.recorder import executions, lookup, staging
from redun.recorder.batch import Batch, ExecutionStatus
from redun.recorder.database import MEMORY, connect, open_database
from redun.recorder.failures import translate
from redun.recorder.flood import Flood
from redun.recorder.inserting import Inserter
from redun.recorder.interface import ExecutionStart, StoredCall, StoredValue
from redun.recorder.signed import payload_found
from redun.recorder.sqlite_connection import SqliteConnection
from redun.recorder.storing import Storing, Values
from redun.recorder.transaction import Session
from redun.recorder.value_store import FolderValueStore, MemoryValueStore
from redun.recorder.writer import Writer

if TYPE_CHECKING:
    from redun.recorder.connection import Connection
    from redun.recorder.leases import RecordedLeases
    from redun.recorder.reader import Reader
    from redun.signing.signer import Signer
    from typing_extensions import Buffer

__all__ = ["SqliteRecorder"]

T = TypeVar("T")

_MAPPED_BYTES = 1 << 30
# Of that version on, a statement that deletes tells what.
_LEASES_SINCE = (3, 35)


class SqliteRecorder:
    """Records executions in a SQLite database; see `redun.recorder.interface.Recorder`.

    Any number of processes may record in one database at a time.

    Parameters
    ----------
    path : Path or str, optional
        The database, made when there is none. Large payloads go to the folder ``values`` beside it. Left out, or
        ``":memory:"``: everything is kept in memory and ends with the recorder.
    migrate : bool
        False: refuse a database with an older schema.
    signer : Signer, optional
        Signs what is recorded. Nothing is read back then that it does not accept.
    values : Values, optional
        Where large payloads go instead.

    Raises
    ------
    RecorderError
        The database cannot be used; which subclass says why.

    Examples
    --------
    >>> recorder = SqliteRecorder()
    >>> recorder.find_evaluations([bytes(20)])
    {}
    >>> recorder.close()
    """

    def __init__(
        self,
        path: Path | str = MEMORY,
        *,
        migrate: bool = True,
        signer: Signer | None = None,
        values: Values | None = None,
    ) -> None:
        self.path = path if path == MEMORY else Path(path)
        self._session = Session(open_database(self.path, migrate=migrate), self.path)
        self._reading: SqliteConnection | None = None
        self._claims: Session | None = None
        values = values or Values(
            FolderValueStore(self.path.parent / "values")
            if isinstance(self.path, Path)
            else MemoryValueStore()
        )
        self._storing = Storing(values, self._beat)
        self._running: set[int] = set()
        self._signer = signer
        self._flood = Flood(self._session)
        self._flood.settle()
        self._writer = Writer(Inserter(self._session, self._storing, self._flood, signer), self._beat)
        self._closed = False
        atexit.register(self._close_at_exit)

    @cached_property
    def reader(self) -> Reader:
        """Looks at what is recorded, for explanations."""
        from redun.recorder.reader import Reader
        from redun.recorder.reader_lent import LentDatabase

        return Reader(LentDatabase(self._looking))

    @cached_property
    def leases(self) -> RecordedLeases | None:
        """Lets executions share work in flight; None for a database in memory, or a SQLite that is too old for it."""
        if not isinstance(self.path, Path) or sqlite3.sqlite_version_info < _LEASES_SINCE:
            return None
        from redun.recorder.leases import RecordedLeases

        return RecordedLeases(self._claim, self._look, by_default=False)

    def start_execution(self, start: ExecutionStart) -> int:
        """Record a starting execution, begin its heartbeat, and return its key."""

        def begin() -> int:
            with self._session.transaction() as connection:
                return executions.begin(connection, start)

        key = self._writer.call(begin)
        self._running.add(key)
        return key

    def finish_execution(self, key: int, status: ExecutionStatus, error: str | None = None) -> None:
        """Write everything handed over so far, then close the execution's record."""

        def end() -> None:
            self._flood.settle()
            with self._session.transaction() as connection:
                executions.end(connection, key, status, error)

        self._writer.call(end)
        self._running.discard(key)

    def write(self, batch: Batch) -> None:
        """Hand over rows; blocks only when far behind."""
        self._writer.write(batch)

    def flush(self) -> None:
        """Return when everything handed over is on disk."""
        self._writer.call(lambda: None)

    def find_evaluations(self, eval_hashes: Sequence[bytes]) -> dict[bytes, StoredValue]:
        """Return the recorded single reduction of each eval hash that has one."""
        with self._looking() as connection:
            return lookup.find_evaluations(connection, eval_hashes, self._signer)

    def find_calls(self, eval_hashes: Sequence[bytes]) -> dict[bytes, list[StoredCall]]:
        """Return the successful calls recorded for each eval hash, newest first."""
        with self._looking() as connection:
            return lookup.find_calls(connection, eval_hashes, self._signer)

    def find_valid_handles(self, states: Sequence[bytes]) -> list[bytes]:
        """Return those states of handles that are recorded and stand."""
        with self._looking() as connection:
            return lookup.find_valid_handles(connection, states)

    def find_handle_descendants(self, states: Sequence[bytes]) -> dict[bytes, tuple[str, str]]:
        """Return all recorded states that came from some, with the handle's full name and the key of the branch."""
        with self._looking() as connection:
            return lookup.find_handle_descendants(connection, states)

    def load(self, value_hash: bytes, payload_format: int | None = None) -> Buffer:
        """Return the bytes of a value, verified if they come from the value store, and by their signature.

        Raises
        ------
        UnreadableValueError
            They are gone or damaged, or were never there.
        """
        with self._looking() as connection:
            found = staging.find_payload(connection, value_hash)
        return payload_found(value_hash, found, self._storing.get, self._signer, payload_format)

    def close(self) -> None:
        """Write what is pending, stop the writer and disconnect. Idempotent.

        Raises
        ------
        RecorderError
            Something could not be written; the recorder stays open, so that it can be tried again.
        """
        if self._closed:
            return
        self._writer.call(self._flood.settle)
        self._disconnect()

    def _disconnect(self) -> None:
        self._closed = True
        atexit.unregister(self._close_at_exit)
        self._writer.stop()
        self._storing.close()
        if self._reading is not None:
            self._reading.close()
        if self._claims is not None:
            self._claims.connection.close()
        with contextlib.suppress(sqlite3.Error):
            self._session.connection.close()

    def _close_at_exit(self) -> None:
        try:
            self.close()
        except RecorderError as error:
            import logging

            logging.getLogger("redun").error("%d rows are lost: %s", self._writer.pending_rows, error)

    @contextlib.contextmanager
    def _looking(self) -> Iterator[SqliteConnection]:
        self._writer.check()
        try:
            if not isinstance(self.path, Path):
                with self._session.lock:
                    yield self._session.connection
                return
            if self._reading is None:
                self._reading = connect(self.path)
                self._reading.execute("PRAGMA query_only = 1")
                # Spares a system call and a copy for each page: look-ups in a large database take half the time.
                self._reading.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
            yield self._reading
        except sqlite3.Error as error:
            raise translate(error, self.path) from error

    def _look(self, question: Callable[[Connection], T]) -> T:
        with self._looking() as connection:
            return question(connection)

    def _claim(self, action: Callable[[Connection], T]) -> T:
        self._writer.check()
        if self._claims is None:
            try:
                connection = connect(self.path)
                # A lease need not outlive a power cut.
                connection.execute("PRAGMA synchronous = NORMAL")
            except sqlite3.Error as error:
                raise translate(error, self.path) from error
            self._claims = Session(connection, self.path)
        with self._claims.transaction() as connection:
            return action(connection)

    def _beat(self) -> None:
        """Give a sign of life; one that cannot be written now is made up for by the next."""
        if self._running:
            with contextlib.suppress(RecorderError), self._session.transaction(wait=False) as connection:
                executions.keep_alive(connection, list(self._running))

"""The recorder that keeps everything in a PostgreSQL database."""

from __future__ import annotations

import atexit
import contextlib
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, TypeVar

from redun.errors import DatabaseVersionError, RecorderError, RecordNotFoundError
from redun.recorder import executions, lookup
from redun.recorder.batch import Batch, ExecutionStatus
from redun.recorder.inserting import Inserter
from redun.recorder.interface import ExecutionStart, StoredCall, StoredValue
from redun.recorder.signed import payload_found
from redun.recorder.storing import Storing, Values
from redun.recorder.writer import Writer

from redun_backend_postgres.connection import Connection
from redun_backend_postgres.destination import Destination
from redun_backend_postgres.session import Session
from redun_backend_postgres.versions import check_version

if TYPE_CHECKING:
    from redun.config.section import Section
    from redun.recorder.leases import RecordedLeases
    from redun.recorder.reader import Reader
    from redun.signing.signer import Signer
    from typing_extensions import Buffer

__all__ = ["LARGEST_VALUE", "PostgresRecorder"]

LARGEST_VALUE = 1_000_000_000
"""Bytes of a value without a value store: PostgreSQL takes no message of 1 GiB, and the rest of the row needs some."""

T = TypeVar("T")


class PostgresRecorder:
    """Records executions in a PostgreSQL database; see `redun.recorder.interface.Recorder`.

    Any number of processes, on any number of machines, may record in one database at a time. It has two connections,
    one for writing and one for look-ups. While the server is not to be had it waits, and says so.

    Parameters
    ----------
    url : str
        Such as ``postgresql://host/database``; it holds no password.
    migrate : bool
        Make the tables, or bring them to the present schema, if need be, which ``redun db upgrade`` does else.
    signer : Signer, optional
        Signs what is recorded. Nothing is read back then that it does not accept.
    values : Values, optional
        Where large payloads go; all to the database unless given.

    Raises
    ------
    RecorderError
        The database cannot be used; which subclass says why.
    """

    def __init__(
        self, url: str, *, migrate: bool = False, signer: Signer | None = None, values: Values | None = None
    ) -> None:
        destination = Destination.of(url)
        self._session = _with_tables(destination) if migrate else Session(destination)
        self._looking = Session(destination, read_only=True)
        self._claims: Session | None = None
        self._signer = signer
        self._running: set[int] = set()
        self._storing = Storing(values or Values(None), self._beat)
        self.largest_value = inf if self._storing.store is not None else LARGEST_VALUE
        self._writer = Writer(
            _Patient(Inserter(self._session, self._storing, signer=signer), self._session), self._beat
        )
        self._closed = False
        self._process = os.getpid()
        atexit.register(self._close_at_exit)

    @classmethod
    def configured(
        cls,
        url: str,
        section: Section,
        *,
        migrate: bool | None,
        signer: Signer | None = None,
        values: Values | None = None,
    ) -> PostgresRecorder:
        """Return the recorder that section `[backend]` asks for; the URL says all that is left to say of it."""
        return cls(url, migrate=bool(migrate), signer=signer, values=values)

    @cached_property
    def reader(self) -> Reader:
        """Looks at what is recorded, for explanations."""
        from redun.recorder.reader import Reader
        from redun.recorder.reader_lent import LentDatabase

        return Reader(LentDatabase(self._looking.looking, self._looking.patiently))

    @cached_property
    def leases(self) -> RecordedLeases:
        """Lets executions share work in flight, on a connection of their own."""
        from redun.recorder.leases import RecordedLeases

        return RecordedLeases(self._claim, self._look, by_default=True)

    def start_execution(self, start: ExecutionStart) -> int:
        """Record a starting execution, begin its heartbeat, and return its key."""

        def begin() -> int:
            with self._session.transaction() as connection:
                # Who changes the tables bars this one first: what waited here finds them changed.
                connection.execute("LOCK TABLE execution IN ROW EXCLUSIVE MODE")
                check_version(connection, self._session.destination.url)
                return executions.begin(connection, start)

        key = self._writer.call(lambda: self._session.patiently(begin))
        self._running.add(key)
        return key

    def finish_execution(self, key: int, status: ExecutionStatus, error: str | None = None) -> None:
        """Write everything handed over so far, then close the execution's record."""

        def end() -> None:
            with self._session.transaction() as connection:
                executions.end(connection, key, status, error)

        self._writer.call(lambda: self._session.patiently(end))
        self._running.discard(key)

    def write(self, batch: Batch) -> None:
        """Hand over rows; blocks only when far behind."""
        self._writer.write(batch)

    def flush(self) -> None:
        """Return when everything handed over is on disk."""
        self._writer.call(lambda: None)

    def find_evaluations(self, eval_hashes: Sequence[bytes]) -> dict[bytes, StoredValue]:
        """Return the recorded single reduction of each eval hash that has one."""
        return self._look(lambda connection: lookup.find_evaluations(connection, eval_hashes, self._signer))

    def find_calls(self, eval_hashes: Sequence[bytes]) -> dict[bytes, list[StoredCall]]:
        """Return the successful calls recorded for each eval hash, newest first."""
        return self._look(lambda connection: lookup.find_calls(connection, eval_hashes, self._signer))

    def find_valid_handles(self, states: Sequence[bytes]) -> list[bytes]:
        """Return those states of handles that are recorded and stand."""
        return self._look(lambda connection: lookup.find_valid_handles(connection, states))

    def find_handle_descendants(self, states: Sequence[bytes]) -> dict[bytes, tuple[str, str]]:
        """Return all recorded states that came from some, with the handle's full name and the key of the branch."""
        return self._look(lambda connection: lookup.find_handle_descendants(connection, states))

    def load(self, value_hash: bytes, payload_format: int | None = None) -> Buffer:
        """Return the bytes of a value.

        Raises
        ------
        UnreadableValueError
            They were never there, or their signature is not accepted.
        """
        found = self._look(lambda connection: lookup.find_payload(connection, value_hash))
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
        self._writer.call(lambda: None)
        self._closed = True
        atexit.unregister(self._close_at_exit)
        self._writer.stop()
        self._storing.close()
        self._session.close()
        self._looking.close()
        if self._claims is not None:
            self._claims.close()

    def _close_at_exit(self) -> None:
        if os.getpid() != self._process:
            # A fork has neither the thread that writes nor a connection of its own.
            return
        try:
            self.close()
        except RecorderError as error:
            import logging

            logging.getLogger("redun").error("%d rows are lost: %s", self._writer.pending_rows, error)

    def _look(self, question: Callable[[Connection], T]) -> T:
        def ask() -> T:
            with self._looking.looking() as connection:
                return question(connection)

        self._writer.check()
        return self._looking.patiently(ask)

    def _claim(self, action: Callable[[Connection], T]) -> T:
        self._writer.check()
        claims = self._claims
        if claims is None:
            claims = self._claims = Session(self._session.destination)

        def claim() -> T:
            with claims.looking() as connection:
                return action(connection)

        return claims.patiently(claim)

    def _beat(self) -> None:
        """Give a sign of life; one that cannot be written now is made up for by the next."""
        if self._running:
            with contextlib.suppress(RecorderError), self._session.transaction(wait=False) as connection:
                executions.keep_alive(connection, list(self._running))


def _with_tables(destination: Destination) -> Session:
    try:
        return Session(destination)
    except (RecordNotFoundError, DatabaseVersionError):
        from redun_backend_postgres.migrating import ensure_tables

        ensure_tables(destination)
        return Session(destination)


class _Patient:
    """Writes batches again while that fails for a reason that may pass."""

    def __init__(self, inserter: Inserter, session: Session) -> None:
        self._inserter = inserter
        self._session = session

    def write(self, batches: Sequence[Batch]) -> None:
        """Write batches in one transaction."""
        self._session.patiently(lambda: self._inserter.write(batches))

    def tidy(self) -> None:
        """Do nothing: no row waits elsewhere."""

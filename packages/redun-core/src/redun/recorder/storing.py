"""Which payloads go to the value store, and how many are on their way there at a time.

Floor: recorder. They are put before the transaction of their rows: a row must not name a payload that is not safely
there, and others need not wait for it. What takes long there, a large array or a bucket far away, does not keep the
execution from giving signs of life.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import attrs
from redun.errors import RecorderError, UnreadableValueError
from redun.recorder.batch import ValueFormat
from redun.recorder.patience import LIMIT_S
from redun.recorder.value_files import address_of, digits_of

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from redun.recorder.value_store import ValueStore
    from redun.value.payload import Payload
    from typing_extensions import Buffer

__all__ = ["LARGE", "NO_STORE", "Stored", "Storing", "Values"]

LARGE = 1024 * 1024 + 1
"""Payloads of so many bytes and more go to the value store, unless something else is configured."""

NO_STORE = (
    "the payload of the value {} lies in a value store, and none is configured here: set value_store_path in section "
    "[backend] to that which the others use"
)

_LARGEST_BLOB = 256 * 1024 * 1024
_MEANWHILE_S = 2.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
_JSON = int(ValueFormat.JSON)


@attrs.frozen
class Values:
    """Where the payloads of a record are kept.

    Attributes
    ----------
    store : ValueStore or None
        None: all of them in the database.
    smallest : int
        Bytes from which on a payload goes to the store.
    """

    store: ValueStore | None
    smallest: int = LARGE


@attrs.frozen
class Stored:
    """A row whose payload is in the value store, and names its `address`; `found` if it was there before."""

    row: tuple[Any, ...]
    address: str
    found: bool


class Storing:
    """Puts payloads into a value store.

    Parameters
    ----------
    values : Values
    meanwhile : callable
        Called every two seconds while payloads are on their way, in the thread that waits for them.
    """

    def __init__(self, values: Values, meanwhile: Callable[[], None]) -> None:
        self.store = values.store
        self._smallest = min(values.smallest, _LARGEST_BLOB)
        self._meanwhile = meanwhile
        self._threads: ThreadPoolExecutor | None = None

    def divide(
        self, rows: Sequence[tuple[Any, ...]], is_other: Callable[[tuple[Any, ...]], bool] | None = None
    ) -> tuple[list[tuple[Any, ...]], list[Stored]]:
        """Return the rows with a payload in them, and those whose payload is now in the value store.

        Parameters
        ----------
        rows : sequence of tuple
            As in `Batch.values`.
        is_other : callable, optional
            Tells whether what the store has for a row is not to be relied on, and is replaced.

        Raises
        ------
        RecorderError
            A payload cannot be put there, and waiting does not help or has been too long.
        """
        small: list[tuple[Any, ...]] = []
        large: list[tuple[Any, ...]] = []
        for row in rows:
            payload = row[6]
            if payload is None or (type(payload) is bytes and len(payload) < self._smallest):
                small.append(row)
            elif self._goes_to_store(row):
                large.append(row)
            else:
                small.append((*row[:6], bytes(payload), *row[7:]))
        return small, self._put(large, is_other)

    def still_there(self, rows: Sequence[Stored]) -> bool:
        """Tell, in the transaction of the rows, whether no collection of garbage has just taken a payload away.

        It takes none that is new.
        """
        return self.store is None or all(self.store.holds(one.address) for one in rows if one.found)

    def get(self, address: str) -> Buffer:
        """Return the payload at an address that the record names.

        Raises
        ------
        UnreadableValueError
            It is gone or damaged, or lies in a value store that nobody named.
        """
        if self.store is None:
            raise UnreadableValueError(NO_STORE.format(digits_of(address)))
        return self.store.get(address)

    def close(self) -> None:
        """End the threads."""
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None

    def _goes_to_store(self, row: tuple[Any, ...]) -> bool:
        if self.store is None:
            return False
        # What is shown of errors is read from the database.
        smallest = LARGE if row[4] == _JSON else self._smallest
        return _size_of(row[6]) >= smallest

    def _put(
        self, rows: list[tuple[Any, ...]], is_other: Callable[[tuple[Any, ...]], bool] | None
    ) -> list[Stored]:
        if not rows or self.store is None:
            return []
        # Equal values are put once.
        tasks = {row[0]: (row[6], is_other is not None and is_other(row)) for row in rows}
        started = self._start(tasks) if self.store.at_a_time > 1 else None
        if started is None:
            put = {key: self._put_one(key, *task) for key, task in tasks.items()}
        else:
            self._await(set(started.values()))
            put = {key: future.result() for key, future in started.items()}
        stored = []
        for row in rows:
            address, found = put[row[0]]
            stored.append(Stored((*row[:6], address, *row[7:]), address, found))
        return stored

    def _start(self, tasks: dict[bytes, Any]) -> dict[bytes, Future[tuple[str, bool]]] | None:
        """Start to put payloads; None if no thread can be had, as when Python exits."""
        assert self.store is not None
        if self._threads is None:
            # Few executions have anything large, and this takes long to import.
            from concurrent.futures import ThreadPoolExecutor

            self._threads = ThreadPoolExecutor(self.store.at_a_time, "redun-values")
        try:
            return {key: self._threads.submit(self._put_one, key, *task) for key, task in tasks.items()}
        except RuntimeError:
            return None

    def _put_one(self, value_hash: bytes, payload: bytes | Payload, replace: bool) -> tuple[str, bool]:
        begun, pause = time.monotonic(), _FIRST_PAUSE_S
        assert self.store is not None
        while True:
            try:
                found = not replace and self.store.holds(address_of(value_hash))
                return self.store.put(value_hash, payload, replace=replace), found
            except RecorderError as error:
                waited = time.monotonic() - begun
                if not getattr(error, "passing", False) or waited + pause > LIMIT_S:
                    raise
                import logging

                logging.getLogger("redun").warning(
                    "%s; trying again in %.0f s (giving up after %.0f s)", error, pause, LIMIT_S
                )
                time.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _await(self, pending: set[Future[tuple[str, bool]]]) -> None:
        from concurrent.futures import FIRST_EXCEPTION, wait

        while pending:
            done, pending = wait(pending, _MEANWHILE_S, FIRST_EXCEPTION)
            failed = next((future for future in done if future.exception() is not None), None)
            if failed is not None:
                for future in pending:
                    future.cancel()
                wait(pending)
                # Not one of those that were cancelled for it, which may come before it.
                failed.result()
            if pending:
                self._meanwhile()


def _size_of(payload: bytes | Payload) -> int:
    return len(payload) if isinstance(payload, bytes) else payload.size

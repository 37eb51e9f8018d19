"""What a recorder is: the scheduler and the rebuilder know this and nothing of SQL.

Floor: recorder. The SQLite recorder (`recorder.sqlite`) and those of plugins have this shape.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from redun.recorder.batch import Batch, ExecutionStatus
    from redun.value.payload import Payload
    from typing_extensions import Buffer

__all__ = ["Claims", "ExecutionStart", "Leases", "Recorder", "StoredCall", "StoredValue"]


@attrs.frozen
class ExecutionStart:
    """What is known of an execution before it runs.

    Attributes
    ----------
    id : bytes
        16 random bytes.
    argv : list of str
        The command, or the call for an execution started from Python.
    task : str
        Full name of the root task.
    started : int
        Microseconds since the epoch.
    tags : list of (key, JSON value)
    """

    id: bytes
    argv: list[str]
    task: str
    started: int
    tags: list[tuple[str, str]] = attrs.field(factory=list)


@attrs.frozen
class StoredValue:
    """A value as found in the record, not yet read.

    `payload` is None for a large value, whose bytes `Recorder.load` fetches by `hash`; and for one whose signature is
    not accepted, which `Recorder.load` refuses.
    """

    hash: bytes
    format: int
    flags: int
    payload: bytes | None


@attrs.frozen
class StoredCall:
    """A finished call that might be replayed as a whole (an ultimate reduction)."""

    call_hash: bytes
    value: StoredValue
    tasks: frozenset[bytes]


@attrs.frozen
class Claims:
    """What became of an attempt to take leases on calls.

    Attributes
    ----------
    granted : mapping of eval hash to int
        The leases that the execution has now, with the tokens to give them back by.
    recorded : set of eval hash
        Those of them whose body has returned at some time: its result may have come since it was last looked for.
    held : mapping of eval hash to execution id
        Calls that another execution runs.
    """

    granted: Mapping[bytes, int]
    recorded: frozenset[bytes]
    held: Mapping[bytes, bytes]


class Leases(Protocol):
    """Says which execution runs a call, so that others wait for its result; see `redun.scheduler.leasing`.

    It is used from the scheduler's thread only. A lease ends by `Batch.releases`, in the transaction that writes what
    else is in the batch, or with its execution; that of an execution which gave no sign of life for a while is
    somebody else's on the next claim. Who lost a lease that way does not overwrite what is recorded meanwhile.

    Attributes
    ----------
    by_default : bool
        Whether executions share their work in flight unless the configuration says something else.
    """

    by_default: bool

    def claim(self, execution: int, eval_hashes: Collection[bytes]) -> Claims:
        """Take the leases on calls that no living execution has."""

    def held(self, eval_hashes: Collection[bytes]) -> dict[bytes, bytes]:
        """Return which of the calls a living execution has a lease on, and the id of the execution."""


class Recorder(Protocol):
    """Remembers executions, jobs, calls and values.

    A recorder that several executions share at a time may have an attribute `leases`, a `Leases` or None.

    Methods that write return at once; a failure of the writer surfaces as a `RecorderError` from the next call of
    any method. Look-ups may be called from the scheduler's thread only. They see what finished executions wrote; of a
    running one, even this process's own, the last seconds may be missing (but `load` finds every value after `flush`).
    """

    def start_execution(self, start: ExecutionStart) -> int:
        """Record a starting execution at once, begin its heartbeat, and return its local integer key."""

    def finish_execution(self, key: int, status: ExecutionStatus, error: str | None = None) -> None:
        """Write everything handed over so far, then close the execution's record. Returns when on disk.

        Jobs of the execution that are still recorded as running become cancelled.
        """

    def write(self, batch: Batch) -> None:
        """Hand over rows; the caller must not touch the batch again. Blocks only when far behind."""

    def flush(self) -> None:
        """Return when everything handed over is on disk."""

    def find_evaluations(self, eval_hashes: Sequence[bytes]) -> dict[bytes, StoredValue]:
        """Return the recorded single reduction of each eval hash that has one."""

    def find_calls(self, eval_hashes: Sequence[bytes]) -> dict[bytes, list[StoredCall]]:
        """Return the successful calls recorded for each eval hash, newest first.

        A call that made no other call is listed too, with its own task alone in `tasks`.
        """

    def find_valid_handles(self, states: Sequence[bytes]) -> list[bytes]:
        """Return those states of handles that are recorded and stand."""

    def find_handle_descendants(self, states: Sequence[bytes]) -> dict[bytes, tuple[str, str]]:
        """Return all recorded states that came from some, with the handle's full name and the key of the branch."""

    def load(self, value_hash: bytes, payload_format: int | None = None) -> Buffer | Payload:
        """Return the payload (bytes or `Payload`) of a large value, checked for damage.

        Parameters
        ----------
        value_hash : bytes
        payload_format : int, optional
            What the bytes will be read as: a recorder that was given a signer checks that they were signed as that.

        Raises
        ------
        UnreadableValueError
            The bytes are gone or damaged; an `UntrustedValueError` if their signature is not accepted.
        """

    def close(self) -> None:
        """Write what is pending, stop the writer and disconnect. Idempotent."""

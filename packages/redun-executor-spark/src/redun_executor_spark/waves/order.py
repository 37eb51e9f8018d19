"""What the calls of one Spark job have in common, and how calls and outcomes travel."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Call", "Order", "Outcome", "pack_calls", "pack_outcomes", "unpack_calls", "unpack_outcomes"]


@attrs.frozen
class Order:
    """What a Python worker of Spark is told once for all calls of a job.

    Attributes
    ----------
    key : str
        Calls whose orders have the same key may be run by the same process, one after the other.
    root, cwd : str
        The project's folder, and the current one, where the scheduler runs.
    code : str or None
        The name of the code package among the files of the Spark application; None: the code is there.
    manifest : mapping
        What decides the meaning of values and keys at the scheduler's, see `redun.host.manifest`.
    environment : mapping of str to str
        Variables that file systems need.
    tasks : mapping of int to (str, bytes, bytes)
        By the numbers of tasks: full name, hash, and where each is found, a pickled `FoundAt`.
    secrets : tuple
        What is not to be shown in the logs of Spark.
    capture : bool
        What bodies print is kept.
    slice_s : float
        Seconds after which a partition begins no more calls.
    scratch : str or None
        A folder that large results are left in, for they need not go through Spark's driver.
    halt : str or None
        A file that is there once partitions are to end, see `Halt`.
    """

    key: str
    root: str
    cwd: str
    code: str | None
    manifest: Mapping[str, Any]
    environment: Mapping[str, str]
    tasks: Mapping[int, tuple[str, bytes, bytes]]
    secrets: tuple[str | bytes | float, ...] = ()
    capture: bool = True
    slice_s: float = 10.0
    scratch: str | None = None
    halt: str | None = None


class Call(NamedTuple):
    """One call on its way to a Python worker of Spark.

    Attributes
    ----------
    number : int
        Told with its outcome.
    task : int
    head : bytes
        The call's cache key and the id of its job.
    timeout : float or None
        Seconds that its body may take.
    arguments : sequence of bytes or str
        See `redun.executors.remote.arguments`; in the place of a buffer, the URL of a frame that holds it.
    """

    number: int
    task: int
    head: bytes
    timeout: float | None
    arguments: Sequence[bytes | str]


class Outcome(NamedTuple):
    """How one call ended.

    Attributes
    ----------
    number : int
    buffers : sequence of buffer, or str
        See `redun.executors.remote.outcome`; or the URL of a frame that holds them.
    """

    number: int
    buffers: Sequence[Buffer] | str


def pack_calls(calls: Sequence[Call]) -> bytes:
    """Return calls as bytes.

    Examples
    --------
    >>> unpack_calls(pack_calls([Call(1, 2, b"key", None, [b"arguments"])]))
    [Call(number=1, task=2, head=b'key', timeout=None, arguments=[b'arguments'])]
    """
    return pickle.dumps([tuple(call) for call in calls], 5)


def unpack_calls(data: bytes) -> list[Call]:
    """Return the calls."""
    return [Call(*call) for call in pickle.loads(data)]


def pack_outcomes(outcomes: Sequence[Outcome]) -> bytes:
    """Return outcomes as bytes."""
    return pickle.dumps([(number, _whole(buffers)) for number, buffers in outcomes], 5)


def unpack_outcomes(data: bytes) -> list[Outcome]:
    """Return the outcomes."""
    return [Outcome(*outcome) for outcome in pickle.loads(data)]


def _whole(buffers: Sequence[Buffer] | str) -> Sequence[bytes] | str:
    if isinstance(buffers, str):
        return buffers
    return [buffer if isinstance(buffer, bytes) else bytes(buffer) for buffer in buffers]

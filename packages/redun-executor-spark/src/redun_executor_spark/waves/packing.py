"""Packing calls into partitions: what several calls of one are given is in it once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from redun.executors.remote.arguments import encode_arguments

from redun_executor_spark.waves.order import Call, pack_calls
from redun_executor_spark.waves.parcels import MOST_BYTES

if TYPE_CHECKING:
    from redun.executors.base import Work
    from typing_extensions import Buffer

    from redun_executor_spark.waves.jobs import Sent
    from redun_executor_spark.waves.parcels import Parcels

__all__ = ["packed"]


def packed(
    calls: Sequence[Sent], parcels: Parcels, refuse: Callable[[Sent, Exception], None]
) -> list[tuple[bytes, Sequence[Sent]]]:
    """Return the calls of a partition, in several if their arguments are large.

    Parameters
    ----------
    calls : sequence of Sent
    parcels : Parcels
        Takes what is too large for a partition.
    refuse : callable
        Told of a call whose arguments cannot be sent, and why.
    """
    found: list[tuple[bytes, Sequence[Sent]]] = []
    partition = _Partition()
    for call in calls:
        try:
            arguments = _arguments(call, parcels)
        except Exception as error:
            refuse(call, error)
            continue
        if partition.kept and partition.size + partition.needed(arguments) > MOST_BYTES:
            found.append((pack_calls(partition.packed), partition.kept))
            partition = _Partition()
        partition.add(call, arguments)
    if partition.kept:
        found.append((pack_calls(partition.packed), partition.kept))
    return found


class _Partition:
    def __init__(self) -> None:
        self.packed: list[Call] = []
        self.kept: list[Sent] = []
        self.size = 0
        self._parts: dict[bytes, bytes] = {}

    def needed(self, arguments: Sequence[bytes | str]) -> int:
        """Return how many bytes it grows by."""
        return sum([len(part) for part in arguments if isinstance(part, str) or part not in self._parts])

    def add(self, call: Sent, arguments: Sequence[bytes | str]) -> None:
        self.size += self.needed(arguments)
        # The same object for equal content: pickle writes it once.
        parts = [part if isinstance(part, str) else self._parts.setdefault(part, part) for part in arguments]
        head = call.work.eval_hash + call.work.job_id.encode()
        self.packed.append(Call(call.number, call.task, head, _timeout(call.work), parts))
        self.kept.append(call)


def _arguments(call: Sent, parcels: Parcels) -> Sequence[bytes | str]:
    if call.arguments is not None:
        # It is sent again, and its parcels still lie there.
        return call.arguments
    work = call.work
    buffers: Sequence[Buffer] = encode_arguments(*work.arguments(), work.task)
    arguments, call.parcels = parcels.arguments(buffers, work.task.fullname)
    if call.parcels:
        call.arguments = arguments
    return arguments


def _timeout(work: Work) -> float | None:
    """Return the seconds that a body may take: they are counted where it runs."""
    # Of an attempt by the scheduler's rules, which may be those of the configuration.
    rules = getattr(work, "rules", None)
    timeout: float | None = work.policy.options.get("timeout") if rules is None else rules.timeout
    return timeout

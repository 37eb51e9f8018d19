"""The calls that a worker was asked to run, read from the scratch folder.

Floor: composition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from redun.errors import ExecutorError
from redun.executors.remote.array import read_call, read_common
from redun.executors.remote.frame import read_frame
from redun.executors.remote.specification import CallSpecification, TaskSpecification
from redun.filesystems.registry import get_filesystem

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from redun.worker.command import Order

__all__ = ["Given", "read_order"]


@attrs.frozen
class Given:
    """One call.

    Attributes
    ----------
    index : int
    more : bool
        Others follow.
    call : CallSpecification
    arguments : sequence of buffer
    """

    index: int
    more: bool
    call: CallSpecification
    arguments: Sequence[Buffer]


def read_order(order: Order) -> tuple[TaskSpecification, Iterator[Given]]:
    """Read what calls have in common, and the calls one by one.

    Raises
    ------
    ExecutorError
        They are not there, damaged, or another version of redun wrote them.
    """
    path = f"{order.url}/{'jobs' if order.array else 'job'}"
    described = f"The job specification {path}"
    try:
        stream = get_filesystem(path).open(path, "rb")
    except FileNotFoundError as error:
        raise ExecutorError(
            f"{described} is not there: it was removed, or the scratch folder is another one than the scheduler's."
        ) from error
    if order.array:
        common, begins = read_common(stream, described)
        return TaskSpecification.from_json(common, described), _slice(stream, begins, order, described)
    with stream:
        common, call, *arguments = read_frame(stream, described)
    given = Given(0, False, CallSpecification.from_json(call), arguments)
    return TaskSpecification.from_json(common, described), iter([given])


def _slice(stream: Any, begins: Sequence[int], order: Order, described: str) -> Iterator[Given]:
    last = len(begins) if order.count is None else order.first + order.count
    with stream:
        for index in range(order.first, last):
            call, *arguments = read_call(stream, begins, index, described)
            yield Given(index, index + 1 < last, CallSpecification.from_json(call), arguments)

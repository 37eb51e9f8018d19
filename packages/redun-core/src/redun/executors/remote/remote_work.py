"""A call as the process that runs it sees it.

Floor: executors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from redun.errors import UnreadableValueError
from redun.executors.remote.arguments import decode_arguments

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from redun.task.task import Task

__all__ = ["RemotePolicy", "RemoteWork"]


@attrs.frozen
class RemotePolicy:
    """The options of a call that came from elsewhere."""

    options: Mapping[str, Any]


class RemoteWork:
    """A call that came from elsewhere, for `redun.executors.perform.perform`.

    Parameters
    ----------
    task : Task
    eval_hash : bytes
        20 bytes.
    job_id : str
    options : mapping
    buffers : sequence of buffer
        The arguments, see `redun.executors.remote.arguments`. They are read when the call begins.
    modules : sequence of str
        Imported if an argument refers to a task that is not known here.
    """

    __slots__ = ("_buffers", "_modules", "eval_hash", "job_id", "policy", "task")

    def __init__(
        self,
        task: Task[..., Any],
        eval_hash: bytes,
        job_id: str = "",
        options: Mapping[str, Any] | None = None,
        buffers: Sequence[Buffer] = (),
        modules: Sequence[str] = (),
    ) -> None:
        self.task = task
        self.eval_hash = eval_hash
        self.job_id = job_id
        self.policy = RemotePolicy(options or {})
        self._buffers: Sequence[Buffer] = buffers
        self._modules = modules

    def began(self) -> None:
        """Nobody wants to know when the body begins."""

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments; to be asked for once.

        Raises
        ------
        UnreadableValueError
            One cannot be read here.
        """
        buffers, self._buffers = self._buffers, ()
        try:
            return decode_arguments(buffers, self._modules)
        except UnreadableValueError as error:
            raise UnreadableValueError(
                f"An argument of task {self.task.fullname} cannot be read where the task runs: {error}"
            ) from error.__cause__

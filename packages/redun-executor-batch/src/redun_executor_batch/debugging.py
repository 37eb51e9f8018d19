"""Debug mode: jobs run in containers on this machine, by redun-executor-docker, instead of on AWS Batch.

The image, the resources, the code and the arguments are those of the job on Batch; what travels through S3 otherwise
lies in a folder of this machine. A task may also mount `volumes` and have a terminal (`interactive`), for a debugger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any

from redun.errors import ExecutorError

if TYPE_CHECKING:
    from redun.executors.base import Executor, Inbox, Work
    from redun.executors.equipment import Equipment

__all__ = ["DebugMode"]

_SCRATCH = "scratch"
# They say where a job of Batch goes; an executor of containers has its own meaning for some.
_OF_BATCH = frozenset(
    {"type", "class", "s3_scratch", "scratch", "debug", "debug_scratch", "retries", "timeout"}
)


class DebugMode:
    """Runs calls in local containers; nothing is imported or started before the first.

    Parameters
    ----------
    name : str
        The name of the executor for AWS Batch; that of containers is called `<name>_debug`.
    options : mapping
        Its section. `debug_scratch`: folder for what travels between this process and the containers, default
        `scratch`; relative to the configuration's folder. All else that the executor for containers reads is handed on.
    """

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self.name = f"{name}_debug"
        self._options = options
        self._equipment: Equipment | None = None
        self._inbox: Inbox | None = None
        self._executor: Executor | None = None
        self._lock = Lock()

    def equip(self, equipment: Equipment) -> None:
        """Take what `BatchExecutor.equip` is given."""
        self._equipment = equipment

    def start(self, inbox: Inbox) -> None:
        """Deliver into an inbox from now on."""
        self._inbox = inbox

    def submit(self, works: Sequence[Work]) -> None:
        """Run calls in containers; each comes back through the inbox."""
        assert self._inbox is not None
        try:
            executor = self._started(self._inbox)
        except Exception as error:
            for work in works:
                self._inbox.failed(work, error)
        else:
            executor.submit(works)

    def abandon(self, work: Work) -> None:
        """End the container of a call."""
        abandon = getattr(self._executor, "abandon", None)
        if abandon is not None:
            abandon(work)

    def cancel(self) -> None:
        """Drop what has not begun."""
        if self._executor is not None:
            self._executor.cancel()

    def stop(self, *, wait: bool = True) -> None:
        """End; as `redun.executors.Executor.stop`."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.stop(wait=wait)

    def _started(self, inbox: Inbox) -> Executor:
        with self._lock:
            if self._executor is None:
                executor = self._make()
                executor.start(inbox)
                self._executor = executor
            return self._executor

    def _make(self) -> Executor:
        try:
            module = import_module("redun_executor_docker.executor")
        except ModuleNotFoundError as error:
            raise ExecutorError(
                f"With debug = True the jobs of {self.name.removesuffix('_debug')!r} run in containers on this "
                "machine, which takes redun-executor-docker: pip install redun-executor-docker. "
                f"(There is no module {error.name!r}.)"
            ) from error
        options = {key: value for key, value in self._options.items() if key not in _OF_BATCH}
        options["scratch"] = self._options.get("debug_scratch") or _SCRATCH
        executor: Executor = module.DockerExecutor(self.name, options)
        equip = getattr(executor, "equip", None)
        if equip is not None and self._equipment is not None:
            equip(self._equipment)
        return executor

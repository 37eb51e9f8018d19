"""The scratch folder by which a scheduler and processes elsewhere give each other calls and results.

Floor: executors. It may lie at any URL that a file system serves. Each attempt of a call has a folder with a new name,
so that nothing an earlier one left is taken for its result.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from redun.errors import ExecutorError
from redun.executors.base import Completion, Work
from redun.executors.loading import refuse_while_loading
from redun.executors.packaging import CodePackages, Packaging
from redun.executors.remote.arguments import encode_arguments
from redun.executors.remote.array import write_array
from redun.executors.remote.frame import write_frame
from redun.executors.remote.location import Locations
from redun.executors.remote.parcel import ArrayParcel, Parcel, fresh_url
from redun.executors.remote.result import read_result
from redun.executors.remote.specification import CallSpecification, TaskSpecification
from redun.filesystems.registry import environment, get_filesystem, scheme_of

if TYPE_CHECKING:
    from redun.executors.equipment import Equipment

__all__ = ["Exchange"]

_COLLECTORS = 16
"""Threads that fetch results at a time."""

_EXECUTIONS = 16
"""Executions whose code packages are remembered."""


class Exchange:
    """Sends calls through a scratch folder and collects how they ended. Its methods block; safe from any thread.

    Parameters
    ----------
    scratch : str
        The folder; a relative path is relative to the configuration's, without one to the project's.
    equipment : Equipment
    packaging : mapping, optional
        Options of code packages, such as an executor's section; those of tasks prevail. None: the code is there.
    python : str
        The interpreter that a worker is run by.
    heartbeat_s : float
        Seconds between two signs of life of a worker.

    Examples
    --------
    >>> from redun.config import Config
    >>> from redun.executors.equipment import Equipment
    >>> exchange = Exchange("/scratch/", Equipment(Config(), "/project", dict), packaging=None)
    >>> exchange.scratch
    '/scratch'
    """

    def __init__(
        self,
        scratch: str,
        equipment: Equipment,
        *,
        packaging: Mapping[str, Any] | None = None,
        python: str = "python3",
        heartbeat_s: float = 60.0,
    ) -> None:
        self.scratch = _absolute(scratch, equipment)
        self._equipment = equipment
        self._packaging = packaging
        self._command = (python, "-m", "redun.worker")
        self._heartbeat_s = heartbeat_s
        self._locations = Locations(equipment.root)
        self._packages: dict[str, CodePackages] = {}
        self._manifest: Mapping[str, Any] | None = None

    def send(self, work: Work) -> Parcel:
        """Leave a call for a worker.

        Raises
        ------
        ExecutorError
            No other process can find the task.
        UnserializableValueError
            An argument cannot be pickled; the message names it.
        FileSystemError
            The scratch folder cannot be written.
        """
        refuse_while_loading()
        call = self._call(work)
        sections = [self._task(work).to_json(), call.to_json(), *_arguments(work)]
        with get_filesystem(call.url).open(f"{call.url}/job", "wb") as stream:
            write_frame(stream, sections)
        return Parcel(call.url, (*self._command, call.url), self._environment())

    def send_array(self, works: Sequence[Work]) -> ArrayParcel:
        """Leave calls of one task, with the same options, in one object; raises as `send` does."""
        refuse_while_loading()
        names = sorted({work.task.fullname for work in works})
        if len(names) != 1:
            raise ExecutorError(f"an array holds calls of one task, not of {' and '.join(names) or 'none'}")
        filesystem = get_filesystem(self.scratch)
        url = filesystem.join(self.scratch, f"array_jobs/{os.urandom(16).hex()}")
        calls = [self._call(work) for work in works]
        contents = ([call.to_json(), *_arguments(work)] for call, work in zip(calls, works, strict=True))
        with filesystem.open(f"{url}/jobs", "wb") as stream:
            write_array(stream, self._task(works[0]).to_json(), contents)
        command, environment = (*self._command, "--array", url), self._environment()
        parcels = [
            Parcel(call.url, (*command, "--index", str(index)), environment)
            for index, call in enumerate(calls)
        ]
        return ArrayParcel(url, tuple(parcels), command, environment)

    def collect(self, parcel: Parcel, work: Work) -> Completion | None:
        """Return how a call ended; None if it left no result, and its executor has to know why.

        A result that is damaged, or cannot be read, is a call that is lost.

        Parameters
        ----------
        parcel : Parcel
            As it was sent, or `Parcel.at` its URL.
        work : Work
        """
        return read_result(parcel.url, work)

    def collect_many(self, pairs: Iterable[tuple[Parcel, Work]]) -> Iterator[Completion | None]:
        """Return how calls ended, in their order, many being fetched at a time."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_COLLECTORS, "redun-collect") as threads:
            yield from threads.map(lambda pair: self.collect(*pair), pairs)

    def discard(self, parcel: Parcel | ArrayParcel) -> None:
        """Remove what was left for a call, and its result."""
        get_filesystem(parcel.url).rmdir(parcel.url, recursive=True)

    def _call(self, work: Work) -> CallSpecification:
        return CallSpecification(fresh_url(self.scratch, work), work.eval_hash.hex(), work.job_id)

    def _task(self, work: Work) -> TaskSpecification:
        task, options = work.task, work.policy.options
        return TaskSpecification(
            task=task.fullname,
            task_hash=task.hash,
            location=self._locations.of(task),
            root=self._equipment.root,
            cwd=os.getcwd(),
            code=self._code(work, options),
            manifest=self._needed(),
            modules=self._locations.modules(),
            parts=self._locations.parts(task),
            options=options,
            heartbeat_s=self._heartbeat_s,
        )

    def _code(self, work: Work, options: Mapping[str, Any]) -> str | None:
        if self._packaging is None:
            return None
        # Each execution packs anew, for the code may have changed; several may go on at a time.
        execution = work.job_id.partition(".")[0]
        packages = self._packages.get(execution)
        if packages is None:
            for ended in list(self._packages)[: 1 - _EXECUTIONS]:
                self._packages.pop(ended, None)
            packages = self._packages.setdefault(execution, CodePackages(self._equipment.root, self.scratch))
        return packages.url(Packaging.from_options(self._packaging, options))

    def _needed(self) -> Mapping[str, Any]:
        if self._manifest is None:
            manifest = dict(self._equipment.manifest())
            scheme = scheme_of(self.scratch)
            served = manifest.get("filesystems", {})
            manifest["filesystems"] = {scheme: served[scheme]} if scheme in served else {}
            self._manifest = manifest
        return self._manifest

    def _environment(self) -> dict[str, str]:
        return {**environment(), **get_filesystem(self.scratch).environment()}


def _absolute(scratch: str, equipment: Equipment) -> str:
    scratch = scratch.removeprefix("file://")
    if "://" in scratch:
        return scratch.rstrip("/")
    folder = equipment.config.configdir or ""
    return os.path.normpath(os.path.join(equipment.root, folder, os.path.expanduser(scratch)))


def _arguments(work: Work) -> list[Any]:
    args, kwargs = work.arguments()
    return encode_arguments(args, kwargs, work.task)

"""What workers must be told of the calls of this project: where their code is, and what it needs."""

from __future__ import annotations

import json
import os
import pickle
import re
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from redun.executors.packaging import CodePackages, Packaging
from redun.executors.pool.task_numbers import FoundAt
from redun.executors.remote.location import Locations
from redun.filesystems.registry import environment, scheme_of
from redun.hashing.digest import digest, to_hex

from redun_executor_spark.temporary import temporary_folder
from redun_executor_spark.waves.order import Order

if TYPE_CHECKING:
    from redun.executors.base import Work
    from redun.executors.equipment import Equipment
    from redun.task.task import Task

__all__ = ["Batch", "Orders"]

_EXECUTIONS = 16
"""Executions whose code packages are remembered."""


class Batch:
    """Calls that the same process may run: what they have in common.

    Attributes
    ----------
    code : str or None
        Path of their code package.
    """

    def __init__(self, orders: Orders, code: str | None, cwd: str, secrets: tuple[Any, ...]) -> None:
        self.code = code
        self._orders = orders
        self._cwd = cwd
        self._secrets = secrets

    def order(
        self,
        numbers: Iterable[int],
        slice_s: float,
        scratch: str | None,
        halt: str | None,
        ship: Callable[[str], str],
    ) -> Order:
        """Return the order for calls of tasks by their numbers; the rest is as `Order` and `Carrier` tell."""
        orders = self._orders
        name = None if self.code is None else ship(self.code)
        manifest = orders.manifest(scratch)
        common = (orders.root, self._cwd, name, manifest, environment(), orders.capture)
        told = json.dumps([*common, list(map(repr, self._secrets))], sort_keys=True).encode()
        return Order(
            to_hex(digest(b"spark order", told)),
            orders.root,
            self._cwd,
            name,
            manifest,
            environment(),
            {number: orders.found[number] for number in sorted(set(numbers))},
            self._secrets,
            orders.capture,
            slice_s,
            scratch,
            halt,
        )

    def as_here(self, text: str) -> str:
        """Return a traceback with the paths that the project's files have here."""
        if self.code is None:
            return text
        hash_ = os.path.basename(self.code).partition(".")[0]
        root = self._orders.root
        return re.sub(rf'"[^"\n]*/{hash_}/code/', lambda _: f'"{root}/', text)


class Orders:
    """Knows what workers must be told; safe from any thread.

    Parameters
    ----------
    equipment : Equipment
    section : mapping
        The executor's section of the configuration.

    Attributes
    ----------
    root : str
    capture : bool
        What bodies print is kept.
    found : dict of int to (str, bytes, bytes)
        Tasks by their numbers, see `Order`.
    """

    def __init__(self, equipment: Equipment, section: Mapping[str, Any]) -> None:
        self.root = equipment.root
        self.capture = equipment.config.section("scheduler").get_bool("capture", True)
        self.found: dict[int, tuple[str, bytes, bytes]] = {}
        self._equipment = equipment
        self._section = section
        self._lock = Lock()
        self._numbers: dict[bytes, int] = {}
        self._locations = Locations(equipment.root)
        self._batches: dict[tuple[Any, ...], Batch] = {}
        self._packages: dict[str, CodePackages] = {}
        self._packagings: dict[int, tuple[Mapping[str, Any], Packaging]] = {}
        self._folder = temporary_folder()

    @property
    def folder(self) -> str:
        """A folder of this machine for what is sent."""
        return self._folder.name

    def number(self, task: Task[..., Any]) -> int:
        """Return the number of a task.

        Raises
        ------
        ExecutorError
            No other process can find it.
        """
        known = self._numbers.get(task.digest)
        return self._numbered(task) if known is None else known

    def _numbered(self, task: Task[..., Any]) -> int:
        with self._lock:
            known = self._numbers.get(task.digest)
            if known is not None:
                return known
            locations = self._locations
            at = FoundAt(
                locations.of(task), task.fullname, task.digest, locations.modules(), locations.parts(task)
            )
            known = len(self._numbers)
            self.found[known] = task.fullname, task.digest, pickle.dumps(at, 5)
            self._numbers[task.digest] = known
        return known

    def batch(self, work: Work) -> Batch:
        """Return what a call has in common with others.

        Raises
        ------
        RedunError
            The project's code cannot be packed.
        """
        options = work.policy.options
        known = self._packagings.get(id(options))
        if known is None or known[0] is not options:
            if len(self._packagings) > 1000:
                self._packagings.clear()
            known = self._packagings[id(options)] = options, Packaging.from_options(self._section, options)
        execution = work.job_id.partition(".")[0]
        key = execution, known[1], os.getcwd(), tuple(getattr(work, "secrets", ()))
        found = self._batches.get(key)
        return self._made(key) if found is None else found

    def _made(self, key: tuple[str, Packaging, str, tuple[Any, ...]]) -> Batch:
        execution, packaging, cwd, secrets = key
        with self._lock:
            found = self._batches.get(key)
            if found is None:
                # Each execution packs anew, for the code may have changed; several may go on at a time.
                packages = self._packages.get(execution)
                if packages is None:
                    self._forget()
                    packages = self._packages[execution] = CodePackages(self.root, self.folder)
                found = self._batches[key] = Batch(self, packages.url(packaging), cwd, secrets)
            return found

    def manifest(self, scratch: str | None) -> Mapping[str, Any]:
        """Return what decides the meaning of values and keys here, and what serves the scratch folder."""
        manifest = dict(self._equipment.manifest())
        served = manifest.get("filesystems", {})
        scheme = None if scratch is None else scheme_of(scratch)
        manifest["filesystems"] = {scheme: served[scheme]} if scheme in served else {}
        return manifest

    def close(self) -> None:
        """Remove what was made to be sent."""
        self._folder.cleanup()

    def _forget(self) -> None:
        for ended in list(self._packages)[: 1 - _EXECUTIONS]:
            self._packages.pop(ended, None)
            self._batches = {key: batch for key, batch in self._batches.items() if key[0] != ended}

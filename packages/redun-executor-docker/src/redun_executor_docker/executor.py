"""The executor: jobs run in containers on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from redun.errors import ExecutorError
from redun.executors.capacities import Capacities, wrong_option

from redun_executor_docker.crew import Crew
from redun_executor_docker.options import ContainerOptions, read_options
from redun_executor_docker.scratch import Scratch, scratch_of
from redun_executor_docker.site import Site

if TYPE_CHECKING:
    from redun.executors.base import Completion, Inbox, Work
    from redun.executors.equipment import Equipment

    from redun_executor_docker.running import Running

__all__ = ["DockerExecutor"]

DEFAULT_WORKERS = 20

_SHARED = {"vcpus": "max_vcpus", "memory": "max_memory", "gpus": "max_gpus"}


class DockerExecutor:
    """Runs calls in containers, by Docker or Podman.

    Parameters
    ----------
    name : str
        The executor's name.
    options : mapping, optional
        What containers are like, unless the options of a task say otherwise: `image`, `vcpus` (1), `memory` (4, in GB),
        `gpus` (0), `shared_memory`, `volumes`, `env`, `include_aws_env` (True), `user`, `network`, `pull_policy`
        (missing), `entrypoint`, `privileged`, `interactive`.

        Of the executor alone: `scratch`, the folder by which arguments and results travel; `docker_host`, the address
        of the engine; `max_workers` (20), how many containers run at a time; `max_vcpus`, `max_memory` and `max_gpus`,
        what all of them together may take; `python`, how the image's Python is called (python3).

        Relative paths of this machine are relative to the configuration's folder.

    Raises
    ------
    ConfigError
        An option is ill-formed.

    Examples
    --------
    >>> executor = DockerExecutor("docker", {"image": "python:3.13-slim", "memory": 2, "max_memory": 16})
    >>> executor.capacities()
    {'memory': 16.0}
    """

    reports_begin = True

    def __init__(self, name: str = "docker", options: Mapping[str, Any] | None = None) -> None:
        self.name = name
        self._section: Mapping[str, Any] = options or {}
        self._folder = os.getcwd()
        self._equipment: Equipment | None = None
        self._scratch: Scratch | None = None
        self._crew: Crew | None = None
        self._lock = Lock()
        self.max_workers = int(self._number("max_workers", DEFAULT_WORKERS) or DEFAULT_WORKERS)
        defaults = read_options(name, self._section, {}, self._folder)
        self._capacities = Capacities(
            {
                resource: amount
                for resource, option in _SHARED.items()
                if (amount := self._number(option, None)) is not None
            },
            unsaid={"vcpus": defaults.vcpus, "memory": defaults.memory, "gpus": defaults.gpus},
            spelled=_SHARED,
        )

    def equip(self, equipment: Equipment) -> None:
        """Learn of the project."""
        self._equipment = equipment
        self._folder = os.path.abspath(equipment.config.configdir or equipment.root)

    def capacities(self) -> Capacities:
        """Return what its containers share."""
        return self._capacities

    def start(self, inbox: Inbox) -> None:
        """Deliver results to an inbox from now on; the engine is not spoken to before the first job."""
        gpus = self._capacities.get("gpus")
        host = self._section.get("docker_host") or None

        def reach() -> Site:
            return Site(host, None if gpus is None else int(gpus))

        self._crew = Crew(self.name, self.max_workers, inbox, reach, self._perform)

    def submit(self, works: Sequence[Work]) -> None:
        """Queue calls."""
        assert self._crew is not None
        self._crew.submit(works)

    def cancel(self) -> None:
        """Drop queued calls."""
        if self._crew is not None:
            self._crew.cancel()

    def abandon(self, work: Work) -> None:
        """End the container of a call."""
        if self._crew is not None:
            self._crew.abandon(work)

    def stop(self, *, wait: bool = True) -> None:
        """End once all containers have; without `wait`, end them."""
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.stop(wait=wait)

    def options_of(self, task_options: Mapping[str, Any], task: str = "") -> ContainerOptions:
        """Return what the container of a task with these options is to be like.

        Raises
        ------
        ExecutorError
            No image is named, or an option is ill-formed.
        """
        options = read_options(self.name, self._section, task_options, self._folder, task)
        if not options.image:
            raise ExecutorError(
                f"No image is named for task {task}. Say @task(image=...), or image = ... in [executors.{self.name}]."
            )
        return options

    @property
    def scratch(self) -> Scratch:
        """What takes jobs to containers and brings results back."""
        with self._lock:
            if self._scratch is None:
                if self._equipment is None:
                    raise ExecutorError(f"The executor {self.name!r} was not told of its project.")
                url = scratch_of(self._section.get("scratch"), self._equipment, self._folder)
                self._scratch = Scratch(url, self._equipment, self._section)
            return self._scratch

    def _perform(self, running: Running, site: Site) -> Completion:
        work = running.work
        task_options = work.policy.options
        options = self.options_of(task_options, work.task.fullname)
        return running.perform(site, self.scratch, options)

    def _number(self, option: str, default: float | None) -> float | None:
        given = self._section.get(option)
        if given is None or given == "":
            return default
        try:
            number = float(given)
        except (TypeError, ValueError):
            number = 0.0
        whole = option in ("max_workers", "max_gpus")
        if not 0 < number < float("inf") or (whole and number != int(number)):
            kind = "a positive integer" if whole else "a positive number"
            raise wrong_option(self.name, self._section, option, f"must be {kind}, not {given!r}")
        return number

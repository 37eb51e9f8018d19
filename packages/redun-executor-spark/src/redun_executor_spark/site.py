"""What an executor's lanes know of where they are: its section, the project, and the folders that go with them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
from redun.executors.packaging.private import private_folder

from redun_executor_spark.options import SparkOptions, read_options
from redun_executor_spark.traces import history_address

if TYPE_CHECKING:
    from redun.executors.base import Work
    from redun.executors.equipment import Equipment

__all__ = ["Site"]


@attrs.frozen(eq=False)
class Site:
    """Where an executor is.

    Attributes
    ----------
    name : str
        The executor's.
    section : mapping
        Its options.
    folder : str
        Absolute path that relative ones of its options are relative to: the configuration's, or the current folder.
    equipment : Equipment or None
        What is known of the project; None for an executor that is used without a session.

    Examples
    --------
    >>> Site("spark", {"scratch": "shared"}, "/project/.redun").scratch
    '/project/.redun/shared'
    """

    name: str
    section: Mapping[str, Any]
    folder: str
    equipment: Equipment | None = None

    def options_of(self, work: Work) -> SparkOptions:
        """Return the options of a call.

        Raises
        ------
        ConfigError, ExecutorError
            One is ill-formed.
        """
        task = work.task.fullname
        found = read_options(self.name, self.section, work.policy.options, self.folder, task)
        if work.policy.options.get("dataset_path"):
            # Of this task's own making: where all its calls would write, if it has several.
            return found
        datasets = self._absolute(found.dataset_path) if found.dataset_path else f"{self.scratch}/datasets"
        return attrs.evolve(found, dataset_path=f"{datasets.rstrip('/')}/{work.eval_hash.hex()}")

    @property
    def configured(self) -> bool:
        """The project has a folder for its configuration and its record."""
        return self.equipment is not None and self.equipment.config.configdir is not None

    @property
    def scratch(self) -> str:
        """The scratch folder: a URL, or an absolute path."""
        given = self.section.get("scratch")
        if given:
            return self._absolute(str(given)).rstrip("/")
        if self.configured:
            return os.path.join(self.folder, "scratch")
        return private_folder("redun-spark")

    @property
    def history(self) -> str:
        """Address of the history server; "" for none."""
        return history_address(self.name, self.section)

    @property
    def logs(self) -> str | None:
        """Folder for what JVMs write; None for one of temporary files."""
        return os.path.join(self.folder, "spark-logs") if self.configured else None

    def _absolute(self, path: str) -> str:
        path = os.path.expanduser(path)
        return path if "://" in path else os.path.normpath(os.path.join(self.folder, path))

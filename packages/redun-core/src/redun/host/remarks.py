"""What is remarked about the tasks of a run before it begins, as warnings in the log `redun`.

Floor: host.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from redun.task.registry import get_task_registry

if TYPE_CHECKING:
    from redun.config import Config
    from redun.task.task import Task

__all__ = ["remark", "remark_on_settings"]

_log = logging.getLogger("redun")


def remark_on_settings(config: Config) -> None:
    """Warn of sections and options that seem to be misspelt, unless `ignore_warnings` holds `settings`."""
    if config.section_names() and "settings" not in config.section("scheduler").get_list("ignore_warnings"):
        from redun.config.spelling import slips
        from redun.task.known import KNOWN

        # What a task may ask of its executor, the executor's section may say for all tasks.
        for slip in slips(config, [spec.name for spec in KNOWN]):
            _log.warning("%s", slip)


def remark(tasks: Sequence[Task[..., Any]], ignored: Collection[str]) -> None:
    """Warn of tasks that can be taken for others.

    Parameters
    ----------
    tasks : sequence of Task
        Those of which nothing was said yet.
    ignored : collection of str
        `namespace` and `duplicates`: of what nothing is said.
    """
    if "namespace" not in ignored:
        # A program that is run, or a notebook, is read by nobody else.
        bare = sorted(task.name for task in tasks if not task.namespace and task.__module__ != "__main__")
        if bare:
            _log.warning(
                "Tasks without a namespace: %s. Set redun_namespace in their modules, or, to be told no more, "
                "[scheduler] ignore_warnings = namespace.",
                ", ".join(bare),
            )
    if "duplicates" not in ignored:
        news = set(tasks)
        for earlier, later in get_task_registry().replaced:
            if later in news:
                _log.warning(
                    "Two tasks are named %s: that of %s:%d takes the place of that of %s:%d. "
                    "Give one of them another name or namespace.",
                    later.fullname,
                    later.source_file,
                    later.line,
                    earlier.source_file,
                    earlier.line,
                )

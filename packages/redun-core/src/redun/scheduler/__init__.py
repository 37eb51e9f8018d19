"""The scheduler: graph reduction, jobs, failures, events.

Floor: scheduler. `Scheduler` and `run` live on a higher floor (`redun.session`) and can be imported from here by
workflows that expect them here.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from redun.errors import DryRunResult, NoCurrentScheduler, SchedulerError
from redun.scheduler.control import catch, catch_all, cond, root_task, seq, throw
from redun.task.job_info import JobInfo

__all__ = [
    "DryRunResult",
    "JobInfo",
    "NoCurrentScheduler",
    "SchedulerError",
    "catch",
    "catch_all",
    "cond",
    "root_task",
    "seq",
    "throw",
]


def __getattr__(name: str) -> Any:
    if name in ("Scheduler", "run"):
        return getattr(import_module("redun.session"), name)
    raise AttributeError(f"module 'redun.scheduler' has no attribute {name!r}")

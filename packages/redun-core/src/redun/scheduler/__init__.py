"""The scheduler: graph reduction, jobs, failures, events.

Floor: scheduler. Workflows import from here what lies in modules of this and of other floors; each name is imported on
first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.errors import DryRunResult, NoCurrentScheduler, SchedulerError
from redun.on_demand import importer

if TYPE_CHECKING:
    from redun.scheduler.cells import Job
    from redun.scheduler.control import catch, catch_all, cond, root_task, seq, throw
    from redun.scheduler.current import get_current_scheduler, set_current_scheduler
    from redun.scheduler.failure import Frame
    from redun.scheduler.merging import merge_handles
    from redun.scheduler.scheduler_tasks import SchedulerTask, scheduler_task
    from redun.scheduler.tagging import apply_tags
    from redun.scheduler.threads import Thread, fork_thread, join_thread
    from redun.subruns import subrun, subrun_root_task
    from redun.task.job_info import JobInfo
    from redun.value.error import ErrorValue

__all__ = [
    "DryRunResult",
    "ErrorValue",
    "Frame",
    "Job",
    "JobInfo",
    "NoCurrentScheduler",
    "SchedulerError",
    "SchedulerTask",
    "Thread",
    "apply_tags",
    "catch",
    "catch_all",
    "cond",
    "fork_thread",
    "get_current_scheduler",
    "join_thread",
    "merge_handles",
    "root_task",
    "scheduler_task",
    "seq",
    "set_current_scheduler",
    "subrun",
    "subrun_root_task",
    "throw",
]

_LAZY = {
    "ErrorValue": "redun.value.error",
    "Frame": "redun.scheduler.failure",
    "Job": "redun.scheduler.cells",
    "JobInfo": "redun.task.job_info",
    "Scheduler": "redun.session",
    "SchedulerTask": "redun.scheduler.scheduler_tasks",
    "Thread": "redun.scheduler.threads",
    "apply_tags": "redun.scheduler.tagging",
    "catch": "redun.scheduler.control",
    "catch_all": "redun.scheduler.control",
    "cond": "redun.scheduler.control",
    "fork_thread": "redun.scheduler.threads",
    "get_current_scheduler": "redun.scheduler.current",
    "join_thread": "redun.scheduler.threads",
    "merge_handles": "redun.scheduler.merging",
    "quote": "redun.expression",
    "root_task": "redun.scheduler.control",
    "run": "redun.session",
    "scheduler_task": "redun.scheduler.scheduler_tasks",
    "seq": "redun.scheduler.control",
    "set_current_scheduler": "redun.scheduler.current",
    "subrun": "redun.subruns",
    "subrun_root_task": "redun.subruns",
    "throw": "redun.scheduler.control",
}

__getattr__ = importer(__name__, _LAZY)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_LAZY})

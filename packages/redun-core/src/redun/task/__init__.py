"""Tasks.

Floor: language. What is needed now and then is imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.on_demand import importer
from redun.task.annotations import get_tuple_type_length
from redun.task.decorator import task
from redun.task.enums import CacheCheckValid, CacheResult, CacheScope
from redun.task.names import split_task_fullname, undefined_task
from redun.task.partial import PartialTask
from redun.task.registry import TaskRegistry, get_task_registry
from redun.task.task import Task

if TYPE_CHECKING:
    from redun.scheduler.scheduler_tasks import SchedulerTask, scheduler_task
    from redun.task.keys import hash_args_eval
    from redun.task.wrapping import wraps_task

__all__ = [
    "CacheCheckValid",
    "CacheResult",
    "CacheScope",
    "PartialTask",
    "SchedulerTask",
    "Task",
    "TaskRegistry",
    "get_task_registry",
    "get_tuple_type_length",
    "hash_args_eval",
    "scheduler_task",
    "split_task_fullname",
    "task",
    "undefined_task",
    "wraps_task",
]

_LAZY = {
    "SchedulerTask": "redun.scheduler.scheduler_tasks",
    "hash_args_eval": "redun.task.keys",
    "scheduler_task": "redun.scheduler.scheduler_tasks",
    "wraps_task": "redun.task.wrapping",
}

__getattr__ = importer(__name__, _LAZY)

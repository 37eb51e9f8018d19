"""Tasks.

Floor: language.
"""

from redun.task.decorator import task
from redun.task.options import CacheCheckValid, CacheResult, CacheScope
from redun.task.partial import PartialTask
from redun.task.registry import TaskRegistry, get_task_registry
from redun.task.task import Task

__all__ = [
    "CacheCheckValid",
    "CacheResult",
    "CacheScope",
    "PartialTask",
    "Task",
    "TaskRegistry",
    "get_task_registry",
    "task",
]

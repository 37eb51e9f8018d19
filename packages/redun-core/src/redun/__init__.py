"""redun: workflows in plain Python.

Calls of a `@task` are lazy; `Scheduler.run` (or the `redun` command) evaluates them, in parallel where they do not
depend on each other, reuses every earlier result whose code and inputs are unchanged, and records what happened.

Floor: public. `task`, `namespace`, `File` and `Dir` are bound here, the rest is imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Modules of these names exist too: importing them first lets the functions take the names.
from redun.file import Dir, File
from redun.namespace import get_current_namespace, namespace
from redun.task import PartialTask, Task, get_task_registry, task

if TYPE_CHECKING:
    from redun.context import get_context
    from redun.handle import Handle
    from redun.scheduler.control import catch, catch_all, cond, seq, throw
    from redun.scheduler.current import get_current_scheduler, set_current_scheduler
    from redun.scheduler.merging import merge_handles
    from redun.scheduler.tagging import apply_tags
    from redun.scripting import raw, script, sh
    from redun.session import Scheduler, run

__all__ = [
    "Dir",
    "File",
    "Handle",
    "PartialTask",
    "Scheduler",
    "Task",
    "__version__",
    "apply_tags",
    "catch",
    "catch_all",
    "cond",
    "get_context",
    "get_current_namespace",
    "get_current_scheduler",
    "get_task_registry",
    "merge_handles",
    "namespace",
    "raw",
    "run",
    "script",
    "seq",
    "set_current_scheduler",
    "sh",
    "task",
    "throw",
    "version",
]

__version__ = version = "1.0.0.dev0"

_LAZY = {
    **dict.fromkeys(("catch", "catch_all", "cond", "seq", "throw"), "redun.scheduler.control"),
    **dict.fromkeys(("raw", "script", "sh"), "redun.scripting"),
    **dict.fromkeys(("Scheduler", "run"), "redun.session"),
    **dict.fromkeys(("get_current_scheduler", "set_current_scheduler"), "redun.scheduler.current"),
    "apply_tags": "redun.scheduler.tagging",
    "get_context": "redun.context",
    "Handle": "redun.handle",
    "merge_handles": "redun.scheduler.merging",
}


def __getattr__(name: str) -> Any:
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module 'redun' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(module), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""redun: workflows in plain Python.

Calls of a `@task` are lazy; `Scheduler.run` (or the `redun` command) evaluates them, in parallel where they do not
depend on each other, reuses every earlier result whose code and inputs are unchanged, and records what happened.

Floor: public. `task`, `namespace`, `File` and `Dir` are bound here, the rest is imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

# Modules of these names exist too: importing them first lets the functions take the names.
from redun.file import Dir, File
from redun.filesystems.registry import set_plugin_connector
from redun.namespace import get_current_namespace, namespace
from redun.on_demand import importer
from redun.task import PartialTask, Task, get_task_registry, task

if TYPE_CHECKING:
    from redun.context import get_context
    from redun.executors.alias import AliasExecutor
    from redun.executors.local import LocalExecutor
    from redun.executors.registry import register_executor
    from redun.expression import awaitable, quote
    from redun.federated_tasks import federated_task
    from redun.file import ContentFile, FileSet, IFile
    from redun.file.dataset import ShardedDataset, ShardedS3Dataset
    from redun.handle import Handle
    from redun.scheduler.control import catch, catch_all, cond, seq, throw
    from redun.scheduler.current import get_current_scheduler, set_current_scheduler
    from redun.scheduler.merging import merge_handles
    from redun.scheduler.scheduler_tasks import scheduler_task
    from redun.scheduler.tagging import apply_tags
    from redun.scheduler.threads import fork_thread, join_thread
    from redun.scripting import raw, script, sh
    from redun.session import Scheduler, run
    from redun.subruns import subrun
    from redun.task.job_info import JobInfo
    from redun.task.secrets import Secret
    from redun.task.wrapping import wraps_task
    from redun.value import Value

__all__ = [
    "AliasExecutor",
    "ContentFile",
    "Dir",
    "File",
    "FileSet",
    "Handle",
    "IFile",
    "JobInfo",
    "LocalExecutor",
    "PartialTask",
    "Scheduler",
    "Secret",
    "ShardedDataset",
    "ShardedS3Dataset",
    "Task",
    "Value",
    "__version__",
    "apply_tags",
    "awaitable",
    "catch",
    "catch_all",
    "cond",
    "federated_task",
    "fork_thread",
    "get_context",
    "get_current_namespace",
    "get_current_scheduler",
    "get_task_registry",
    "join_thread",
    "merge_handles",
    "namespace",
    "quote",
    "raw",
    "register_executor",
    "run",
    "scheduler_task",
    "script",
    "seq",
    "set_current_scheduler",
    "sh",
    "subrun",
    "task",
    "throw",
    "version",
    "wraps_task",
]

__version__ = version = "1.0.0.dev0"

_LAZY = {
    "get_context": "redun.context",
    "AliasExecutor": "redun.executors.alias",
    "LocalExecutor": "redun.executors.local",
    "register_executor": "redun.executors.registry",
    **dict.fromkeys(("awaitable", "quote"), "redun.expression"),
    "federated_task": "redun.federated_tasks",
    **dict.fromkeys(("ContentFile", "FileSet", "IFile"), "redun.file"),
    **dict.fromkeys(("ShardedDataset", "ShardedS3Dataset"), "redun.file.dataset"),
    "Handle": "redun.handle",
    **dict.fromkeys(("catch", "catch_all", "cond", "seq", "throw"), "redun.scheduler.control"),
    **dict.fromkeys(("get_current_scheduler", "set_current_scheduler"), "redun.scheduler.current"),
    "merge_handles": "redun.scheduler.merging",
    "scheduler_task": "redun.scheduler.scheduler_tasks",
    "apply_tags": "redun.scheduler.tagging",
    **dict.fromkeys(("fork_thread", "join_thread"), "redun.scheduler.threads"),
    **dict.fromkeys(("raw", "script", "sh"), "redun.scripting"),
    **dict.fromkeys(("Scheduler", "run"), "redun.session"),
    "subrun": "redun.subruns",
    "JobInfo": "redun.task.job_info",
    "Secret": "redun.task.secrets",
    "wraps_task": "redun.task.wrapping",
    "Value": "redun.value",
}

__getattr__ = importer(__name__, _LAZY)


def _connect_plugins() -> None:
    import_module("redun.session.standalone").connect_plugins()


set_plugin_connector(_connect_plugins)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""What redun itself supplies, as a plugin like any other.

Floor: host. Registered by the host before it looks for others, and never left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from redun.plugin import (
    ExecutorSpec,
    FileSystemSpec,
    RecorderSpec,
    TaskOptionSpec,
    ValueTypeSpec,
    hookimpl,
)

REDUN_API = 1


@hookimpl
def redun_executors() -> list[ExecutorSpec]:
    target = "redun.executors.thread:ThreadExecutor"
    return [
        ExecutorSpec("local", target, "Threads of this process."),
        # A task that names no executor asks for this one; a configuration need not define it.
        ExecutorSpec("default", target, "The same, for workflows that configure no executor."),
    ]


@hookimpl
def redun_recorders() -> list[RecorderSpec]:
    return [RecorderSpec("sqlite", "redun.recorder.sqlite:SqliteRecorder")]


@hookimpl
def redun_filesystems() -> list[FileSystemSpec]:
    target = "redun.filesystems.local:LocalFileSystem"
    return [
        FileSystemSpec("file", target),
        FileSystemSpec("local", target),
        FileSystemSpec("http", "redun.filesystems.http:HTTPFileSystem"),
        FileSystemSpec("https", "redun.filesystems.http:HTTPSFileSystem"),
    ]


@hookimpl
def redun_value_types() -> list[ValueTypeSpec]:
    return [ValueTypeSpec("redun.File", "redun.file:File"), ValueTypeSpec("redun.Dir", "redun.file:Dir")]


@hookimpl
def redun_task_options() -> list[TaskOptionSpec]:
    return [
        TaskOptionSpec("executor", str, "Name of the executor that runs the task."),
        TaskOptionSpec("cache", bool, "Whether results of earlier executions may be used."),
        TaskOptionSpec("cache_scope", (str, Enum), "How far a result may be reused: NONE, CSE or BACKEND."),
        TaskOptionSpec(
            "check_valid", (str, Enum), "Replay single reductions (full) or whole calls (shallow)."
        ),
        TaskOptionSpec("nout", int, "How many values the task returns, so that the result can be unpacked."),
        TaskOptionSpec("config_args", (list, tuple), "Parameters that the cache key leaves out."),
        TaskOptionSpec("export_options", Mapping, "Options for the task and every call below it."),
    ]

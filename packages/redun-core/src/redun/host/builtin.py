"""What redun itself supplies, as a plugin like any other.

Floor: host. Registered by the host before it looks for others, and never left out.
"""

from __future__ import annotations

from redun.plugin import (
    ExecutorSpec,
    FileSystemSpec,
    RecorderSpec,
    TaskOptionSpec,
    ValueTypeSpec,
    hookimpl,
)
from redun.task.known import KNOWN

REDUN_API = 1


@hookimpl
def redun_executors() -> list[ExecutorSpec]:
    target = "redun.executors.local:LocalExecutor"
    return [
        ExecutorSpec("local", target, "Threads of this process, or other processes."),
        # A task that names no executor asks for this one; a configuration need not define it.
        ExecutorSpec("default", target, "The same, for workflows that configure no executor."),
        ExecutorSpec(
            "process", "redun.executors.pool.executor:ProcessExecutor", "Processes of this machine."
        ),
        ExecutorSpec("alias", "redun.executors.alias:AliasExecutor", "Another name for an executor."),
    ]


@hookimpl
def redun_recorders() -> list[RecorderSpec]:
    return [
        RecorderSpec(
            "sqlite",
            "redun.recorder.sqlite:SqliteRecorder",
            database="redun.recorder.reader_database:SQLiteDatabase",
            session="redun.recorder.changing:open_for_changes",
            upkeep="redun.retention.upkeep:FileUpkeep",
        )
    ]


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
    return list(KNOWN)

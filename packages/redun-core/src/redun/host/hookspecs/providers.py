"""Providers: what a plugin supplies, as lists of frozen records whose targets are imported on first use.

Floor: host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from redun.specs import (
        CommandSpec,
        ExecutorSpec,
        FileSystemSpec,
        RecorderSpec,
        TaskOptionSpec,
        ValueTypeSpec,
    )

hookspec = pluggy.HookspecMarker("redun")


@hookspec
def redun_executors() -> list[ExecutorSpec]:
    """Say which kinds of executors the plugin supplies.

    When: once, when plugins are loaded.
    Thread: that of whoever asked first, usually the main thread.
    Returns: a list of `ExecutorSpec`; a target is called as `target(name, options)`, see
        `redun.executors`.
    Order: by plugin name, which does not matter: a name that two plugins claim belongs to neither.
    Worker: not called.

    Example::

        from redun.plugin import ExecutorSpec, hookimpl

        @hookimpl
        def redun_executors():
            return [ExecutorSpec("cluster", "redun_executor_cluster.executor:ClusterExecutor")]
    """
    raise NotImplementedError


@hookspec
def redun_recorders() -> list[RecorderSpec]:
    """Say which databases the plugin can keep the record in.

    When: once, when plugins are loaded.
    Thread: that of whoever asked first, usually the main thread.
    Returns: a list of `RecorderSpec`; a target has the shape of `redun.recorder.interface.Recorder`.
    Order: by plugin name, which does not matter: a name that two plugins claim belongs to neither.
    Worker: not called; workers never touch the record.

    Example::

        from redun.plugin import RecorderSpec, hookimpl

        @hookimpl
        def redun_recorders():
            return [RecorderSpec("mysql", "redun_backend_mysql.recorder:MySqlRecorder")]
    """
    raise NotImplementedError


@hookspec
def redun_filesystems() -> list[FileSystemSpec]:
    """Say which schemes of paths the plugin can read and write.

    When: once, when plugins are loaded.
    Thread: that of whoever asked first; a task that opens a file may be.
    Returns: a list of `FileSystemSpec`.
    Order: by plugin name, which does not matter: a name that two plugins claim belongs to neither.
    Worker: called.

    Example::

        from redun.plugin import FileSystemSpec, hookimpl

        @hookimpl
        def redun_filesystems():
            return [FileSystemSpec("ftp", "redun_fs_ftp.filesystem:FtpFileSystem")]
    """
    raise NotImplementedError


@hookspec
def redun_value_types() -> list[ValueTypeSpec]:
    """Say which types of values the plugin treats in a way of its own.

    When: once, when plugins are loaded.
    Thread: that of whoever asked first, usually the main thread.
    Returns: a list of `ValueTypeSpec`.
    Order: by plugin name, which does not matter: a type that two plugins claim belongs to neither.
    Worker: called.

    Example::

        from redun.plugin import ValueTypeSpec, hookimpl

        @hookimpl
        def redun_value_types():
            return [ValueTypeSpec("numpy.ndarray", "redun_value_numpy.array:ArrayValue")]
    """
    raise NotImplementedError


@hookspec
def redun_commands() -> list[CommandSpec]:
    """Say which commands the plugin adds to the `redun` program.

    When: once, when plugins are loaded: `redun --help` lists them, and a word that no core command has is
        looked up.
    Thread: the main thread.
    Returns: a list of `CommandSpec`; a target is a click command, imported when it is called.
    Order: by plugin name, which does not matter: a path that two plugins claim belongs to neither.
    Worker: not called.

    Example::

        from redun.plugin import CommandSpec, hookimpl

        @hookimpl
        def redun_commands():
            return [CommandSpec("cluster queue", "redun_executor_cluster.commands:queue")]
    """
    raise NotImplementedError


@hookspec
def redun_task_options() -> list[TaskOptionSpec]:
    """Say which task options the plugin reads.

    When: once, when plugins are loaded; options that nobody reads are reported with what may have been
        meant.
    Thread: that of whoever asked first, usually the main thread.
    Returns: a list of `TaskOptionSpec`.
    Order: by plugin name, which does not matter: an option that two plugins claim belongs to neither.
    Worker: not called.

    Example::

        from redun.plugin import TaskOptionSpec, hookimpl

        @hookimpl
        def redun_task_options():
            return [TaskOptionSpec("queue", str, "Queue of the cluster that the job waits in.")]
    """
    raise NotImplementedError

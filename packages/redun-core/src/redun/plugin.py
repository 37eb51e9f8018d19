"""What a plugin author imports.

A plugin is a small module that implements hooks and imports nothing heavy. This one supplies an executor
and counts jobs:

.. code-block:: python

    from redun.plugin import ExecutorSpec, hookimpl

    REDUN_API = 1
    counted = 0


    @hookimpl
    def redun_executors():
        return [ExecutorSpec("cluster", "redun_executor_cluster.executor:ClusterExecutor")]


    @hookimpl
    def redun_jobs(transitions):
        global counted
        counted += len(transitions)

`REDUN_API` is the version of this interface that the plugin was built for (see `API_VERSION`); a host that
offers an older one refuses the plugin and says what to install. The distribution, called
`redun-executor-cluster` by convention, names the module in its `pyproject.toml`, and redun finds it as soon
as it is installed:

.. code-block:: toml

    [project]
    name = "redun-executor-cluster"
    dependencies = ["redun-core>=1,<2"]

    [project.entry-points."redun.plugins"]
    cluster = "redun_executor_cluster.plugin"

A target such as `redun_executor_cluster.executor:ClusterExecutor` is imported when it is first used, so
`redun --help` stays quick whatever the executor needs. `redun plugins` shows what was found and what went
wrong. All hooks are described in `docs/plugins.md` and in `redun.host.hookspecs`.

Floor: ground (pluggy, attrs and the error tree only).
"""

from __future__ import annotations

from typing import Final

import pluggy

from redun.specs import (
    CommandSpec,
    ExecutorSpec,
    FileSystemSpec,
    RecorderSpec,
    TaskOptionSpec,
    ValueTypeSpec,
)

__all__ = [
    "API_VERSION",
    "CommandSpec",
    "ExecutorSpec",
    "FileSystemSpec",
    "RecorderSpec",
    "TaskOptionSpec",
    "ValueTypeSpec",
    "hookimpl",
]

#: Version of the interface between host and plugins; raised when a hook or a record changes incompatibly.
API_VERSION: Final = 1

#: Marks a function as the implementation of the hook of the same name.
hookimpl: Final = pluggy.HookimplMarker("redun")

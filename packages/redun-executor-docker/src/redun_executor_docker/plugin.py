"""What this distribution supplies, as redun asks for it; imports nothing of the engine's library."""

from __future__ import annotations

from redun.plugin import CommandSpec, ExecutorSpec, TaskOptionSpec, hookimpl

REDUN_API = 1

_NONE = type(None)


@hookimpl
def redun_executors() -> list[ExecutorSpec]:
    """Supply `type = docker`."""
    return [
        ExecutorSpec(
            "docker",
            "redun_executor_docker.executor:DockerExecutor",
            "Containers on this machine, by Docker or Podman.",
        )
    ]


@hookimpl
def redun_task_options() -> list[TaskOptionSpec]:
    """Declare what tasks may say beside the options that all container services have."""
    return [
        TaskOptionSpec(
            "user", (str, int, _NONE), "User of the container: `UID`, `UID:GID`, a name, or `caller`."
        ),
        TaskOptionSpec(
            "network", (str, _NONE), "Network of the container: `none`, `host`, `bridge` or its name."
        ),
        TaskOptionSpec(
            "pull_policy", str, "When the image is pulled: `missing` (default), `always` or `never`."
        ),
        TaskOptionSpec(
            "entrypoint", (str, list, tuple, _NONE), "Takes the place of the image's entry point."
        ),
    ]


@hookimpl
def redun_commands() -> list[CommandSpec]:
    """Supply `redun docker shell`."""
    return [
        CommandSpec(
            "docker shell",
            "redun_executor_docker.shell:shell",
            "Open a shell in the container of a job, made anew.",
        )
    ]

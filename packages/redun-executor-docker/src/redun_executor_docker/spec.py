"""What the engine is asked for: the arguments that make a container of options."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from redun.errors import ExecutorError

from redun_executor_docker.engine import Engine
from redun_executor_docker.images import Image
from redun_executor_docker.options import ContainerOptions
from redun_executor_docker.volumes import Volume

__all__ = ["container_arguments", "user_of"]

_GB = 1 << 30


def container_arguments(
    options: ContainerOptions,
    *,
    engine: Engine,
    image: Image,
    command: Sequence[str],
    environment: Mapping[str, str],
    labels: Mapping[str, str],
    name: str,
    gpus: Sequence[int] | None = None,
) -> dict[str, Any]:
    """Return the arguments of `docker.DockerClient.containers.create`.

    Parameters
    ----------
    options : ContainerOptions
    engine : Engine
    image : Image
    command : sequence of str
    environment : mapping
    labels : mapping
    name : str
    gpus : sequence of int, optional
        The ones that it may use; all of them, if it asks for any, by default.

    Raises
    ------
    ExecutorError
        There is no such folder to mount.
    """
    from docker.types import DeviceRequest, Mount

    mounted = list(dict.fromkeys(options.volumes))
    if engine.is_local:
        _check(mounted)
    memory = int(options.memory * _GB)
    arguments: dict[str, Any] = {
        # By its id, so that it is the image whose digest is recorded.
        "image": image.id,
        "command": list(command),
        "name": name,
        "labels": {**labels, "redun.image": image.name},
        "environment": dict(environment),
        "mounts": [
            Mount(volume.container, volume.host, type="bind", read_only=volume.read_only)
            for volume in mounted
        ],
        "mem_limit": memory,
        # Without swap: what needs more memory than it may have is to be told so, not to crawl.
        "memswap_limit": memory,
        # The engine refuses to give more than the machine has.
        "nano_cpus": int(min(options.vcpus, engine.cpus) * 1e9),
        "stdin_open": options.interactive,
        "tty": options.interactive,
    }
    if _is_seen(os.getcwd(), mounted):
        # So that relative paths mean the same.
        arguments["working_dir"] = os.getcwd()
    if options.shared_memory is not None:
        arguments["shm_size"] = int(options.shared_memory * _GB)
    if options.gpus and engine.is_podman:
        # It ignores requests, and has devices of the Container Device Interface.
        arguments["devices"] = [f"nvidia.com/gpu={gpu}" for gpu in (["all"] if gpus is None else gpus)]
    elif options.gpus:
        chosen: dict[str, Any] = {"count": -1} if gpus is None else {"device_ids": [str(gpu) for gpu in gpus]}
        arguments["device_requests"] = [DeviceRequest(capabilities=[["gpu"]], **chosen)]
    if options.user:
        arguments["user"] = user_of(options.user, engine)
    if options.network:
        arguments["network_mode"] = options.network
    if options.privileged:
        arguments["privileged"] = True
    if options.entrypoint is not None:
        arguments["entrypoint"] = list(options.entrypoint) or [""]
    return arguments


def _is_seen(folder: str, volumes: Sequence[Volume]) -> bool:
    return any(
        volume.host == volume.container and f"{folder}/".startswith(f"{volume.host.rstrip('/')}/")
        for volume in volumes
    )


def _check(volumes: Sequence[Volume]) -> None:
    # Some engines would make a folder, and it would be root's.
    missing = next((volume for volume in volumes if not os.path.exists(volume.host)), None)
    if missing is not None:
        raise ExecutorError(
            f"There is no {missing.host} on this machine, which volumes says is {missing.container} in the container."
        )


def user_of(user: str, engine: Engine) -> str:
    """Return a container's user as the engine is told it."""
    if user != "caller":
        return user
    return "0:0" if engine.rootless else f"{os.getuid()}:{os.getgid()}"

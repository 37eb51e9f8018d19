"""What is recorded of a container, so that one like it can be made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from redun_executor_docker.options import ContainerOptions
from redun_executor_docker.volumes import Volume

__all__ = ["CONTAINER", "IMAGE_DIGEST", "options_of_trace", "trace_of"]

IMAGE_DIGEST = "image_digest"
"""Tag with the content of a job's image."""

CONTAINER = "container"
"""Tag with the container of a job that failed."""

_PLAIN = ("vcpus", "gpus", "memory", "shared_memory", "user", "network", "privileged")


def trace_of(
    options: ContainerOptions, command: Sequence[str], environment: Mapping[str, str]
) -> dict[str, Any]:
    """Describe a container, as JSON can express it; variables that may be secrets are left out.

    Parameters
    ----------
    options : ContainerOptions
    command : sequence of str
    environment : mapping
        The variables of redun itself.
    """
    usual = ContainerOptions()
    said = {name: getattr(options, name) for name in _PLAIN if getattr(options, name) != getattr(usual, name)}
    mounted = [
        [volume.host, volume.container, "ro" if volume.read_only else "rw"]
        for volume in dict.fromkeys(options.volumes)
    ]
    return {
        "image": options.image,
        **said,
        "volumes": mounted,
        "environment": dict(environment),
        "command": list(command),
    }


def options_of_trace(options: ContainerOptions, trace: Mapping[str, Any]) -> ContainerOptions:
    """Return options with what a trace says in the place of what they say.

    Examples
    --------
    >>> traced = trace_of(ContainerOptions(image="ubuntu:24.04", user="1000"), ["true"], {})
    >>> options_of_trace(ContainerOptions(image="other"), traced).user
    '1000'
    """
    usual = ContainerOptions()
    return attrs.evolve(
        options,
        image=trace["image"],
        **{name: trace.get(name, getattr(usual, name)) for name in _PLAIN},
        volumes=tuple(Volume(host, inside, mode == "ro") for host, inside, mode in trace["volumes"]),
    )

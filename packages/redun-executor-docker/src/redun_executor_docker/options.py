"""What a container is to be like: the executor's section, and what the task says over it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from shlex import split
from typing import Any, TypeVar

import attrs
from redun.config.section import Section
from redun.config.truth import truth_of
from redun.errors import ConfigError, ExecutorError, RedunError

from redun_executor_docker.volumes import Volume, read_volumes

__all__ = ["PULL_POLICIES", "ContainerOptions", "read_options"]

T = TypeVar("T")

PULL_POLICIES = ("missing", "always", "never")


@attrs.frozen
class ContainerOptions:
    """The options of one container.

    Attributes
    ----------
    image : str
        "" if none was named.
    vcpus : float
        How much processor time it may take.
    gpus : float
    memory, shared_memory : float or None
        Limits in GB (2**30 bytes).
    volumes : tuple of Volume
    env : mapping
        Environment variables; None stands for this process' value.
    include_aws_env : bool
        Hand on AWS credentials.
    user, network : str
        "" for the image's and the engine's own; `caller` is whoever runs this process.
    pull_policy : str
        One of `PULL_POLICIES`.
    entrypoint : tuple of str or None
        In the place of the image's; empty for none.
    privileged : bool
    interactive : bool
        Give it the terminal.
    """

    image: str = ""
    vcpus: float = 1
    gpus: float = 0
    memory: float = 4
    shared_memory: float | None = None
    volumes: tuple[Volume, ...] = ()
    env: Mapping[str, str | None] = attrs.field(factory=dict)
    include_aws_env: bool = True
    user: str = ""
    network: str = ""
    pull_policy: str = "missing"
    entrypoint: tuple[str, ...] | None = None
    privileged: bool = False
    interactive: bool = False


def read_options(
    name: str, section: Mapping[str, Any], task_options: Mapping[str, Any], folder: str, task: str = ""
) -> ContainerOptions:
    """Read the options of a container.

    Parameters
    ----------
    name : str
        The executor's name.
    section : mapping
        Its section.
    task_options : mapping
        Take precedence over the section.
    folder : str
        What relative paths are relative to.
    task : str
        The task's name, for messages.

    Raises
    ------
    ConfigError
        An option of the section is ill-formed.
    ExecutorError
        One of the task is.

    Examples
    --------
    >>> options = read_options("docker", {"image": "ubuntu:24.04", "memory": "2"}, {"vcpus": 2}, "/project")
    >>> options.image, options.memory, options.vcpus
    ('ubuntu:24.04', 2.0, 2.0)
    """

    def failure(option: str, problem: str) -> RedunError:
        if task_options.get(option) is not None:
            return ExecutorError(f"Task {task}: the option {option} {problem}.")
        if isinstance(section, Section):
            return section.error(option, f"it {problem}")
        return ConfigError(f"[executors.{name}] {option} {problem}.")

    def read(option: str, parse: Callable[[Any], T], default: T) -> T:
        value = task_options.get(option)
        if value is None:
            value = section.get(option)
        if value is None or (value == "" and option != "entrypoint"):
            return default
        try:
            return parse(value)
        except ValueError as error:
            raise failure(option, str(error)) from None

    return ContainerOptions(
        image=read("image", _text, ""),
        vcpus=read("vcpus", _positive, 1.0),
        gpus=read("gpus", _amount, 0.0),
        memory=read("memory", _positive, 4.0),
        shared_memory=read("shared_memory", _positive, None),
        volumes=read("volumes", lambda given: read_volumes(given, folder), ()),
        env=read("env", _environment, {}),
        include_aws_env=read("include_aws_env", _flag, True),
        user=read("user", _text, ""),
        network=read("network", _text, ""),
        pull_policy=read("pull_policy", _pull_policy, "missing"),
        entrypoint=read("entrypoint", _words, None),
        privileged=read("privileged", _flag, False),
        interactive=read("interactive", _flag, False),
    )


def _text(given: Any) -> str:
    return str(given).strip()


def _amount(given: Any) -> float:
    try:
        number = float(given)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ValueError(f"must be a number, not {given!r}")
    return number


def _positive(given: Any) -> float:
    number = _amount(given)
    if not number:
        raise ValueError(f"must be more than 0, not {given!r}")
    return number


def _flag(given: Any) -> bool:
    value = truth_of(given)
    if value is None:
        raise ValueError(f"must be true or false, not {given!r}")
    return value


def _pull_policy(given: Any) -> str:
    if given not in PULL_POLICIES:
        raise ValueError(f"must be one of {', '.join(PULL_POLICIES)}, not {given!r}")
    return str(given)


def _words(given: Any) -> tuple[str, ...]:
    return tuple(split(given)) if isinstance(given, str) else tuple(str(word) for word in given)


def _environment(given: Any) -> Mapping[str, str | None]:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError as error:
            raise ValueError(f'is no JSON ({error}); write it like {{"NAME": "value"}}') from None
    if not isinstance(given, Mapping):
        raise ValueError(f"must be a mapping of names to values, not {given!r}")
    wrong = [name for name in given if not isinstance(name, str) or not name or "=" in name or "\0" in name]
    if wrong:
        raise ValueError(f"names a variable {wrong[0]!r}")
    return {name: None if value is None else str(value) for name, value in given.items()}

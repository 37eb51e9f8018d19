"""The job definition that the options of a call ask for, and whether one that exists is as good.

What a call asks for when it is submitted (processors, memory, GPUs, command, environment) overrides its definition, so
that it makes no difference here; what cannot be overridden does: image, role, shared memory, privileges, nodes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol

from redun.errors import ConfigError

if TYPE_CHECKING:
    from redun_executor_batch.clients import Clients

__all__ = ["MAIN_NODE", "DefinitionOptions", "definition_name", "desired", "equivalent", "other_nodes"]

MAIN_NODE = "0:0"
"""The node of a multi-node job that runs the task and writes its result, as a range of nodes."""

_SUFFIX = "-redun-jd"
_NODES_SUFFIX = "-nodes-redun-jd"
_LONGEST_NAME = 128
_DEFAULT_ROLE = "ecsTaskExecutionRole"
_OPEN_FILES = 65535
_MIB_IN_GB = 1024
# Their order means nothing, and AWS may answer in another one.
_UNORDERED = frozenset(
    {"environment", "mountPoints", "secrets", "ulimits", "volumes", "platformCapabilities"}
)
_OVERRIDDEN = frozenset({"resourceRequirements", "vcpus", "memory", "command", "numNodes"})
_COMPARED = (
    "type",
    "parameters",
    "schedulingPriority",
    "containerProperties",
    "nodeProperties",
    "retryStrategy",
    "propagateTags",
    "timeout",
    "platformCapabilities",
    "eksProperties",
    "ecsProperties",
    "consumableResourceProperties",
)
_USUAL: tuple[tuple[str, Any], ...] = (
    ("platformCapabilities", ["EC2"]),
    ("fargatePlatformConfiguration", {"platformVersion": "LATEST"}),
)


class DefinitionOptions(Protocol):
    """Those options of a job that its definition depends on; `JobOptions` has them."""

    @property
    def autocreate_job_def(self) -> bool:
        """Whether a definition is made if there is none that fits."""

    @property
    def job_def_name(self) -> str | None:
        """Its name; None for one derived from the image."""

    @property
    def job_def_extra(self) -> str:
        """Further properties: a JSON object."""

    @property
    def role(self) -> str | None:
        """ARN or name of the role of the job; None for the usual one, "none" for no role."""

    @property
    def privileged(self) -> bool:
        """Whether the container gets extended privileges."""

    @property
    def shared_memory(self) -> float | None:
        """Size of /dev/shm in GB."""

    @property
    def num_nodes(self) -> int | None:
        """How many machines work on a call together; None for the usual kind of job."""


def definition_name(image: str, *, multinode: bool = False) -> str:
    """Return the name of the definition that is made for an image, unless the options give one.

    Examples
    --------
    >>> definition_name("registry.example.org/rna:1.2")
    'registry-example-org-rna-1-2-redun-jd'
    """
    suffix = _NODES_SUFFIX if multinode else _SUFFIX
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", image).strip("-_") + suffix
    if len(name) > _LONGEST_NAME:
        # The end of an image's name tells more than its beginning, and the digest tells the rest.
        mark = blake2b(image.encode(), digest_size=4).hexdigest()
        name = f"{mark}-{name[-(_LONGEST_NAME - len(mark) - 1) :]}"
    return name


def desired(clients: Clients, options: DefinitionOptions, image: str) -> dict[str, Any]:
    """Return what `register_job_definition` is to be given.

    Raises
    ------
    ConfigError
        `job_def_extra` names what no definition has.
    ExecutorError
        The default role needs the number of the account, and AWS does not tell it.
    """
    extra = _extra(clients, json.loads(options.job_def_extra))
    container: dict[str, Any] = {
        "image": image,
        "command": ["true"],
        "resourceRequirements": [
            {"type": "VCPU", "value": "1"},
            {"type": "MEMORY", "value": "4096"},
        ],
        "privileged": options.privileged,
    }
    role = _role(clients, options.role)
    if role:
        container["jobRoleArn"] = role
    if options.shared_memory:
        size = max(1, round(options.shared_memory * _MIB_IN_GB))
        container["linuxParameters"] = {"sharedMemorySize": size}
    nodes = options.num_nodes
    if nodes is not None:
        # Every node keeps connections to all others.
        container["ulimits"] = [{"name": "nofile", "softLimit": _OPEN_FILES, "hardLimit": _OPEN_FILES}]
    container = _merged(container, extra.pop("containerProperties", {}))
    name = options.job_def_name or definition_name(image, multinode=nodes is not None)
    definition: dict[str, Any] = {"jobDefinitionName": name}
    if nodes is None:
        definition |= {"type": "container", "containerProperties": container}
    else:
        definition |= {"type": "multinode", "nodeProperties": _nodes(nodes, container)}
    merged: dict[str, Any] = _merged(definition, extra)
    return merged


def equivalent(definition: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Tell whether an existing definition runs jobs just as the wanted one would."""
    return all(_plain({name: definition.get(name)}) == _plain({name: wanted.get(name)}) for name in _COMPARED)


def other_nodes(nodes: int) -> str | None:
    """Return the range of the nodes that do not run the task; None if there are none.

    Examples
    --------
    >>> other_nodes(4)
    '1:'
    """
    # Open, or Batch would not let a submission say how many there are.
    return "1:" if nodes > 1 else None


def _nodes(nodes: int, container: dict[str, Any]) -> dict[str, Any]:
    ranges = [MAIN_NODE, other_nodes(nodes)]
    return {
        "numNodes": nodes,
        "mainNode": 0,
        "nodeRangeProperties": [
            {"targetNodes": each, "container": dict(container)} for each in ranges if each is not None
        ],
    }


def _role(clients: Clients, role: str | None) -> str | None:
    name = role or _DEFAULT_ROLE
    if name.lower() == "none":
        return None
    if name.startswith("arn:"):
        return name
    identity = clients.identity()
    return f"arn:{identity.partition}:iam::{identity.account}:role/{name.removeprefix('role/')}"


def _extra(clients: Clients, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return further properties, those of the container in the place where AWS wants them."""
    if not given:
        return {}
    shape = clients.get("batch").meta.service_model.operation_model("RegisterJobDefinition").input_shape
    top, within = set(shape.members), set(shape.members["containerProperties"].members)
    extra: dict[str, Any] = {}
    for name, value in given.items():
        if name in top:
            extra[name] = _merged(extra.get(name), value)
        elif name in within:
            extra["containerProperties"] = _merged(extra.get("containerProperties"), {name: value})
        else:
            near = get_close_matches(name, top | within, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"job_def_extra: a job definition has no property {name!r}.{hint}")
    return extra


def _merged(base: Any, over: Any) -> Any:
    """Merge mappings, deeply; all else is replaced."""
    if not (isinstance(base, Mapping) and isinstance(over, Mapping)):
        return over
    return {**base, **{key: _merged(base.get(key), value) for key, value in over.items()}}


def _plain(value: Any, name: str = "") -> Any:
    """Return what counts of a part of a definition: nothing that is overridden, and nothing that is as usual."""
    if isinstance(value, Mapping):
        parts = {key: _plain(part, key) for key, part in value.items() if key not in _OVERRIDDEN}
        return {key: part for key, part in parts.items() if part not in (None, False, {}, [], "")}
    if (name, value) in _USUAL:
        return None
    if isinstance(value, list | tuple):
        parts_of = [_plain(part) for part in value]
        return sorted(parts_of, key=_as_json) if name in _UNORDERED else parts_of
    return value


def _as_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)

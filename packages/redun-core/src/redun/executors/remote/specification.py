"""The job specification: all that a worker is told of the calls that it is to run.

Floor: executors. JSON, beside which the arguments lie as they are; see `docs/worker.md`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from redun.errors import ExecutorError
from redun.executors.remote.location import Location

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["FORMAT", "CallSpecification", "TaskSpecification", "read_format"]

FORMAT = 1
"""Of specifications and results; a worker reads only its own."""


@attrs.frozen
class TaskSpecification:
    """What calls of one task have in common.

    Attributes
    ----------
    task, task_hash : str
        Full name, and the hash that it must have; 40 hex digits.
    location : Location
    root : str
        The project's folder where the scheduler runs.
    cwd : str
        The folder that the scheduler runs in, that relative paths of files refer to.
    code : str or None
        URL of the code package; None if the code is where the worker runs.
    manifest : mapping
        What decides the meaning of values and keys at the scheduler's, see `redun.host.manifest`.
    modules : tuple of (str, str or None, str)
        What defines the tasks that the scheduler knows: name, file and package of each module, as of a `Location`.
    parts : mapping of str to str
        Names and digests of the code that counts in the task's hash, to say what differs.
    options : mapping
        The task options that apply.
    heartbeat_s : float
        Seconds between two signs of life.
    """

    task: str
    task_hash: str
    location: Location
    root: str
    cwd: str
    code: str | None
    manifest: Mapping[str, Any]
    modules: tuple[tuple[str, str | None, str], ...] = ()
    parts: Mapping[str, str] = attrs.field(factory=dict)
    options: Mapping[str, Any] = attrs.field(factory=dict)
    heartbeat_s: float = 60.0

    def to_json(self) -> bytes:
        """Return it as JSON; options that JSON cannot express by their repr."""
        return json.dumps({"format": FORMAT, **attrs.asdict(self)}, default=repr).encode()

    @classmethod
    def from_json(cls, data: Buffer, described: str) -> TaskSpecification:
        """Read it.

        Raises
        ------
        ExecutorError
            Another version of redun wrote it.
        """
        given = read_format(data, described)
        given["location"] = Location(
            **{**given["location"], "import_paths": tuple(given["location"]["import_paths"])}
        )
        return cls(**{**given, "modules": tuple([tuple(module) for module in given["modules"]])})


@attrs.frozen
class CallSpecification:
    """One call.

    Attributes
    ----------
    url : str
        The folder of its parcel, where the result goes.
    eval_hash : str
        40 hex digits.
    job_id : str
    """

    url: str
    eval_hash: str
    job_id: str

    def to_json(self) -> bytes:
        """Return it as JSON."""
        return json.dumps(attrs.asdict(self)).encode()

    @classmethod
    def from_json(cls, data: Buffer) -> CallSpecification:
        """Read it."""
        return cls(**json.loads(bytes(data)))


def read_format(data: Buffer, described: str) -> dict[str, Any]:
    """Read a JSON object that says its format.

    Raises
    ------
    ExecutorError
        It is not of ours.
    """
    given: dict[str, Any] = json.loads(bytes(data))
    found = given.pop("format", None)
    if found != FORMAT:
        from redun import __version__

        raise ExecutorError(
            f"{described} has the format {found}, and redun {__version__} reads {FORMAT}: the scheduler and the worker "
            "must have the same version of redun-core."
        )
    return given

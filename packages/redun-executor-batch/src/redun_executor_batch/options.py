"""What the executor's section and the options of a task ask of AWS Batch, read and checked.

A task's option takes the place of the section's. Calls whose `JobOptions` are equal can be one array job.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any, TypeVar

import attrs
from redun.config.truth import truth_of
from redun.errors import ConfigError

__all__ = ["JobOptions"]

T = TypeVar("T")

# Of what Batch allows in the name of a job; the eval hash and `-array` take the rest of its 128 characters.
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")


@attrs.frozen
class JobOptions:
    """How a job is to be run by Batch.

    Attributes
    ----------
    image : str
        The container's image.
    queue : str
        Name or ARN of the job queue.
    aws_region : str or None
        None for the session's own.
    role : str or None
        ARN of the role that the job takes on. None for the account's `ecsTaskExecutionRole`; "none" for no role.
    vcpus, memory, shared_memory : float
        Processors and GB; without shared memory, None.
    gpus : int
    attempts : int
        How often Batch itself tries (`retries` of the section).
    timeout : float or None
        Seconds that an attempt may take.
    job_name_prefix : str
    autocreate_job_def : bool
        Whether a job definition is made if there is none that fits.
    job_def_name : str or None
        Its name; None for one derived from the image.
    job_def_extra : str
        Further properties of a definition that is made: canonical JSON.
    privileged : bool
    batch_tags : tuple of (name, text)
    default_batch_tags : bool
        Whether redun adds tags of its own.
    num_nodes : int or None
        Machines that work on one call.
    share_id : str or None
    scheduling_priority_override : int or None
    debug : bool
        Run in a container on this machine instead.
    packaging : str
        What is to be sent of the project's code: the options `code_…` as canonical JSON.

    Examples
    --------
    >>> section = {"image": "tools:1", "queue": "spot", "s3_scratch": "s3://bucket/redun", "memory": "8"}
    >>> options = JobOptions.read("batch", section, {"vcpus": 2, "batch_tags": {"team": "genomics"}})
    >>> options.queue, options.memory, options.vcpus, options.batch_tags
    ('spot', 8.0, 2.0, (('team', 'genomics'),))
    >>> JobOptions.read("batch", section, {"memory": "lots"})
    Traceback (most recent call last):
        ...
    redun.errors.ConfigError: memory must be a positive number, not 'lots' (executor 'batch').
    """

    image: str
    queue: str
    aws_region: str | None = None
    role: str | None = None
    vcpus: float = 1.0
    gpus: int = 0
    memory: float = 4.0
    shared_memory: float | None = None
    attempts: int = 1
    timeout: float | None = None
    job_name_prefix: str = "redun-job"
    autocreate_job_def: bool = True
    job_def_name: str | None = None
    job_def_extra: str = "{}"
    privileged: bool = False
    batch_tags: tuple[tuple[str, str], ...] = ()
    default_batch_tags: bool = True
    num_nodes: int | None = None
    share_id: str | None = None
    scheduling_priority_override: int | None = None
    debug: bool = False
    packaging: str = "{}"

    @classmethod
    def read(cls, executor: str, section: Mapping[str, Any], task_options: Mapping[str, Any]) -> JobOptions:
        """Read the options of a call.

        Parameters
        ----------
        executor : str
            The executor's name.
        section : mapping
            Its section of the configuration, or what a program gave in its place.
        task_options : mapping
            The options of the task, merged.

        Raises
        ------
        ConfigError
            One is missing or has a value that it cannot have.
        """
        options = _Options(executor, section, task_options)
        return cls(
            image=options.required("image"),
            queue=options.required("queue"),
            aws_region=options.text("aws_region"),
            role=options.text("role"),
            vcpus=options.number("vcpus", 1.0),
            gpus=options.whole("gpus", 0, least=0),
            memory=options.number("memory", 4.0),
            shared_memory=options.number("shared_memory", None),
            attempts=options.attempts(),
            timeout=options.number("timeout", None),
            job_name_prefix=options.prefix(),
            autocreate_job_def=options.flag("autocreate_job_def", options.flag("autocreate_job", True)),
            job_def_name=options.text("job_def_name"),
            job_def_extra=json.dumps(options.mapping("job_def_extra"), sort_keys=True),
            privileged=options.flag("privileged", False),
            batch_tags=tuple(
                sorted((name, str(value)) for name, value in options.mapping("batch_tags").items())
            ),
            default_batch_tags=options.flag("default_batch_tags", True),
            num_nodes=options.whole("num_nodes", None, least=1),
            share_id=options.text("share_id"),
            scheduling_priority_override=options.whole("scheduling_priority_override", None, least=0),
            debug=options.flag("debug", False),
            packaging=options.packaging(),
        )

    @property
    def memory_mib(self) -> int:
        """The memory as Batch counts it."""
        return max(4, round(self.memory * 1024))

    @property
    def timeout_s(self) -> int | None:
        """The timeout as Batch takes it: whole seconds, at least a minute. The scheduler keeps to the exact one."""
        return None if self.timeout is None else max(60, -int(-self.timeout // 1))


class _Options:
    """Options of a section with those of a task in the place of equal ones."""

    def __init__(self, executor: str, section: Mapping[str, Any], task: Mapping[str, Any]) -> None:
        self._executor = executor
        self._section = section
        self._task = task

    def required(self, name: str) -> str:
        text = self.text(name)
        if not text:
            raise ConfigError(
                f"The option {name!r} is missing: set it in [executors.{self._executor}] or as an option of the task."
            )
        return text

    def text(self, name: str) -> str | None:
        value = self._get(name)
        return None if value is None else str(value)

    def number(self, name: str, default: T) -> float | T:
        value = self._get(name)
        if value is None:
            return default
        try:
            found = float(value)
        except (TypeError, ValueError):
            found = -1.0
        if isinstance(value, bool) or not isfinite(found) or found <= 0:
            raise self._wrong(name, "a positive number")
        return found

    def whole(self, name: str, default: T, *, least: int) -> int | T:
        value = self._get(name)
        if value is None:
            return default
        try:
            found = int(value) if not isinstance(value, float) or value == int(value) else least - 1
        except (TypeError, ValueError, OverflowError):
            found = least - 1
        if isinstance(value, bool) or found < least:
            raise self._wrong(name, f"a whole number from {least} on")
        return found

    def attempts(self) -> int:
        # The option of a task is about retries by the scheduler, which tells causes apart.
        own = _Options(self._executor, self._section, {})
        found = own.whole("retries", 1, least=0)
        if found > 10:
            raise own._wrong("retries", "a whole number up to 10, as Batch makes no more attempts")
        return max(1, found)

    def flag(self, name: str, default: bool) -> bool:
        value = self._get(name)
        if value is None:
            return default
        found = truth_of(value)
        if found is None:
            raise self._wrong(name, "true or false")
        return found

    def mapping(self, name: str) -> dict[str, Any]:
        value = self._get(name)
        if isinstance(value, str):
            try:
                value = json.loads(value or "{}")
            except ValueError:
                raise self._wrong(name, "a JSON object") from None
        if value is None:
            return {}
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise self._wrong(name, "a JSON object")
        try:
            json.dumps(value)
        except (TypeError, ValueError):
            raise self._wrong(name, "a JSON object") from None
        return dict(value)

    def packaging(self) -> str:
        given = {name: self._get(name) for name in ("code_package", "code_includes", "code_excludes")}
        return json.dumps({name: value for name, value in given.items() if value is not None}, default=list)

    def prefix(self) -> str:
        found = self.text("job_name_prefix") or "redun-job"
        if not _PREFIX.fullmatch(found):
            raise self._wrong(
                "job_name_prefix", "made of at most 80 letters, digits, hyphens and underscores"
            )
        return found

    def _get(self, name: str) -> Any:
        value = self._task.get(name)
        return self._section.get(name) if value is None else value

    def _wrong(self, name: str, wanted: str) -> ConfigError:
        value = self._task.get(name)
        section = self._section
        if value is None and hasattr(section, "error"):
            found: ConfigError = section.error(name, f"it must be {wanted}, not {section[name]!r}")
            return found
        return ConfigError(f"{name} must be {wanted}, not {self._get(name)!r} (executor {self._executor!r}).")

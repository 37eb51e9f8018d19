"""What the executor's section says of the executor itself, rather than of a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
from redun.errors import ConfigError
from redun.executors.capacities import wrong_option

from redun_executor_batch.grouping import LARGEST_ARRAY, ArrayRule

__all__ = ["Settings"]


@attrs.frozen
class Settings:
    """How the executor works.

    Attributes
    ----------
    scratch : str
        URL of the scratch folder.
    monitor_interval_s : float
    python : str
        The interpreter that runs the worker in the container.
    packaging : mapping
        What is sent of the project's code.

    Examples
    --------
    >>> settings = Settings.read("batch", {"s3_scratch": "s3://bucket/redun/"})
    >>> settings.scratch, settings.monitor_interval_s
    ('s3://bucket/redun', 5.0)
    """

    scratch: str
    monitor_interval_s: float
    python: str
    packaging: Mapping[str, Any]

    @classmethod
    def read(cls, name: str, section: Mapping[str, Any]) -> Settings:
        """Read the section of an executor.

        Raises
        ------
        ConfigError
            An option is missing or has a value that it cannot have.
        """
        scratch = section.get("s3_scratch")
        if not scratch:
            raise ConfigError(
                f"[executors.{name}] The option 's3_scratch' is missing: the URL of a folder on S3 through which code, "
                "arguments and results travel, such as s3://bucket/redun."
            )
        if not str(scratch).startswith("s3://"):
            raise wrong_option(
                name, section, "s3_scratch", f"must be a URL like s3://bucket/redun, not {scratch!r}"
            )
        packaging = {
            option: section[option]
            for option in ("code_package", "code_includes", "code_excludes")
            if option in section
        }
        return cls(
            scratch=str(scratch).rstrip("/"),
            monitor_interval_s=_number(name, section, section, "job_monitor_interval", 5.0),
            python=str(section.get("python") or "python3"),
            packaging=packaging,
        )


def array_rule(name: str, section: Mapping[str, Any], task_options: Mapping[str, Any]) -> ArrayRule:
    """Read when calls become an array.

    Raises
    ------
    ConfigError
        An option has a value that it cannot have.
    """
    given = {**section, **{key: value for key, value in task_options.items() if value is not None}}
    smallest = int(_number(name, section, given, "min_array_size", 5, zero=True))
    largest = int(_number(name, section, given, "max_array_size", 1000))
    if largest > LARGEST_ARRAY or largest < 2:
        raise wrong_option(
            name,
            section,
            "max_array_size",
            f"must be from 2 to {LARGEST_ARRAY}, which is the most that Batch takes",
        )
    return ArrayRule(smallest, largest, _number(name, section, given, "job_stale_time", 3.0, zero=True))


def _number(
    name: str,
    section: Mapping[str, Any],
    given: Mapping[str, Any],
    option: str,
    default: float,
    *,
    zero: bool = False,
) -> float:
    value = given.get(option, default)
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = -1.0
    if not (0 <= found < float("inf")) or (not found and not zero):
        kind = "a number from 0 on" if zero else "a positive number"
        raise wrong_option(name, section, option, f"must be {kind}, not {value!r}")
    return found

"""Names in the configuration that look like slips of the keyboard for names that redun reads.

Floor: ground. A section or option of another name is nobody's fault: plugins and projects have some of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redun.config.tree import Config

__all__ = ["OPTIONS", "slips"]

OPTIONS: dict[str, frozenset[str]] = {
    "backend": frozenset(
        {
            "automigrate",
            "db_aws_secret_name",
            "db_password_env",
            "db_retries",
            "db_retries_backoff",
            "db_retries_backoff_max",
            "db_uri",
            "db_username_env",
            "leases",
            "max_value_size",
            "value_store_min_size",
            "value_store_path",
        }
    ),
    "executors": frozenset(
        {
            "class",
            "cores",
            "gpus",
            "image",
            "max_gpus",
            "max_memory",
            "max_vcpus",
            "max_workers",
            "memory",
            "s3_scratch",
            "scratch",
            "scratch_lifetime",
            "shared_memory",
            "start_method",
            "target",
            "type",
            "vcpus",
            "volumes",
        }
    ),
    "federated_tasks": frozenset(),
    "filesystems": frozenset(),
    "limits": frozenset(),
    "plugins": frozenset({"disable", "only", "load"}),
    "repos": frozenset(),
    "scheduler": frozenset(
        {
            "capture",
            "context",
            "context_file",
            "federated_configs",
            "ignore_warnings",
            "job_status_interval",
            "keep_going",
            "retries",
            "retry_backoff",
            "retry_delay",
            "retry_jitter",
            "retry_on",
            "setup_scheduler",
            "task_options",
            "timeout",
        }
    ),
    "secrets": frozenset({"environment", "key_env", "key_file", "parameters"}),
    "tags": frozenset(),
}
"""By the first word of a section's name, the options that redun reads there."""

_ALIKE = 0.75


def slips(config: Config, of_executors: Collection[str] = ()) -> Iterator[str]:
    """Yield a warning for each section or option that nobody reads and that is nearly called like one that is.

    Parameters
    ----------
    config : Config
    of_executors : collection of str
        Further options that executors read.

    Examples
    --------
    >>> from redun.config import Config
    >>> list(slips(Config({"backend": {"db_url": "sqlite:///runs.db"}})))
    ["section [backend], option 'db_url': nobody reads it; did you mean db_uri?"]
    """
    for name in config.section_names():
        first, dot, rest = name.partition(".")
        known = OPTIONS.get(first)
        if first == "executors":
            known = OPTIONS[first].union(of_executors)
        if known is None:
            near = get_close_matches(first, OPTIONS, n=1, cutoff=_ALIKE)
            if near:
                yield str(config.error(name, None, f"nobody reads it; did you mean [{near[0]}{dot}{rest}]?"))
            continue
        for option in config.options(name):
            near = get_close_matches(option, known, n=1, cutoff=_ALIKE) if option not in known else []
            if near:
                yield str(config.error(name, option, f"nobody reads it; did you mean {near[0]}?"))

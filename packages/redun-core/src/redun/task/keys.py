"""The cache key of a call, outside of an execution.

Floor: language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from redun.hashing import keys
from redun.hashing.values import hash_value
from redun.task.job_info import JobInfo
from redun.task.task import Task

__all__ = ["hash_args_eval"]


def hash_args_eval(
    type_registry: object, task: Task[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[str, str]:
    """Return the cache key of a call and the hash of its arguments, 40 hex digits each.

    Parameters
    ----------
    type_registry : object
        Not looked at: value types are known to all.
    task : Task
    args, kwargs
        Concrete arguments, as for `task`.

    Raises
    ------
    ArgumentError
        They do not fit the task's signature.
    UnhashableValueError
        An argument has no content hash.

    Examples
    --------
    >>> from redun import task
    >>> @task(version="1")
    ... def add(a: int, b: int = 1) -> int:
    ...     return a + b
    >>> hash_args_eval(None, add, [1], {}) == hash_args_eval(None, add, [], {"b": 1, "a": 1})
    True
    """
    bound = task.binder.bind(tuple(args), dict(kwargs))
    infos = {
        name for name, value in zip(bound.names, bound.values, strict=True) if isinstance(value, JobInfo)
    }
    names, hashes = keys.kept(
        bound.names, [hash_value(value) for value in bound.values], task.config_args | infos
    )
    return keys.eval_hash(task.digest, names, hashes).hex(), keys.args_hash(names, hashes).hex()

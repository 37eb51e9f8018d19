"""Running an expression with a scheduler made from `redun.ini`.

Floor: composition.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from redun.config import find_config_dir, load_config
from redun.session.setup import make_scheduler

__all__ = ["run"]

T = TypeVar("T")


def run(
    expr: T,
    config_dir: str | os.PathLike[str] | None = None,
    exec_argv: Sequence[str] | None = None,
    dryrun: bool = False,
    cache: bool = True,
    tags: Iterable[tuple[str, Any]] = (),
    context: Mapping[str, Any] | None = None,
    execution_id: str | None = None,
    **options: Any,
) -> T:
    """Evaluate an expression with a scheduler made from `redun.ini`, as the command line does.

    Parameters
    ----------
    expr : object
        An expression, or any nested value that holds some.
    config_dir : path, optional
        The folder of `redun.ini`; by default `REDUN_CONFIG`, else the nearest `.redun` upward, else `./.redun`.
    exec_argv, dryrun, cache, tags, context, execution_id, **options
        As for `Scheduler.run`.

    Returns
    -------
    object
        The concrete value.

    Examples
    --------
    >>> import tempfile
    >>> from redun import run, task
    >>> @task(namespace="docs")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> run([double(1), double(2)], config_dir=tempfile.mkdtemp())
    [2, 4]
    """
    with make_scheduler(load_config(find_config_dir(config_dir))) as scheduler:
        return scheduler.run(expr, exec_argv, dryrun, cache, tags, context, execution_id, **options)

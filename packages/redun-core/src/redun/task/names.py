"""Full names of tasks, and names that stand for no task any more.

Floor: language.
"""

from __future__ import annotations

from typing import Any, NoReturn

from redun.errors import UnknownTaskError

__all__ = ["split_task_fullname", "undefined_task"]


def split_task_fullname(task_fullname: str) -> tuple[str, str]:
    """Return the namespace and the name in a full name.

    Examples
    --------
    >>> split_task_fullname("genome.align.sort"), split_task_fullname("main")
    (('genome.align', 'sort'), ('', 'main'))
    """
    namespace, _, name = task_fullname.rpartition(".")
    return namespace, name


def undefined_task(task_fullname: str, *args: Any, **kwargs: Any) -> NoReturn:
    """Stand for the body of a task that is not in the code any more.

    Raises
    ------
    UnknownTaskError
        Always.

    Examples
    --------
    >>> undefined_task("genome.align", "reads.fa")
    Traceback (most recent call last):
        ...
    redun.errors.UnknownTaskError: The task genome.align is not defined any more: ...
    """
    raise UnknownTaskError(
        f"The task {task_fullname} is not defined any more: it was renamed, removed, or its module is not imported."
    )

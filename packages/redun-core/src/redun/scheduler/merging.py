"""`merge_handles`: where branches of a handle join.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from redun.errors import ArgumentError
from redun.expression.base import Expression
from redun.handle import Handle
from redun.handle.handle import merged
from redun.scheduler.forms import Traced, special_form
from redun.scheduler.signatures import MergeHandles
from redun.task.typed import typed

__all__ = ["merge_handles"]


@typed(MergeHandles)
@special_form()
def merge_handles(handles: Sequence[Any] | Expression) -> Generator[Any, Any, Any]:
    """Join branches of a handle: what comes next depends on all of them.

    Parameters
    ----------
    handles : list of Handle
        All of one full name.

    Returns
    -------
    Handle
        The first, in a state that follows from all.

    Raises
    ------
    ArgumentError
        There is none, one is no handle, or they are of different names.

    Examples
    --------
    >>> from redun import Handle, Scheduler, merge_handles, task
    >>> class Store(Handle):
    ...     def __init__(self, name: str) -> None:
    ...         self.instance = {}
    >>> @task(namespace="docs")
    ... def put(store: Store, key: str) -> Store:
    ...     store.instance[key] = True
    ...     return store
    >>> @task(namespace="docs")
    ... def name_of(store: Store) -> str:
    ...     return store.__handle__.name
    >>> store = Store("results")
    >>> Scheduler().run(name_of(merge_handles([put(store, "a"), put(store, "b")])))
    'results'
    """
    given = yield handles
    if not isinstance(given, (list, tuple)) or not given:
        raise ArgumentError(f"merge_handles() wants a list of handles, not {given!r}.")
    for one in given:
        if not isinstance(one, Handle):
            raise ArgumentError(f"merge_handles() wants handles, and {one!r} is none.")
    names = list(dict.fromkeys(one.__handle__.fullname for one in given))
    if len(names) > 1:
        raise ArgumentError(
            f"merge_handles() joins branches of one handle, not different ones: {', '.join(names)}."
        )
    return (yield Traced(merged(list(given))))

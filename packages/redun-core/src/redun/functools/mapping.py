"""Maps over lists: one call for each item, all at once.

Floor: scheduler's library.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any

from redun.errors import ArgumentError
from redun.expression.base import Expression, TaskExpression
from redun.functools.signatures import FlatMap, Flatten, Map, StarMap, Zip
from redun.scheduler.forms import Traced, special_form
from redun.task.decorator import task
from redun.task.partial import PartialTask
from redun.task.task import Task
from redun.task.typed import typed

__all__ = ["flat_map", "flatten", "map_", "starmap", "zip_"]

_Form = Generator[Any, Any, Any]


@typed(Map)
@special_form()
def map_(a_task: Callable[[Any], Any], values: Iterable[Any]) -> _Form:
    """Call a task with each of many values, all in parallel.

    Parameters
    ----------
    a_task : task, partial task or function
        Called with one value.
    values : iterable
        A list, perhaps of lazy values, or a lazy list; of a dict, the keys. With a `map_` inside of a `map_` each item
        goes through both at its own pace.

    Returns
    -------
    list
        The results, in the order of the values.

    Raises
    ------
    ArgumentError
        `a_task` cannot be called, or there is nothing to go through.

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> from redun.functools import map_
    >>> @task(namespace="docs")
    ... def numbers(n: int) -> list[int]:
    ...     return list(range(n))
    >>> @task(namespace="docs")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> Scheduler().run(map_(double, map_(double, numbers(4))))
    [0, 4, 8, 12]
    """
    _check("map_()", a_task)
    stages = [a_task]
    while (inner := _inner_map(values)) is not None:
        stages.append(inner[0])
        values = inner[1]
    stages.reverse()
    if isinstance(values, Expression):
        concrete = yield values
        _check_items("map_()", concrete)
        values = yield Traced(concrete, each=True)
    else:
        _check_items("map_()", values)
    return [_through(stages, value) for value in values]


@typed(StarMap)
@special_form()
def starmap(a_task: Callable[..., Any], kwargs: Iterable[Mapping[str, Any]] = ()) -> _Form:
    """Call a task with each of many dicts of keyword arguments, all in parallel.

    Parameters
    ----------
    a_task : task, partial task or function
    kwargs : iterable of dict
        A list of dicts, either of them perhaps lazy.

    Returns
    -------
    list
        The results, in the order of the dicts.

    Raises
    ------
    ArgumentError
        `a_task` cannot be called, or an item is no dict of keyword arguments.

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> from redun.functools import starmap
    >>> @task(namespace="docs")
    ... def area(width: int, height: int = 1) -> int:
    ...     return width * height
    >>> Scheduler().run(starmap(area, [{"width": 2, "height": 3}, {"width": 4}]))
    [6, 4]
    """
    _check("starmap()", a_task)
    concrete = yield kwargs
    _check_items("starmap()", concrete)
    concrete = list(concrete)
    for number, keywords in enumerate(concrete):
        if not isinstance(keywords, Mapping) or not all(isinstance(name, str) for name in keywords):
            raise ArgumentError(
                f"starmap() wants dicts of keyword arguments; item {number} is a {type(keywords).__qualname__}."
            )
    traced = yield Traced(concrete, each=True)
    return [
        a_task(**(keywords if lazy is keywords else {name: lazy[name] for name in keywords}))
        for keywords, lazy in zip(concrete, traced, strict=True)
    ]


@typed(FlatMap)
@task(namespace="redun", version="1")
def flat_map(a_task: Callable[[Any], Any], values: Any) -> Any:
    """Call a task that returns a list with each of many values; the result is one list of all items.

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> from redun.functools import flat_map
    >>> @task(namespace="docs")
    ... def twice(x: int) -> list[int]:
    ...     return [x, x]
    >>> Scheduler().run(flat_map(twice, [1, 2]))
    [1, 1, 2, 2]
    """
    return flatten(map_(a_task, values))


@typed(Flatten)
@task(namespace="redun", version="1")
def flatten(list_of_lists: Any) -> Any:
    """Put the items of many lists into one.

    Examples
    --------
    >>> from redun import Scheduler
    >>> from redun.functools import flatten
    >>> Scheduler().run(flatten([[1, 2], [3]]))
    [1, 2, 3]
    """
    return [item for items in list_of_lists for item in items]


@typed(Zip)
@task(namespace="redun", version="1")
def zip_(*lists: Any) -> Any:
    """Make a list of tuples, one item of each list in each, as long as the shortest list.

    Examples
    --------
    >>> from redun import Scheduler
    >>> from redun.functools import zip_
    >>> Scheduler().run(zip_([1, 2, 3], ["a", "b"]))
    [(1, 'a'), (2, 'b')]
    """
    return list(zip(*lists, strict=False))


def _through(stages: list[Callable[[Any], Any]], value: Any) -> Any:
    for stage in stages:
        value = stage(value)
    return value


def _inner_map(values: Any) -> tuple[Callable[[Any], Any], Any] | None:
    """Return what a lazy list maps over what, if its items need not wait for each other."""
    if not isinstance(values, TaskExpression) or values._redun_task is not map_:
        return None
    if values._redun_cell is not None:
        # It is on its way already, for somebody else.
        return None
    inner, items = values._redun_task.binder.bind(values._redun_args, values._redun_kwargs).values
    a_task = inner.task if isinstance(inner, PartialTask) else inner
    # Whoever else uses the list makes equal calls; where these share no jobs, they would run twice.
    return (inner, items) if isinstance(a_task, Task) and a_task.policy.share else None


def _check(form: str, a_task: Any) -> None:
    if not callable(a_task):
        raise ArgumentError(f"{form} wants a task to call, not {a_task!r}.")


def _check_items(form: str, values: Any) -> None:
    if not isinstance(values, Iterable):
        raise ArgumentError(
            f"{form} wants values to go through, such as a list, not {type(values).__qualname__}."
        )

"""Signatures of the tasks of `redun.functools`, for type checkers.

Floor: scheduler's library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from redun.task.task import Task

__all__ = ["ApplyFunc", "Const", "FlatMap", "Flatten", "Identity", "Map", "StarMap", "Zip"]

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")


class Map(Task[..., Any]):
    if TYPE_CHECKING:

        def __call__(self, a_task: Callable[[T], R], values: Iterable[T]) -> list[R]: ...


class StarMap(Task[..., Any]):
    if TYPE_CHECKING:

        def __call__(self, a_task: Callable[..., R], kwargs: Iterable[Mapping[str, Any]] = ()) -> list[R]: ...


class FlatMap(Task[..., Any]):
    if TYPE_CHECKING:

        def __call__(self, a_task: Callable[[T], Iterable[R]], values: Iterable[T]) -> list[R]: ...


class Flatten(Task[..., Any]):
    if TYPE_CHECKING:

        def __call__(self, list_of_lists: Iterable[Iterable[T]]) -> list[T]: ...


class Zip(Task[..., Any]):
    if TYPE_CHECKING:

        @overload
        def __call__(self, first: Iterable[R], second: Iterable[S], /) -> list[tuple[R, S]]: ...
        @overload
        def __call__(
            self, first: Iterable[R], second: Iterable[S], third: Iterable[T], /
        ) -> list[tuple[R, S, T]]: ...
        @overload
        def __call__(self, *lists: Iterable[T]) -> list[tuple[T, ...]]: ...
        def __call__(self, *lists: Any) -> Any: ...


class Identity(Task[..., Any]):
    if TYPE_CHECKING:

        def __call__(self, x: T) -> T: ...


class Const(Task[..., Any]):
    if TYPE_CHECKING:

        def __call__(self, x: T, _: object) -> T: ...


class ComposeApply(Task[..., Any]):
    if TYPE_CHECKING:

        def __call__(self, tasks: Sequence[Callable[..., Any]], *args: Any, **kwargs: Any) -> Any: ...


class ApplyFunc(Task[..., Any]):
    if TYPE_CHECKING:

        def __call__(self, func: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...

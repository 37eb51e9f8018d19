"""Signatures of the special forms and tasks of `control`, for type checkers.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

from redun.task.task import Task

__all__ = ["Catch", "CatchAll", "Cond", "Seq", "Throw"]

T = TypeVar("T")
U = TypeVar("U")
E = TypeVar("E", bound=BaseException)


class Cond(Task[..., Any]):
    if TYPE_CHECKING:

        @overload
        def __call__(self, condition: object, then: T) -> T: ...
        @overload
        def __call__(self, condition: object, then: T, otherwise: U, /) -> T | U: ...
        @overload
        def __call__(self, condition: object, then: Any, *rest: Any) -> Any: ...
        def __call__(self, condition: object, then: Any, *rest: Any) -> Any: ...


class Catch(Task[..., Any]):
    if TYPE_CHECKING:

        @overload
        def __call__(
            self, expr: T, error_class: type[E] | tuple[type[E], ...], recover: Callable[[E], U], /
        ) -> T | U: ...
        @overload
        def __call__(self, expr: Any, *recoveries: Any) -> Any: ...
        def __call__(self, expr: Any, *recoveries: Any) -> Any: ...


class CatchAll(Task[..., Any]):
    if TYPE_CHECKING:

        @overload
        def __call__(self, exprs: T) -> T: ...
        @overload
        def __call__(
            self,
            exprs: T,
            error_class: type[BaseException] | tuple[type[BaseException], ...],
            recover: Callable[[Any], U],
        ) -> T | U: ...
        @overload
        def __call__(self, exprs: T, error_class: Any = None, recover: Any = None) -> Any: ...
        def __call__(self, exprs: Any, error_class: Any = None, recover: Any = None) -> Any: ...


class Seq(Task[..., Any]):
    if TYPE_CHECKING:

        def __call__(self, exprs: Sequence[T]) -> list[T]: ...


class Throw(Task[..., Any]):
    if TYPE_CHECKING:

        def __call__(self, error: BaseException) -> Any: ...

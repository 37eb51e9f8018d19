"""Signatures of special forms and tasks, for type checkers.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

from redun.task.task import Task

if TYPE_CHECKING:
    from redun.handle import Handle

__all__ = ["ApplyTags", "Catch", "CatchAll", "Cond", "MergeHandles", "Seq", "Throw"]

T = TypeVar("T")
U = TypeVar("U")
E = TypeVar("E", bound=BaseException)
H = TypeVar("H", bound="Handle")

_Tags = Iterable[tuple[str, Any]]


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


class ApplyTags(Task[..., Any]):
    if TYPE_CHECKING:

        def __call__(
            self, value: T, tags: _Tags = (), job_tags: _Tags = (), execution_tags: _Tags = ()
        ) -> T: ...


class MergeHandles(Task[..., Any]):
    if TYPE_CHECKING:

        def __call__(self, handles: Sequence[H]) -> H: ...

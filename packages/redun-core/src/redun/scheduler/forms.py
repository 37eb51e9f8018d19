"""Special forms: calls whose arguments are not evaluated first.

Floor: scheduler. The body of a form is a generator. It yields a nested value to have it evaluated and gets the concrete
value back, or has the error thrown in; what it returns is evaluated and is the form's value. A value that it passes on
it has traced first, so that the record shows where it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, ParamSpec

from redun.task.registry import get_task_registry
from redun.task.task import Task
from redun.value.nested import Lazy

if TYPE_CHECKING:
    from redun.scheduler.cells import Cell, FormCell

__all__ = ["LAST", "Effect", "Form", "Held", "Settled", "Traced", "special_form"]

P = ParamSpec("P")


LAST: Any = type("Last", (), {"__slots__": ()})()
"""Returned by a form: its value is what it was given last; so it is known which calls that came from."""


class Settled:
    """Yielded by a form: evaluate all leaves, and put errors where leaves failed."""

    __slots__ = ("template",)

    def __init__(self, template: Any) -> None:
        self.template = template


class Held(Lazy):
    """Part of what a form yields: the value that a cell will have, which somebody else has begun."""

    __slots__ = ("_redun_cell", "cell")

    def __init__(self, cell: Cell) -> None:
        self._redun_cell: Any = None
        self.cell = cell


class Traced:
    """Yielded by a form: give back a value as an expression that is known to come from what was given last.

    Parameters
    ----------
    value
        What was given last, or an error that was thrown in.
    each : bool
        Give back a list of expressions, one for each item; items that come from no call stay as they are.
    """

    __slots__ = ("each", "value")

    def __init__(self, value: Any, *, each: bool = False) -> None:
        self.value = value
        self.each = each


class Effect:
    """Yielded by a form: something to do or to find out at once, with the call in whose body the form stands."""

    __slots__ = ()

    def perform(self, form: FormCell) -> Any:
        """Do it; what is returned, or raised, is what the form's `yield` gives."""
        raise NotImplementedError


class Form(Task[P, Any]):
    """A special form, called like a task; it makes no job of its own."""

    is_form = True


def special_form(
    *, name: str | None = None, namespace: str = "redun"
) -> Callable[[Callable[P, Generator[Any, Any, Any]]], Form[P]]:
    """Make a special form of a generator function."""

    def decorate(func: Callable[P, Generator[Any, Any, Any]]) -> Form[P]:
        form: Form[P] = Form(func, name=name or func.__name__, namespace=namespace, version="1")
        get_task_registry().add(form)
        return form

    return decorate

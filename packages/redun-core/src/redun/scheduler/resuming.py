"""One step of a special form's generator.

Floor: scheduler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from redun.scheduler.failure import Fault
from redun.scheduler.forms import Effect

if TYPE_CHECKING:
    from redun.scheduler.cells import FormCell, GatherCell

__all__ = ["Ended", "resume"]


@attrs.frozen
class Ended:
    """The generator is done."""

    value: Any


def resume(form: FormCell, given: GatherCell | None, traced: Any = None) -> Ended | Fault | Any:
    """Give a form what it waited for; return how it ended, how it failed, or what it wants next.

    With `traced` it is given that: what it was given before it has already.
    """
    if form.generator is None:
        func, args, kwargs = form.template
        form.generator = func(*args, **(kwargs or {}))
    fault = given.fault if given is not None else None
    try:
        if traced is not None:
            return form.generator.send(traced)
        if fault is None:
            wanted = form.generator.send(given.value if given is not None else None)
            while isinstance(wanted, Effect):
                try:
                    answer = wanted.perform(form)
                except Exception as error:
                    wanted = form.generator.throw(error)
                else:
                    wanted = form.generator.send(answer)
            return wanted
        traceback = fault.error.__traceback__
        try:
            return form.generator.throw(fault.error)
        finally:
            # Or it would grow with every form that it passes.
            BaseException.with_traceback(fault.error, traceback)
    except StopIteration as stop:
        return Ended(stop.value)
    except Exception as error:
        if fault is not None and _is_passed(fault.error, error):
            return fault
        return Fault(error, "error", form.owner)


def _is_passed(thrown: BaseException, error: BaseException) -> bool:
    # Python wraps a StopIteration that leaves a generator.
    return error is thrown or (isinstance(thrown, StopIteration) and error.__cause__ is thrown)

"""Values that a form passes on, as expressions that know which calls they came from.

Floor: scheduler.
"""

from __future__ import annotations

from typing import Any

from redun.expression.base import ValueExpression
from redun.scheduler.cells import DONE, Cell, FormCell, GatherCell
from redun.scheduler.forms import Traced

__all__ = ["trace"]


def trace(form: FormCell, given: GatherCell | None, wanted: Traced) -> Any:
    """Return what a form asked for; `given` is what it was given last."""
    value = wanted.value
    if given is None:
        return list(value) if wanted.each else value
    fault = given.fault
    job = fault.job if fault is not None else None
    whole = (job.call_hash,) if job is not None and job.call_hash is not None else given.sources
    if not wanted.each:
        return _known(form, value, whole)
    items = list(value)
    sources = given.items
    if sources is None or len(sources) != len(items):
        sources = [whole] * len(items)
    return [_known(form, item, calls) if calls else item for item, calls in zip(items, sources, strict=True)]


def _known(form: FormCell, value: Any, sources: tuple[bytes, ...]) -> ValueExpression:
    expression = ValueExpression(value)
    cell = expression._redun_cell = Cell(form.run, form.owner)
    cell.state = DONE
    cell.value = value
    cell.sources = sources
    return expression

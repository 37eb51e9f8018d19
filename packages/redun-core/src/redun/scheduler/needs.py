"""What a call asks for: units of named limits, and cores and memory of its executor.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from redun.errors import SchedulerError
from redun.task.rules import number_of, units_of

if TYPE_CHECKING:
    from redun.scheduler.admission import Impossible

__all__ = ["cannot_get", "needs_of", "too_much"]

_DEFAULTS = {"vcpus": 1, "memory": 0}
"""What a call takes of an executor's capacities unless its options say otherwise."""

_UNITS = {"vcpus": "vcpus", "memory": "GB of memory"}


def needs_of(
    options: Mapping[str, Any], executor: str, capacities: Mapping[str, float] | None
) -> dict[Any, float]:
    """Return the units of each resource.

    Parameters
    ----------
    options : mapping
        The call's options, concrete.
    executor : str
        The executor's name.
    capacities : mapping or None
        What the executor has, if it counts it.

    Raises
    ------
    SchedulerError
        An option is no number of units.
    """
    try:
        needs: dict[Any, float] = dict(units_of(options.get("limits")))
    except ValueError as error:
        raise SchedulerError(f"{error}.") from None
    unsaid = getattr(capacities, "unsaid", _DEFAULTS)
    for resource in capacities or ():
        units = options.get(resource)
        units = unsaid.get(resource, 0) if units is None else units
        try:
            number = number_of(resource, units)
        except ValueError as error:
            raise SchedulerError(f"{error}.") from None
        if number:
            needs[executor, resource] = number
    return needs


def too_much(
    task: str, impossible: Impossible, capacities: Mapping[str, float] | None = None
) -> SchedulerError:
    """Return the error of a call that asks for more than there is."""
    units, capacity, resource = impossible.units, impossible.capacity, impossible.resource
    if isinstance(resource, tuple):
        executor, name = resource
        unit = _UNITS.get(name, name)
        option = getattr(capacities, "spelled", {}).get(name, name)
        return SchedulerError(
            f"Task {task} asks for {units:g} {unit}, and executor {executor!r} has {capacity:g}. "
            f"Ask for less, or raise {option} in [executors.{executor}]."
        )
    return SchedulerError(
        f"Task {task} asks for {units:g} units of the limit {resource!r}, whose capacity is {capacity:g}. "
        f"Ask for less, or raise it: [limits] {resource} = {units:g}."
    )


def cannot_get(task: str) -> SchedulerError:
    """Return the error of a call that waits for what is held by those who wait for it."""
    return SchedulerError(
        f"Task {task} waits for units of a limit, or for cores or memory, and all of whoever holds them await other "
        "calls, so none of them can go on. Let the awaited calls take the units, not the async tasks that await them."
    )

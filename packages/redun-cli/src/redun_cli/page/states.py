"""The states of jobs and executions as a page shows them: a mark, a word and a colour, never a colour alone.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from redun.recorder.batch import JobStatus

from redun_cli.report.tally import ORDER

__all__ = ["State", "counted", "state"]

_MARKS = {
    "DONE": "✓",
    "CACHED": "↺",
    "FAILED": "✗",
    "RUNNING": "▸",
    "CANCELLED": "⊘",
    "LOST": "?",
    "CRASHED": "✗",
}


@attrs.frozen
class State:
    """How a state is shown; `name` is also the class of its elements."""

    name: str
    mark: str


def state(name: str) -> State:
    """Return how the state of this name is shown."""
    return State(name.lower(), _MARKS.get(name, "·"))


def counted(counts: Mapping[JobStatus, int]) -> list[tuple[State, int]]:
    """Return the states that occur, with their counts."""
    return [(state(status.name), counts[status]) for status in ORDER if counts.get(status)]

"""What a parity case is: a small workflow and what is done with it, for either implementation.

Only the standard library is imported: cases are read in both environments.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Append", "Case", "Cli", "Edit", "Remove", "Run", "Step", "Touch", "Write"]


@dataclass(frozen=True)
class Run:
    """Evaluate a Python expression in the workflow's module, in a process of its own, on the case's database."""

    expr: str = "main()"
    options: dict[str, Any] = field(default_factory=dict)
    config: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Cli:
    """Run the `redun` command with these words."""

    words: str


@dataclass(frozen=True)
class Edit:
    """Replace text in the workflow's file; it must occur there."""

    old: str
    new: str


@dataclass(frozen=True)
class Write:
    """Write a file."""

    path: str
    text: str


@dataclass(frozen=True)
class Append:
    """Add a line to a file."""

    path: str
    text: str


@dataclass(frozen=True)
class Touch:
    """Give a file another modification time and nothing else."""

    path: str


@dataclass(frozen=True)
class Remove:
    """Remove a file."""

    path: str


Step = Run | Cli | Edit | Write | Append | Touch | Remove


class Case:
    """A workflow, steps, and where the two implementations are meant to differ.

    Parameters
    ----------
    name : str
    source : str
        The text of `wf.py`; the imports that nearly all want stand before it.
    steps : Step
        By default, `main()` is run once.
    differs : str
        Why ours is not like 0.44; then `ours` says what ours must show.
    ours : list of dict, optional
        For each `Run` or `Cli` step, the observed entries (value, error, ran, cached, exit) that ours must have.
    """

    def __init__(
        self,
        name: str,
        source: str,
        *steps: Step,
        differs: str = "",
        ours: list[dict[str, Any]] | None = None,
    ) -> None:
        self.name = name
        self.source = PREAMBLE + textwrap.dedent(source)
        self.steps: list[Step] = list(steps) or [Run()]
        self.differs = differs
        self.ours = ours
        if bool(differs) != bool(ours):
            raise ValueError(f"Case {name}: a difference has a reason and an expectation.")


PREAMBLE = """\
from redun import task, File, Dir, cond, catch, throw, Task
from redun.functools import seq
redun_namespace = "wf"
"""

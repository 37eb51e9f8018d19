"""Where something came from and what was made of it, to be gone through.

Floor: library.
"""

from __future__ import annotations

from typing import ClassVar

from redun.query.calls import CallView
from redun.query.values import ValueView
from redun.query.view import View, printable
from redun.recorder.lineage import Derivation, Made, Passed, Use

__all__ = ["SourceView", "UseView"]


class SourceView(View):
    """A variable of a dataflow, with a name as in the code, and how it came about."""

    COLUMNS: ClassVar = {
        "name": "text",
        "type": "text",
        "preview": "text",
        "task": "text",
        "origin": "flag",
        "value_hash": "text",
        "call_hash": "text",
    }
    __slots__ = ()
    _row: Derivation

    def __repr__(self) -> str:
        how = "origin" if self.origin else f"{self.task or ''}({', '.join(self.sources)})"
        return printable(f"<{self.name} = {self.preview} <-- {how}>")

    @property
    def _identity(self) -> object:
        return self._row

    @property
    def name(self) -> str:
        """Unique within the dataflow."""
        return self._row.name

    @property
    def value(self) -> ValueView:
        """What it was."""
        return ValueView(self._record, self._row.value)

    @property
    def origin(self) -> bool:
        """Whether it came from outside: no call made it."""
        return self._row.origin

    @property
    def call(self) -> CallView | None:
        """The call that made it."""
        for step in self._row.steps:
            if isinstance(step, Made):
                return CallView(self._record, step.call)
        return None

    @property
    def sources(self) -> dict[str, ValueView]:
        """The variables that it was made of, or put together from, by name."""
        found: dict[str, ValueView] = {}
        for step in self._row.steps:
            if not isinstance(step, Passed):
                parts = step.arguments if isinstance(step, Made) else step.parts
                found.update((name, ValueView(self._record, value)) for name, value in parts)
        return found

    @property
    def type(self) -> str:
        """The type of the value."""
        return self._row.value.type

    @property
    def preview(self) -> str:
        """The text form of the value."""
        return self._row.value.preview

    @property
    def value_hash(self) -> str:
        """The hash of the value."""
        return self._row.value.hash.hex()

    @property
    def task(self) -> str | None:
        """The task that made it."""
        call = self.call
        return None if call is None else call.task

    @property
    def call_hash(self) -> str | None:
        """The hash of the call that made it."""
        call = self.call
        return None if call is None else call.hash


class UseView(View):
    """A call that used something, or what was made of it."""

    COLUMNS: ClassVar = {
        "depth": "number",
        "task": "text",
        "argument": "text",
        "preview": "text",
        "call_hash": "text",
        "value_hash": "text",
    }
    __slots__ = ()
    _row: Use

    def __repr__(self) -> str:
        return printable(f"<{'·' * self.depth} {self.call!r} {self.argument}={self.preview}>")

    @property
    def _identity(self) -> object:
        return self._row

    @property
    def depth(self) -> int:
        """1 for a call that was given the thing itself."""
        return self._row.depth

    @property
    def call(self) -> CallView:
        """The call."""
        return CallView(self._record, self._row.call)

    @property
    def argument(self) -> str:
        """The name of the argument that carried it."""
        return self._row.argument.name

    @property
    def value(self) -> ValueView:
        """What the argument was."""
        return ValueView(self._record, self._row.argument.value)

    @property
    def task(self) -> str:
        """The task of the call."""
        return self._row.call.task

    @property
    def preview(self) -> str:
        """The text form of the argument."""
        return self._row.argument.value.preview

    @property
    def call_hash(self) -> str:
        """The hash of the call."""
        return self._row.call.hash.hex()

    @property
    def value_hash(self) -> str:
        """The hash of the argument."""
        return self._row.argument.value.hash.hex()

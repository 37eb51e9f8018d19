"""What lineage returns: named variables and how each came about.

Floor: recorder.
"""

from __future__ import annotations

import attrs
from redun.recorder.reader_records import ArgumentRecord, CallRecord, ValueRecord

__all__ = ["Derivation", "Derived", "Made", "Passed", "Step", "Upstream", "Use"]


@attrs.frozen
class Made:
    """A call made it, from these variables."""

    call: CallRecord
    arguments: tuple[tuple[str, ValueRecord], ...]


@attrs.frozen
class Passed:
    """It entered as an argument of a call above; the next step says where that one had it from."""

    call_hash: bytes
    task: str
    parameters: tuple[str, ...]
    argument: str


@attrs.frozen
class Derived:
    """It was put together from, or taken out of, these variables."""

    parts: tuple[tuple[str, ValueRecord], ...]


Step = Made | Passed | Derived


@attrs.frozen
class Derivation:
    """Where one variable came from.

    Attributes
    ----------
    name : str
        As in the code, where the code names it; unique within the answer.
    value : ValueRecord
    steps : tuple of Step
        Read in order. When the last is `Passed`, or there is none, the value is an origin: no call made it.
    """

    name: str
    value: ValueRecord
    steps: tuple[Step, ...]

    @property
    def origin(self) -> bool:
        """Whether the value entered from outside."""
        return not self.steps or isinstance(self.steps[-1], Passed)


@attrs.frozen
class Upstream:
    """The dataflow that led to a value, back to the origins.

    Attributes
    ----------
    derivations : tuple of Derivation
        The value itself first; each variable before those it came from.
    truncated : bool
        There are more variables than were asked for.
    """

    derivations: tuple[Derivation, ...]
    truncated: bool


@attrs.frozen
class Use:
    """A call that used a value or something made from it.

    Attributes
    ----------
    depth : int
        1 for a call that was given the value itself.
    call : CallRecord
    argument : ArgumentRecord
        The argument that carried it.
    """

    depth: int
    call: CallRecord
    argument: ArgumentRecord

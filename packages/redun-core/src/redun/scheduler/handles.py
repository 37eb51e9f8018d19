"""Handles in one execution: the branches that calls begin, the states that become recorded, those that are undone.

Floor: scheduler. What this execution did is known here, for the record may be behind; what others did is asked of the
record, for a whole wave at once. An execution in which nobody has imported `redun.handle` does none of this, unless
a class of values overrides `Value.preprocess`, which takes the same way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from redun.errors import ExpressionError, UnhashableValueError
from redun.expression.base import Expression
from redun.expression.hashing import hash_expression
from redun.scheduler.scopes import Scoped
from redun.value.base import prepares
from redun.value.nested import lazies, rebuild, scan

if TYPE_CHECKING:
    from redun.handle import Handle
    from redun.recorder.interface import Recorder
    from redun.scheduler.cells import Job
    from redun.scheduler.journal import Journal

__all__ = ["Handles"]


class Handles:
    """Follows the handles of one execution.

    Parameters
    ----------
    recorder : Recorder
        Asked about states of earlier executions.
    validate : callable
        Tells of other external values whether they hold.
    """

    def __init__(self, recorder: Recorder, validate: Callable[[Sequence[Any]], Sequence[bool]]) -> None:
        self._recorder = recorder
        self._validate = validate
        # By state: what this execution made of it, what it is called, what came from it.
        self._valid: dict[bytes, bool] = {}
        self._names: dict[bytes, tuple[str, str]] = {}
        self._children: dict[bytes, set[bytes]] = {}
        # By calling job and what is passed: how many calls it was passed to; by call, which of them it is.
        self._passed: dict[tuple[int, tuple[bytes, ...]], int] = {}
        self._turns: dict[Job, list[int]] = {}

    @property
    def used(self) -> bool:
        """There may be handles, or values that put others in their place."""
        return "redun.handle" in sys.modules or prepares()

    # Branches.

    def called(self, job: Job) -> None:
        """Count a call among those of the same body that are given the same handle, in the order of their making.

        Later is too late: which arguments are ready first is up to chance.
        """
        turns = []
        number = job.owner.number if job.owner is not None else 0
        for argument in job.values or job.template or ():
            source = _source(argument)
            place = number, source
            turns.append(self._passed.get(place, 0))
            if source:
                self._passed[place] = turns[-1] + 1
        if any(turns):
            self._turns[job] = turns

    def bind(self, job: Job) -> None:
        """Give a call branches of the handles among its arguments, and what values put in their place. Once."""
        turns = self._turns.pop(job, None)
        values = list(job.values or ())
        bound = []
        for position, value in enumerate(values):
            parts = scan(value, _is_replaced)
            if parts:
                bound.append(position)
                key = str(turns[position] if turns is not None else 0)
                given = {id(part): self._given(part, key) for part in parts}
                values[position] = rebuild(value, given, all_leaves=True)
        if not bound:
            return
        job.values = tuple(values)
        if job.arg_hashes is not None:
            hashes = enumerate(job.arg_hashes)
            job.arg_hashes = [None if position in bound else hash_ for position, hash_ in hashes]
        if job.fresh is not None:
            job.fresh = sorted({*job.fresh, *bound})

    def _given(self, part: Any, key: str) -> Any:
        return self._branch(part, key) if _is_handle(type(part)) else part.__redun_given__()

    def _branch(self, handle: Handle, key: str) -> Handle:
        from redun.handle.handle import branch

        return branch(handle, key, recorded=self._valid.get(handle.__handle__.state, False))

    # The record.

    def begin(self, jobs: Iterable[Job], journal: Journal) -> None:
        """Undo whatever followed from the states that calls are given, for they are about to run."""
        handles = [handle for job in jobs for handle in scan(job.values, _is_handle)]
        if handles:
            undone = self._descendants({handle.__handle__.state for handle in handles})
            self._valid.update(dict.fromkeys(undone, False))
            journal.handles([(state, *names, 0) for state, names in undone.items()], [])
            for handle in handles:
                self._record(handle, journal)

    def returned(self, value: Any, journal: Journal) -> None:
        """Record the states of the handles that a call returned; those that were undone stand again."""
        for handle in scan(value, _is_handle):
            self._record(handle, journal)

    def _record(self, handle: Handle, journal: Journal) -> None:
        info = handle.__handle__
        rows, edges = [], []
        for step in info.steps:
            state = step.state
            if not self._valid.get(state):
                self._valid[state] = True
                self._names[state] = info.fullname, step.key
                rows.append((state, info.fullname, step.key, 1))
            for parent in step.parents:
                children = self._children.setdefault(parent, set())
                if state not in children:
                    children.add(state)
                    edges.append((parent, state))
        journal.handles(rows, edges)

    def _descendants(self, states: set[bytes]) -> dict[bytes, tuple[str, str]]:
        found: dict[bytes, tuple[str, str]] = {}
        frontier = states
        while frontier:
            fresh = self._recorder.find_handle_descendants(sorted(frontier))
            for state in [*frontier, *fresh]:
                for child in self._children.get(state, ()):
                    fresh.setdefault(child, self._names[child])
            frontier = fresh.keys() - found.keys()
            found.update(fresh)
        return found

    # Cached results.

    def validate(self, values: Sequence[Any]) -> list[bool]:
        """Tell of each external value whether it holds; all handles by one question to the record."""
        if "redun.handle" not in sys.modules:
            return list(self._validate(values))
        from redun.handle.handle import judge

        handles = [value for value in values if _is_handle(type(value))]
        unknown = {handle.__handle__.state for handle in handles} - self._valid.keys()
        if unknown:
            self._valid.update(dict.fromkeys(self._recorder.find_valid_handles(sorted(unknown)), True))
        others = iter(self._validate([value for value in values if not _is_handle(type(value))]))
        return [
            judge(value, self._valid.get(value.__handle__.state, False))
            if _is_handle(type(value))
            else next(others)
            for value in values
        ]


def _is_handle(kind: type) -> bool:
    module = sys.modules.get("redun.handle.handle")
    return module is not None and issubclass(kind, module.Handle)


def _is_replaced(kind: type) -> bool:
    return _is_handle(kind) or hasattr(kind, "__redun_given__")


def _source(argument: Any) -> tuple[bytes, ...]:
    """Return what stands for the handles in an argument, as far as they are there, and for what may turn out one."""
    leaves = lazies(argument)
    for leaf in [leaf for leaf in leaves if isinstance(leaf, Scoped)]:
        leaves += lazies(leaf.template)
    lazy = [leaf for leaf in leaves if isinstance(leaf, Expression)]
    if lazy:
        try:
            return tuple([hash_expression(leaf) for leaf in lazy])
        except (ExpressionError, UnhashableValueError):
            # An error with a lock on it, for instance. Its calls are told where they cannot go on without a hash.
            return ()
    return tuple([handle.__handle__.state for handle in scan(argument, _is_handle)])

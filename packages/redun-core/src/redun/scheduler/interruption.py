"""A request to stop, from outside of the evaluation.

Floor: scheduler.
"""

from __future__ import annotations

from collections import Counter
from time import monotonic, sleep
from types import TracebackType
from weakref import WeakValueDictionary

__all__ = ["Interruption"]

_GIVEN_UP = 15
_POLL_S = 0.02

# By execution: schedulers inside of jobs run in other threads and know the id of the job, nothing more.
_executions: WeakValueDictionary[str, Interruption] = WeakValueDictionary()


class Interruption:
    """Whether an execution was asked to stop, and how soon.

    Made before the evaluation, so that no signal is lost that arrives while the record is being opened. As a context it
    lasts while the execution does.

    Parameters
    ----------
    execution_id : str
        32 hex digits.
    inside_of : str
        The id of the job that runs this execution, when that is known. If the job's execution is one of this process,
        this one stops when that is asked to, or when it gives the job up.

    Attributes
    ----------
    given_up : Counter
        By number, how many attempts at jobs of the execution were given up.
    """

    def __init__(self, execution_id: str = "", inside_of: str = "") -> None:
        self._signum = 0
        self._forced = False
        self._execution_id = execution_id
        self._inside: set[Interruption] = set()
        self.given_up: Counter[int] = Counter()
        outer_id, _, number = inside_of.partition(".")
        self._outer = _executions.get(outer_id)
        self._job = int(number or 0)
        self._attempt = self._outer.given_up[self._job] if self._outer is not None else 0

    def __bool__(self) -> bool:
        return self.signum != 0

    @property
    def signum(self) -> int:
        """The first signal; 0 while there was none."""
        if self._signum or self._outer is None:
            return self._signum
        return _GIVEN_UP if self._is_given_up(self._outer) else self._outer.signum

    @property
    def forced(self) -> bool:
        """Running calls are not to be waited for."""
        if self._forced or self._outer is None:
            return self._forced
        return self._is_given_up(self._outer) or self._outer.forced

    def ask(self, signum: int, *, wait: bool) -> None:
        """Ask to stop; the second time, or without `wait`, at once. Safe in signal handlers."""
        self._forced = self._forced or not wait or self._signum != 0
        self._signum = self._signum or signum

    def wait_for_those_inside(self, at_most_s: float) -> None:
        """Return when executions inside of this one's jobs have stopped too, or after some seconds."""
        until = monotonic() + at_most_s
        while self._inside and monotonic() < until:
            sleep(_POLL_S)

    def __enter__(self) -> Interruption:
        if self._execution_id:
            _executions[self._execution_id] = self
        if self._outer is not None:
            self._outer._inside.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _executions.pop(self._execution_id, None)
        if self._outer is not None:
            self._outer._inside.discard(self)

    def _is_given_up(self, outer: Interruption) -> bool:
        return outer.given_up[self._job] > self._attempt

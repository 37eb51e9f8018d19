"""A request to stop, from outside of the evaluation.

Floor: scheduler.
"""

from __future__ import annotations

__all__ = ["Interruption"]


class Interruption:
    """Whether an execution was asked to stop, and how soon.

    Made before the evaluation, so that no signal is lost that arrives while the record is being opened.

    Attributes
    ----------
    signum : int
        The first signal; 0 while there was none.
    forced : bool
        Running calls are not to be waited for.
    """

    __slots__ = ("forced", "signum")

    def __init__(self) -> None:
        self.signum = 0
        self.forced = False

    def __bool__(self) -> bool:
        return self.signum != 0

    def ask(self, signum: int, *, wait: bool) -> None:
        """Ask to stop; the second time, or without `wait`, at once. Safe in signal handlers."""
        self.forced = self.forced or not wait or self.signum != 0
        self.signum = self.signum or signum

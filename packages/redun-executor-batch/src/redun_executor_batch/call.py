"""One call that the executor was given, and how far it has come."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from redun.executors.base import Work
    from redun.executors.remote.parcel import Parcel

    from redun_executor_batch.options import JobOptions

__all__ = ["Call", "Stage"]


class Stage(Enum):
    """Where a call is."""

    NEW = auto()
    GROUPED = auto()
    SENDING = auto()
    FLYING = auto()
    COLLECTING = auto()


@attrs.define(eq=False)
class Call:
    """A call from `submit` until it comes back.

    Attributes
    ----------
    work : Work
    options : JobOptions
    stage : Stage
    parcel : Parcel or None
        Where its result will be; known once it was sent.
    job_id : str
        Of Batch; `parent:index` in an array.
    adopted_us : int
        When the call was attached to a job that somebody else submitted, in microseconds since the epoch; 0 if it has
        a job of its own.
    runs : bool
        Its body has begun.
    given_up : bool
        Nothing is wanted from it any more.
    cancelled : bool
        It is to be dropped unless its body has begun.
    """

    work: Work
    options: JobOptions
    stage: Stage = Stage.NEW
    parcel: Parcel | None = None
    job_id: str = ""
    adopted_us: int = 0
    runs: bool = False
    given_up: bool = False
    cancelled: bool = False

    @property
    def unwanted(self) -> bool:
        """It needs not be submitted any more."""
        return self.given_up or self.cancelled

    @property
    def may_wait(self) -> bool:
        """It is to be dropped, unless Batch says that its body has begun."""
        return self.cancelled and not self.runs and self.stage is not Stage.COLLECTING

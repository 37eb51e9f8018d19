"""The composition root: configuration → host → recorder and executors → scheduler.

Floor: composition. This is where the parts that know nothing of each other are put together.
"""

from __future__ import annotations

from redun.session.programmatic import run
from redun.session.recall import RecordedCall, recall
from redun.session.scheduler import Scheduler
from redun.session.setup import SetupParameter, make_scheduler, setup_parameters

__all__ = [
    "RecordedCall",
    "Scheduler",
    "SetupParameter",
    "make_scheduler",
    "recall",
    "run",
    "setup_parameters",
]

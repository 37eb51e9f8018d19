"""The composition root: configuration → host → recorder and executors → scheduler.

Floor: composition. This is where the parts that know nothing of each other are put together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.on_demand import importer
from redun.session.programmatic import run
from redun.session.scheduler import Scheduler
from redun.session.secrets import secret_parameters
from redun.session.setup import SetupParameter, make_scheduler, setup_parameters

if TYPE_CHECKING:
    from redun.session.recalling import RecordedCall, recall

__all__ = [
    "RecordedCall",
    "Scheduler",
    "SetupParameter",
    "make_scheduler",
    "recall",
    "run",
    "secret_parameters",
    "setup_parameters",
]

# Running something again reads the record, with all that belongs to that; most runs do not.
__getattr__ = importer(__name__, dict.fromkeys(("RecordedCall", "recall"), "redun.session.recalling"))

"""The tables of the record as classes of SQLAlchemy, to be looked at.

Floor: library. They say what `recorder.schema` says, and a test holds them to it; here hashes are text, times have a
zone, and codes have names. Names of columns in redun 0.44 that differ stand beside ours as synonyms.
"""

from __future__ import annotations

from redun.query.models.base import Base
from redun.query.models.calls import (
    Argument,
    CallEdge,
    CallNode,
    Code,
    Evaluation,
    Flow,
    Task,
    TaskPart,
    TaskSet,
)
from redun.query.models.exchange import Doomed, ForeignCall, ForeignEvaluation, ForeignValue, Origin, Sweep
from redun.query.models.runs import Attempt, Execution, Job, Lease, Output
from redun.query.models.tagging import RemovedTag, Tag
from redun.query.models.values import File, Handle, HandleEdge, Subvalue, Value

__all__ = [
    "Argument",
    "Attempt",
    "Base",
    "CallEdge",
    "CallNode",
    "Code",
    "Doomed",
    "Evaluation",
    "Execution",
    "File",
    "Flow",
    "ForeignCall",
    "ForeignEvaluation",
    "ForeignValue",
    "Handle",
    "HandleEdge",
    "Job",
    "Lease",
    "Origin",
    "Output",
    "RemovedTag",
    "Subvalue",
    "Sweep",
    "Tag",
    "Task",
    "TaskPart",
    "TaskSet",
    "Value",
]

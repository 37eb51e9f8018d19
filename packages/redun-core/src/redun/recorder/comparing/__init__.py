"""What differs between two executions: read off the record, running nothing of it.

Floor: recorder. The jobs of both are read once (`jobs`) and matched by code, arguments and place in the tree
(`matching`); `compare` tells what changed, task by task, and in the executions themselves.
"""

from redun.recorder.comparing.compare import Comparison
from redun.recorder.comparing.records import (
    Change,
    ChangedExecution,
    Difference,
    TaskDifference,
    VersionChange,
)

__all__ = ["Change", "ChangedExecution", "Comparison", "Difference", "TaskDifference", "VersionChange"]

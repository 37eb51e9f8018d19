"""Executions inside of executions.

Floor: composition.
"""

from redun.subruns.form import subrun
from redun.subruns.worker import subrun_root_task

__all__ = ["subrun", "subrun_root_task"]

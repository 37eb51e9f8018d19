"""Executors: where calls run.

Floor: executors.
"""

from redun.executors.base import Completion, Executor, Inbox, Work

__all__ = ["Completion", "Executor", "Inbox", "Work"]

"""Executors: where calls run.

Floor: executors.
"""

from redun.executors.base import Completion, Demand, Executor, Inbox, Work

__all__ = ["Completion", "Demand", "Executor", "Inbox", "Work"]

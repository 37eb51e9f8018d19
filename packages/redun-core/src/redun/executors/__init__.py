"""Executors: where calls run.

Floor: executors.
"""

from redun.executors.base import Completion, Demand, Executor, ExecutorError, Inbox, Work, register_executor

__all__ = ["Completion", "Demand", "Executor", "ExecutorError", "Inbox", "Work", "register_executor"]

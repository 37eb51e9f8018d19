"""The context of a workflow: settings that calls read wherever they are made, without being passed along.

Floor: scheduler's library.
"""

from __future__ import annotations

from redun.scheduler.scopes import get_context
from redun.task.context import get_context_value

__all__ = ["get_context", "get_context_value"]

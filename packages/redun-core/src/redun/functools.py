"""Higher-order helpers for workflows.

Floor: scheduler's library.
"""

from __future__ import annotations

from redun.scheduler.control import seq

__all__ = ["seq"]

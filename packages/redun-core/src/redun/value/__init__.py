"""Values: what tasks take and return, how it is looked into, stored and shown.

Floor: values.
"""

from __future__ import annotations

from redun.value.base import Value

__all__ = ["Value"]

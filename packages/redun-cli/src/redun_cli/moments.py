"""Moments as people write them on the command line.

Floor: command line.
"""

from __future__ import annotations

from redun.moments import parse_moment

__all__ = ["parse_moment"]

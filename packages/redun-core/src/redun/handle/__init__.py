"""Handles: services whose content redun cannot see, known by what was done to them.

Floor: language.
"""

from redun.handle.handle import Handle, get_handle_class
from redun.handle.states import HandleInfo, get_fullname

__all__ = ["Handle", "HandleInfo", "get_fullname", "get_handle_class"]

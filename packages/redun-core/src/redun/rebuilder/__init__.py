"""The rebuilder: which calls may be replayed.

Floor: rebuilder.
"""

from redun.rebuilder.reuse import Rebuilder, Replay

__all__ = ["Rebuilder", "Replay"]

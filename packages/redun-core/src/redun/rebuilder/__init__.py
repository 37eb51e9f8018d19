"""The rebuilder: which calls may be replayed.

Floor: rebuilder.
"""

from redun.rebuilder.keys import call_hash, eval_hash, task_set_hash
from redun.rebuilder.reuse import Rebuilder, Replay

__all__ = ["Rebuilder", "Replay", "call_hash", "eval_hash", "task_set_hash"]

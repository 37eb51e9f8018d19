"""Higher-order tasks: maps, composition, plain functions as tasks.

Floor: scheduler's library.
"""

from redun.functools.composition import compose, compose_apply, const, delay, force, identity
from redun.functools.functions import apply_func, as_task, eval_
from redun.functools.mapping import flat_map, flatten, map_, starmap, zip_
from redun.functools.unrecorded import no_prov
from redun.scheduler.control import seq

__all__ = [
    "apply_func",
    "as_task",
    "compose",
    "compose_apply",
    "const",
    "delay",
    "eval_",
    "flat_map",
    "flatten",
    "force",
    "identity",
    "map_",
    "no_prov",
    "seq",
    "starmap",
    "zip_",
]

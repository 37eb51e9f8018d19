"""Lineage: where a value came from (`upstream`) and what was made of it (`downstream`).

Floor: recorder. Both follow what was recorded: they run nothing, unpickle nothing and never recurse.
"""

from __future__ import annotations

from redun.recorder.lineage_downstream import downstream
from redun.recorder.lineage_records import Derivation, Derived, Made, Passed, Step, Upstream, Use
from redun.recorder.lineage_upstream import newest_producer, upstream

__all__ = [
    "Derivation",
    "Derived",
    "Made",
    "Passed",
    "Step",
    "Upstream",
    "Use",
    "downstream",
    "newest_producer",
    "upstream",
]

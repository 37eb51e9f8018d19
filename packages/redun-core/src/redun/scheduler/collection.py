"""Cyclic garbage collection while a graph unfolds.

Floor: scheduler.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["fewer_collections"]

YOUNG = 50_000
"""Objects between two young collections: a wave makes tens of thousands, nearly all of which live on."""


@contextmanager
def fewer_collections() -> Iterator[None]:
    """Collect less often: looking again and again at a growing graph is a tenth of what a small job costs."""
    first, second, third = gc.get_threshold()
    if first:
        gc.set_threshold(max(first, YOUNG), second, third)
    try:
        yield
    finally:
        gc.set_threshold(first, second, third)

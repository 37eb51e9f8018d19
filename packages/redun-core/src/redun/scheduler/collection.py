"""Cyclic garbage collection while a graph unfolds.

Floor: scheduler.
"""

from __future__ import annotations

import gc

__all__ = ["FewerCollections"]

YOUNG = 50_000
"""Objects between two young collections: a wave makes tens of thousands, nearly all of which live on."""


class FewerCollections:
    """A context that collects less often: going through a growing graph is a tenth of what a small job costs.

    No generator: `contextlib` sets attributes on errors that pass through it, which some errors do not take.
    """

    def __enter__(self) -> None:
        threshold = first, second, third = gc.get_threshold()
        # Executions of several threads overlap: the one that changed it changes it back.
        self._restored = threshold if 0 < first < YOUNG else None
        if self._restored is not None:
            gc.set_threshold(YOUNG, second, third)

    def __exit__(self, *error: object) -> None:
        if self._restored is not None:
            gc.set_threshold(*self._restored)

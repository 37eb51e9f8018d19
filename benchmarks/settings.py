"""What every workload is told, and the scratch folders it works in."""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contestants import WORK, Contestant

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """How thoroughly to measure.

    Attributes
    ----------
    quick : bool
        Small sizes, one repetition: shows that everything works, not how fast it is.
    repeats : int
        How often each thing is measured; the median counts.
    contestants : tuple of Contestant
        Those asked for.
    """

    quick: bool
    repeats: int
    contestants: tuple[Contestant, ...]

    def scaled(self, size: int) -> int:
        """Return a size, or a smaller one when in a hurry."""
        return min(max(size // 5, 2), 20_000) if self.quick else size

    def scratch(self, name: str) -> Path:
        """Return an empty folder."""
        folder = WORK / "scratch" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def say(self, text: str) -> None:
        """Tell how far we are."""
        print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)

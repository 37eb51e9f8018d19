"""A process that runs workflows on a record until it is told to stop: what was run before, and new work."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from retention_work import folder_of, run_everything


def main(database: Path, seed: int, stop: Path) -> None:
    chance = random.Random(seed)
    folder_of(database)
    runs = 0
    # A line for each run.
    while not stop.exists():
        numbers = [chance.randrange(12) for _ in range(3)] + [100 * seed + runs]
        run_everything(database, list(dict.fromkeys(numbers)))
        runs += 1
        print(runs, flush=True)
        time.sleep(chance.random() / 10)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))

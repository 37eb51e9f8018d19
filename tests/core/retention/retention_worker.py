"""A process that runs workflows on a record whenever it is told to: what was run before, and new work."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from retention_work import folder_of, run_everything


def main(database: Path, seed: int) -> None:
    chance = random.Random(seed)
    folder_of(database)
    # A line asks for a run, and a line says that it is done.
    for runs, _ in enumerate(sys.stdin):
        # So that each begins at another moment of the collection that goes on meanwhile.
        time.sleep(chance.random() / 10)
        numbers = [chance.randrange(12) for _ in range(3)] + [100 * seed + runs]
        run_everything(database, list(dict.fromkeys(numbers)))
        print(runs, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

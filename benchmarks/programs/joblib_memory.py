"""Fan-out with joblib.Memory: `python joblib_memory.py fan-out SIZE FOLDER`."""

from __future__ import annotations

import json
import sys

from joblib import Memory


def inc(x: int) -> int:
    return x + 1


if __name__ == "__main__":
    size, folder = int(sys.argv[2]), sys.argv[3]
    remembered = Memory(folder, verbose=0).cache(inc)
    print(json.dumps({"result": sum(remembered(i) for i in range(size))}))

"""Fan-out with dask.delayed, which keeps no record: `python dask_delayed.py fan-out SIZE FOLDER`."""

from __future__ import annotations

import json
import sys

import dask


@dask.delayed
def inc(x: int) -> int:
    return x + 1


if __name__ == "__main__":
    (results,) = dask.compute([inc(i) for i in range(int(sys.argv[2]))], scheduler="threads")
    print(json.dumps({"result": sum(results)}))

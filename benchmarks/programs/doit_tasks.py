"""Fan-out with doit, results in its own database: `python doit_tasks.py fan-out SIZE FOLDER`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

from doit.cmd_base import ModuleTaskLoader
from doit.dependency import DbmDB, Dependency
from doit.doit_cmd import DoitMain
from doit.tools import config_changed


def inc(x: int) -> dict[str, int]:
    return {"result": x + 1}


def task_inc() -> Iterator[dict[str, Any]]:
    for i in range(size):
        yield {"name": str(i), "actions": [(inc, [i])], "uptodate": [config_changed(str(i))]}


if __name__ == "__main__":
    size = int(sys.argv[2])
    os.chdir(sys.argv[3])
    quiet = {"verbosity": 0, "reporter": "zero"}
    loader = ModuleTaskLoader({"task_inc": task_inc, "DOIT_CONFIG": quiet})
    if DoitMain(loader).run([]):
        raise SystemExit("doit failed")
    stored = Dependency(DbmDB, ".doit.db")
    print(json.dumps({"result": sum(stored.get_value(f"inc:{i}", "result") for i in range(size))}))

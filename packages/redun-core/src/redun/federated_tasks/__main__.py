"""The process that `launch_federated_task` starts: run one entry point.

Floor: composition. Usage: `python -m redun.federated_tasks CONFIG_DIR ENTRYPOINT EXECUTION_ID INPUT cache|no-cache`,
with INPUT a file of arguments or `-` for standard input.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from redun.config import load_config
from redun.federated_tasks.form import federated_task
from redun.federated_tasks.inputs import read_input, unpack
from redun.session import make_scheduler

__all__ = ["main"]


def main(arguments: Sequence[str]) -> None:
    """Run an entry point to its end."""
    config_dir, entrypoint, execution_id, path, cache = arguments
    args, kwargs = unpack(sys.stdin.buffer.read()) if path == "-" else read_input(path)
    with make_scheduler(load_config(config_dir)) as scheduler:
        call = federated_task(entrypoint, *args, **kwargs)
        scheduler.run(call, execution_id=execution_id, cache=cache == "cache")


if __name__ == "__main__":
    main(sys.argv[1:])

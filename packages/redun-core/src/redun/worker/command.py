"""What a worker is asked to do.

Floor: composition.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from redun.executors.perform import Performer

__all__ = ["Order", "main"]

INDICES = ("AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX", "BATCH_TASK_INDEX")
"""Where AWS Batch, Kubernetes and Google Batch tell a process its index."""
SILENT = "REDUN_WITHOUT_RESULT"


@attrs.frozen
class Order:
    """Which calls to run.

    Attributes
    ----------
    url : str
        The folder of a parcel, or of an array of them.
    array : bool
        Which of the two.
    first : int
        Index of the first call of an array.
    count : int or None
        How many calls; None for all that follow.
    parent : int or None
        The process whose end is the worker's end.
    silent : bool
        Write no result: several machines work on the call, and another one does.
    """

    url: str
    array: bool = False
    first: int = 0
    count: int | None = None
    parent: int | None = None
    silent: bool = False


def main(arguments: Sequence[str], performer: Performer | None = None) -> int:
    """Run calls and return the exit code: 0 if how they ended could be written, whatever it was.

    Parameters
    ----------
    arguments : sequence of str
        `URL`; or `--array URL`, with `--index N` (by default one of the environment variables of `INDICES`) or
        `--first N --count M`. `--parent PID`: end when that process ends. With the environment variable
        REDUN_WITHOUT_RESULT, nothing is written.
    performer : callable
        Runs one call, for those who need something around it; `redun.executors.perform.perform` by default.
    """
    parser = ArgumentParser(
        prog="python -m redun.worker", description="Run calls that a scheduler left at a URL."
    )
    parser.add_argument("url", nargs="?", help="the folder of a call")
    parser.add_argument("--array", metavar="URL", help="the folder of many calls")
    parser.add_argument(
        "--index", type=int, metavar="N", help=f"run this one of them; default: ${INDICES[0]}"
    )
    parser.add_argument("--first", type=int, metavar="N", help="run those from this one on")
    parser.add_argument("--count", type=int, metavar="M", help="and as many")
    parser.add_argument("--parent", type=int, metavar="PID", help="end when this process ends")
    given = parser.parse_args(arguments)
    if (given.url is None) == (given.array is None):
        parser.error("give the URL of a call, or --array and the URL of many")
    if given.array is None and (given.index, given.first, given.count) != (None, None, None):
        parser.error("--index, --first and --count choose from an --array")
    if given.index is not None and (given.first, given.count) != (None, None):
        parser.error("give --index, or --first and --count")
    if min(given.index or 0, given.first or 0, given.count or 0) < 0:
        parser.error("an index or a count is not negative")
    index = given.index
    told = next((name for name in INDICES if os.environ.get(name)), None)
    if given.array is not None and (given.index, given.first) == (None, None) and told is not None:
        try:
            index = int(os.environ[told])
        except ValueError:
            parser.error(f"${told} is {os.environ[told]!r}, which is no number")
    from redun.worker.supervisor import Supervisor

    if index is not None:
        order = Order(given.array, True, index, 1, given.parent)
    elif given.array is not None:
        order = Order(given.array, True, given.first or 0, given.count, given.parent)
    else:
        order = Order(given.url, False, 0, 1, given.parent)
    # Not for workers that a body may start.
    if os.environ.pop(SILENT, ""):
        order = attrs.evolve(order, silent=True)
    code = Supervisor(order, performer).run()
    sys.stdout.flush()
    return code

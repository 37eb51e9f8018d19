"""`--pdb`: looking at what failed where it failed.

Floor: command line.
"""

from __future__ import annotations

import sys
from types import TracebackType

from redun_cli.run.traces import is_machinery

__all__ = ["post_mortem"]


def post_mortem(error: BaseException) -> None:
    """Open the debugger at the frame that raised; the frames above are those of the user's code alone."""
    import pdb

    traceback = _users(error.__traceback__)
    if traceback is None:
        # For instance a script that failed, or the body of a task in another process.
        sys.stderr.write("[redun] There is no frame of this process to debug.\n")
        return
    pdb.post_mortem(traceback)


def _users(traceback: TracebackType | None) -> TracebackType | None:
    """Return the part of a traceback that begins where the user's code does."""
    while traceback is not None and is_machinery(traceback.tb_frame.f_code.co_filename):
        traceback = traceback.tb_next
    return traceback

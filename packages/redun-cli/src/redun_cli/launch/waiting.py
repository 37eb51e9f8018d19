"""`redun launch --wait`: an execution whose only job is the command.

Floor: command line.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from redun.errors import ScriptError

from redun_cli.run.execution import execute
from redun_cli.run.mode import Mode

if TYPE_CHECKING:
    from redun_cli.invocation import Invocation

__all__ = ["run"]


def run(invocation: Invocation, executor: str, options: Mapping[str, Any], script: str) -> int:
    """Run a script, print what it writes to stdout, and return its exit code.

    Raises
    ------
    RedunError
        There is no such executor, or the engine cannot work.
    """
    from redun.scripting import script_task

    mode = Mode(options={"cache": False, **options, "executor": executor})
    # A command is run because somebody wants it to be run.
    return execute(invocation, script_task, (script,), {}, mode, show=_write, code_of=_exit_code)


def _write(stdout: bytes, redact: Callable[[str], str]) -> None:
    text = redact(stdout.decode("utf-8", "surrogateescape"))
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def _exit_code(error: Exception) -> int:
    code = error.returncode if isinstance(error, ScriptError) else None
    if code is None:
        return 1
    return 128 - code if code < 0 else code

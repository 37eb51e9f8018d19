"""One readable account of why an execution failed.

Floor: command line.
"""

from __future__ import annotations

import linecache
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import redun.errors
from redun.errors import ScriptError

if TYPE_CHECKING:
    from redun.scheduler.failure import Failure, Frame

__all__ = ["failure_text"]

_OWN = os.path.dirname(redun.errors.__file__) + os.sep
"""Where tasks of redun itself are defined, which is nobody else's concern."""


_FAILED_SHOWN = 20


def failure_text(failure: Failure, hints: Iterable[str] = ()) -> str:
    """Render a failure: the calls from the root to the failing one, the user's frames, the error, and hints.

    Parameters
    ----------
    failure : Failure
    hints : iterable of str
        What to do about it, from plugins.
    """
    parts = ["*** Execution failed. Traceback (most recent task last):"]
    parts += [_frame_text(frame) for frame in failure.frames]
    if failure.traceback.strip():
        parts.append(failure.traceback.strip("\n"))
    parts.append(f"{failure.error_type}: {failure.message}" if failure.message else failure.error_type)
    if failure.stderr:
        # The message of a script that failed holds them already.
        if not isinstance(failure.error, ScriptError):
            parts.append("Last lines of its stderr:")
            parts += [f"  {line}" for line in failure.stderr.split("\n")]
        parts.append(f"All of it: redun log {failure.frames[-1].job_id} --output")
    parts += [f"Hint: {hint}" for hint in hints]
    parts += _toll_lines(failure)
    return "\n".join(parts)


def _toll_lines(failure: Failure) -> list[str]:
    """Say what else failed, and what was not run since an argument failed."""
    lines: list[str] = []
    if failure.failed_count > 1:
        lines.append(f"{failure.failed_count} jobs failed:")
        lines += [f"  {line}" for line in failure.failed[:_FAILED_SHOWN]]
        hidden = failure.failed_count - len(failure.failed[:_FAILED_SHOWN])
        lines += [f"  … and {hidden} more"] if hidden else []
    if failure.not_run:
        tasks = ", ".join([f"{count} × {task}" for task, count in sorted(failure.not_run.items())])
        lines.append(f"Not run because of failed arguments: {tasks}")
    return lines


def _frame_text(frame: Frame) -> str:
    lines = [f"  Job {frame.job_id}: in {frame.task_name}"]
    if not frame.file.startswith(_OWN):
        number, source = _definition(frame.file, frame.line)
        lines = [f'  Job {frame.job_id}: File "{frame.file}", line {number}, in {frame.task_name}']
        if source:
            lines.append(f"    {source}")
    width = max((len(name) for name, _ in frame.arguments), default=0)
    lines += [f"    {name:<{width}} = {preview}" for name, preview in frame.arguments]
    return "\n".join(lines)


def _definition(file: str, line: int) -> tuple[int, str]:
    """Return line number and text of the `def` that begins, decorators first, at a line."""
    for number, text in enumerate(linecache.getlines(file)[line - 1 :], start=line):
        if text.lstrip().startswith(("def ", "async def ")):
            return number, text.strip()
    return line, linecache.getline(file, line).strip()

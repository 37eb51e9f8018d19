"""Scripts as steps of a workflow.

Floor: library, beside `functools`.
"""

from __future__ import annotations

from redun.errors import ScriptError
from redun.executors.script import exec_script
from redun.executors.script_text import (
    DEFAULT_SHELL,
    get_command_eof,
    get_task_command,
    get_wrapped_command,
    prepare_command,
)
from redun.scripting.quoting import ShellText, raw, sh
from redun.scripting.tasks import postprocess_script, script, script_task

__all__ = [
    "DEFAULT_SHELL",
    "ScriptError",
    "ShellText",
    "exec_script",
    "get_command_eof",
    "get_task_command",
    "get_wrapped_command",
    "postprocess_script",
    "prepare_command",
    "raw",
    "script",
    "script_task",
    "sh",
]

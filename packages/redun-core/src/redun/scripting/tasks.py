"""`script`: a command as a step of a workflow, with files staged in and out.

Floor: library. One step is three jobs: `redun.script`, which is replayed as a whole; below it
`redun.script_task`, which runs the command, and `redun.postprocess_script`, which makes the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from redun.expression.base import Expression, Operation
from redun.file import File
from redun.scripting.outputs import STDOUT, described, given, made
from redun.scripting.quoting import command_text
from redun.task.decorator import task
from redun.value.nested import contains_lazy

__all__ = ["postprocess_script", "script", "script_task"]

_WHOLE_STEP = ("cache", "cache_scope", "nout")
"""Options of `script` that are about the step rather than the process."""


_Command = str | Sequence[Any]


@overload
def script(
    command: _Command,
    inputs: Any,
    outputs: Any,
    tempdir: bool = False,
    as_mount: bool = False,
    **task_options: Any,
) -> Any: ...
@overload
def script(
    command: _Command,
    inputs: Any = (),
    *,
    outputs: Any,
    tempdir: bool = False,
    as_mount: bool = False,
    **task_options: Any,
) -> Any: ...
@overload
def script(
    command: _Command, inputs: Any = (), *, tempdir: bool = False, as_mount: bool = False, **task_options: Any
) -> bytes: ...
def script(
    command: _Command,
    inputs: Any = (),
    outputs: Any = File(STDOUT),  # noqa: B008 (it stands for standard output and is never looked at)
    tempdir: bool = False,
    as_mount: bool = False,
    **task_options: Any,
) -> Any:
    """Run a command as a step of a workflow.

    The step runs again when its command, its inputs or what it made changes. Files that the command reads count only
    if they are inputs.

    Parameters
    ----------
    command : str or list
        Text of a script, which `sh` makes of values safely, or a list of words. Without a first line that names an
        interpreter (`#!`), bash runs it, and any command that fails, also inside of a pipe, fails the step. It may be
        lazy.
    inputs : nested value
        Files that the command reads where they are, and staged ones (`file.stage("name")`), which are copied first.
    outputs : nested value
        What the result is made of: staged files are copied to where they belong and stand for themselves there, files
        that the command writes where they belong (their folders are made) stand for themselves, `File("-")` for
        standard output as bytes, other values for themselves. By default standard output alone.
    tempdir : bool
        Run in a new folder, removed afterwards. Relative paths of inputs and outputs are brought in and taken out.
    as_mount : bool
        Reach remote files through mounted buckets.
    **task_options
        Options of the job that runs the command: `executor`, `memory`, `limits` … `cache`, `cache_scope` and `nout` are
        about the step as a whole.

    Returns
    -------
    object
        An expression of the outputs.

    Raises
    ------
    ScriptError
        When it is evaluated: the command ended with another exit code than 0, or an output that is to be copied is
        missing.

    Examples
    --------
    >>> from redun import Scheduler, sh
    >>> Scheduler().run(script(sh("printf '%s;' {}", ["it's", "$HOME"])))
    b"it's;$HOME;"
    """
    text: Any = command if isinstance(command, Expression) else _now_or_later(command_text, command)
    whole = {name: task_options.pop(name) for name in _WHOLE_STEP if name in task_options}
    step = _script.options(**whole) if whole else _script
    return step(
        text,
        inputs,
        _now_or_later(described, outputs),
        task_options,
        tempdir=tempdir,
        as_mount=as_mount,
    )


def _now_or_later(function: Any, value: Any) -> Any:
    return Operation("call", (function, value)) if contains_lazy(value) else function(value)


@task(
    name="script",
    namespace="redun",
    version="1",
    check_valid="shallow",
    config_args=["task_options", "as_mount"],
)
def _script(
    command: str,
    inputs: Any,
    outputs: Any,
    task_options: dict[str, Any],
    tempdir: bool = False,
    as_mount: bool = False,
) -> Any:
    from redun.scripting.staging import staged_command

    text = staged_command(command_text(command), inputs, given(outputs), tempdir=tempdir, as_mount=as_mount)
    # Equal steps share the job above. Steps with equal text and other inputs are other steps, and share nothing.
    run = script_task.options(**{"cache_scope": "NONE", **task_options})
    return postprocess_script(run(text), outputs)


@task(namespace="redun", version="1", script=True, cache_scope="CSE")
def script_task(command: str) -> str:
    """Run the text of a script; the result is its standard output.

    Examples
    --------
    >>> from redun import Scheduler
    >>> Scheduler().run(script_task("echo hello"))
    b'hello\\n'
    """
    return command


@task(namespace="redun", version="1")
def postprocess_script(result: Any, outputs: Any, temp_path: str | None = None) -> Any:
    """Return what a script made.

    Parameters
    ----------
    result : bytes
        Its standard output.
    outputs : nested value
        As for `script`.
    temp_path : str, optional
        A folder to remove, with all that is in it.
    """
    if temp_path is not None:
        import shutil

        shutil.rmtree(temp_path, ignore_errors=True)
    return made(outputs, result)

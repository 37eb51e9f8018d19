"""The text of scripts: what is run for what a task returned.

Floor: executors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from redun.errors import ExecutorError, ExpressionError, TaskError
from redun.expression.base import Expression

if TYPE_CHECKING:
    from redun.task.task import Task

__all__ = [
    "DEFAULT_SHELL",
    "dedented",
    "encoded",
    "first_line",
    "get_command_eof",
    "get_task_command",
    "get_wrapped_command",
    "interpreter",
    "prepare_command",
]

DEFAULT_SHELL = "#!/usr/bin/env bash\nset -exo pipefail"
"""How a script begins that names no interpreter: any command that fails, also inside of a pipe, fails it."""


def prepare_command(command: str, default_shell: str = DEFAULT_SHELL) -> str:
    """Return the script for a command: without its common indentation, and beginning with an interpreter.

    Examples
    --------
    >>> print(prepare_command("    sort reads.txt"))
    #!/usr/bin/env bash
    set -exo pipefail
    sort reads.txt
    """
    text = dedented(command).strip()
    return text if text.startswith("#!") else f"{default_shell.strip()}\n{text}"


def get_task_command(
    task: Task[..., Any], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
) -> str:
    """Return the script that a call of a script task stands for.

    Raises
    ------
    TaskError
        The body returned something else than text.

    Examples
    --------
    >>> from redun import task
    >>> @task(namespace="docs", script=True)
    ... def count(path: str) -> str:
    ...     return f"wc -l {path}"
    >>> print(get_task_command(count, ("a.txt",), {}))
    #!/usr/bin/env bash
    set -exo pipefail
    wc -l a.txt
    """
    command = task.func(*args, **(kwargs or {}))
    if isinstance(command, Expression):
        raise ExpressionError(
            f"The script task {task.fullname} returned the lazy value {command!r} instead of the text of a script. "
            "Give lazy values to it as arguments: they are evaluated before its body runs."
        )
    if not isinstance(command, str):
        raise TaskError(
            f"The script task {task.fullname} must return the text of a script, not {type(command).__name__}."
        )
    return prepare_command(command)


def get_command_eof(command: str, eof_prefix: str = "EOF") -> str:
    """Return a word that is not a line of a command, to end a here-document that holds it.

    Examples
    --------
    >>> get_command_eof("cat <<EOF\\nhello\\nEOF")
    'EOF1'
    """
    lines = set(command.split("\n"))
    word, number = eof_prefix, 0
    while word in lines:
        number += 1
        word = f"{eof_prefix}{number}"
    return word


def get_wrapped_command(command: str, eof_prefix: str = "EOF") -> str:
    """Return shell commands that run a script of any interpreter from within another script.

    Examples
    --------
    >>> from redun.scripting import exec_script
    >>> exec_script(get_wrapped_command("#!/usr/bin/env python3\\nprint(6 * 7)"))
    b'42\\n'
    """
    end = get_command_eof(command, eof_prefix)
    return "\n".join(
        (
            "(",
            'program="$(mktemp)"',
            """trap 'rm -f "$program"' EXIT""",
            f"cat > \"$program\" <<'{end}'",
            command,
            end,
            'chmod u+x "$program"',
            f'{_quoted(interpreter(command))} "$program"',
            ")",
        )
    )


def interpreter(script: str) -> list[str]:
    """Return the program that a script's first line names, and at most one argument: as the kernel reads it."""
    if not script.startswith("#!"):
        return ["/bin/sh"]
    return script.partition("\n")[0][2:].strip().split(None, 1) or ["/bin/sh"]


def encoded(script: str) -> bytes:
    """Return what is written into the file that a script is run from.

    Raises
    ------
    ExecutorError
        No shell can read it.
    """
    if "\0" in script:
        raise ExecutorError(
            f"The script {first_line(script)!r} holds a null character, which no shell can read."
        )
    try:
        # Names of files that are no text keep their bytes.
        return f"{script}\n".encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise ExecutorError(
            f"The script {first_line(script)!r} holds {script[error.start]!r}, which is no character."
        ) from None


def first_line(script: str) -> str:
    """Return the first line of a script that somebody wrote for this script in particular."""
    header = set(DEFAULT_SHELL.split("\n"))
    for line in script.split("\n"):
        text = line.strip()
        if text and text not in header and not text.startswith(("#!", "set -")):
            return text.removeprefix("# ")
    return ""


def dedented(text: str) -> str:
    """Return text without the indentation that its lines have in common.

    Unlike `textwrap.dedent` it changes nothing else: a line of blanks may be part of a quoted value.
    """
    lines = text.split("\n")
    full = [line for line in lines if line.strip()]
    if not full:
        return text
    low, high = min(full), max(full)
    margin = 0
    while margin < len(low) and low[margin] in " \t" and low[margin] == high[margin]:
        margin += 1
    return "\n".join([line[margin:] if line[:margin].isspace() else line for line in lines])


def _quoted(words: list[str]) -> str:
    from shlex import join

    return join(words)

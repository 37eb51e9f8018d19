"""Why a container ended that left no result: the error that says so, and the cause for the retry policy."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from redun.errors import ExecutorError, JobLostError, JobMemoryError, ScriptError

from redun_executor_docker.options import ContainerOptions

if TYPE_CHECKING:
    from redun.executors.base import Completion
    from redun.executors.output import Kept

    from redun_executor_docker.container import State

__all__ = ["failure_of", "latest", "note_memory", "ran_out"]

_LINES = 20
_KILLED = 128 + signal.SIGKILL


def failure_of(
    state: State,
    *,
    task: str,
    options: ContainerOptions,
    logs: Mapping[int, Kept],
    counts_memory: bool,
    was_killed: Callable[[], bool],
) -> tuple[ExecutorError, str]:
    """Return the error and the cause of a container that left no result.

    Parameters
    ----------
    state : State
    task : str
    options : ContainerOptions
    logs : mapping
        What it wrote.
    counts_memory : bool
        The engine would say if it had run out of memory.
    was_killed : callable
        Whether somebody ended it by way of the engine; asked only if that matters.
    """
    said = latest(logs)
    code = state.exit_code
    if state.out_of_memory:
        return _memory(task, options, said), "memory"
    if code == _KILLED and not counts_memory and not was_killed():
        # This engine does not say; and nobody else who would have is in sight.
        return _memory(task, options, said), "memory"
    if state.error:
        return ExecutorError(
            f"The container of task {task} failed: {state.error.rstrip('.')}.{said}"
        ), "error"
    if code > 128 and code - 128 in set(signal.Signals):
        name = signal.Signals(code - 128).name
        lost = JobLostError(
            f"The container of task {task} was ended by {name} before it left a result.{said}"
        )
        return lost, "lost"
    return ExecutorError(
        f"The container of task {task} ended with exit code {code} and left no result.{said}"
    ), "error"


def ran_out(state: State, completion: Completion, is_podman: bool) -> bool:
    """Tell whether memory ran out in a container whose job failed by an error of its own."""
    if state.out_of_memory or completion.cause == "memory":
        return True
    # Podman does not say. Within a container nobody else sends SIGKILL.
    error = completion.error
    return is_podman and isinstance(error, ScriptError) and error.returncode == _KILLED


def note_memory(error: BaseException, options: ContainerOptions) -> None:
    """Say of a task's own error that its container ran out of memory meanwhile."""
    error.add_note(f"The container ran out of memory meanwhile; its limit is {options.memory:g} GB.")


def latest(logs: Mapping[int, Kept]) -> str:
    """Return the last lines of what a container wrote, to go on from a sentence."""
    for stream in (2, 1):
        if stream in logs:
            lines = logs[stream].output(stream).text.rstrip().split("\n")[-_LINES:]
            if lines != [""]:
                return "\nLatest logs:\n" + "\n".join(f"  {line}" for line in lines)
    return " It wrote nothing."


def _memory(task: str, options: ContainerOptions, said: str) -> JobMemoryError:
    return JobMemoryError(
        f"Task {task} ran out of memory: its container may use {options.memory:g} GB. Give it more: "
        f"@task(memory={2 * options.memory:g}), or the option memory of its executor.{said}"
    )

"""The exceptions of redun: ground floor, imported by everything, imports nothing.

Every message says what happened, where, and what to do.

::

    RedunError
    ├── ConfigError                  a setting is missing, unknown or ill-formed
    ├── PluginError                  a plugin failed, conflicts or is missing
    │   ├── PluginConflictError      two plugins claim one name
    │   └── UnknownProviderError     nobody supplies the executor, filesystem … asked for
    ├── TaskError
    │   ├── TaskDefinitionError      a task is declared wrongly (also a ValueError)
    │   ├── UnknownTaskError         no such task in this process
    │   └── ArgumentError            a call does not fit the task's signature (also a TypeError)
    ├── ScriptError                  a script ended with an error
    ├── ExpressionError              a lazy value was used as a concrete one (also a TypeError)
    ├── ValueFailure
    │   ├── UnhashableValueError     a value has no content hash
    │   ├── UnserializableValueError a value cannot be stored
    │   └── UnreadableValueError     a stored value cannot be read back
    │       └── UntrustedValueError  it is not signed by a key that is accepted
    ├── FileSystemError              a file operation failed (also an OSError)
    ├── RecorderError
    │   ├── DatabaseVersionError     written by a newer or older redun
    │   ├── DatabaseCorruptError     not a database, or damaged
    │   ├── DatabaseUnwritableError  read-only or no permission
    │   ├── DatabaseFullError        no space left
    │   ├── DatabaseLockedError      another process holds it too long
    │   ├── RecordNotFoundError      no record has this id
    │   └── AmbiguousIdError         several records have this id prefix
    ├── ExecutorError                an executor could not run a job
    │   ├── JobTimeoutError          (also a TimeoutError)
    │   ├── JobMemoryError           (also a MemoryError)
    │   ├── JobLostError
    │   └── JobCancelledError
    └── SchedulerError               an evaluation cannot go on
        ├── NoCurrentScheduler       asked for outside a running job
        ├── DryRunResult             a dry run met a call that would run
        └── ExecutionInterrupted     stopped by a signal
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = [
    "AmbiguousIdError",
    "ArgumentError",
    "ConfigError",
    "DatabaseCorruptError",
    "DatabaseFullError",
    "DatabaseLockedError",
    "DatabaseUnwritableError",
    "DatabaseVersionError",
    "DryRunResult",
    "ExecutionInterrupted",
    "ExecutorError",
    "ExpressionError",
    "FileSystemError",
    "JobCancelledError",
    "JobLostError",
    "JobMemoryError",
    "JobTimeoutError",
    "NoCurrentScheduler",
    "PluginConflictError",
    "PluginError",
    "RecordNotFoundError",
    "RecorderError",
    "RedunError",
    "SchedulerError",
    "ScriptError",
    "TaskDefinitionError",
    "TaskError",
    "UnhashableValueError",
    "UnknownProviderError",
    "UnknownTaskError",
    "UnreadableValueError",
    "UnserializableValueError",
    "UntrustedValueError",
    "ValueFailure",
]


class RedunError(Exception):
    """Base of every error that redun raises on purpose."""


class ConfigError(RedunError):
    """A setting is missing, unknown or ill-formed."""


class PluginError(RedunError):
    """A plugin failed, conflicts with another or is missing."""


class PluginConflictError(PluginError):
    """Two plugins claim one name; neither is used."""


class UnknownProviderError(PluginError):
    """Nobody supplies the executor, recorder, filesystem or value type asked for."""


class TaskError(RedunError):
    """A task is declared or called wrongly."""


class TaskDefinitionError(TaskError, ValueError):
    """A task is declared wrongly."""


class UnknownTaskError(TaskError):
    """No task of this name is defined in this process."""


class ArgumentError(TaskError, TypeError):
    """The arguments of a call do not fit the task's signature."""


class ScriptError(RedunError):
    """A script ended with an error.

    Parameters
    ----------
    stderr : bytes
        What it wrote to standard error; of very much of it the end.
    returncode : int, optional
        Its exit code; minus a signal's number when that ended it.
    command : str
        Its first line.

    Attributes
    ----------
    message : str
        Standard error as text.
    returncode, command
        As given.
    """

    _LINES = 10

    def __init__(self, stderr: bytes = b"", *, returncode: int | None = None, command: str = "") -> None:
        super().__init__(stderr)
        self.message = stderr.decode("utf-8", "replace")
        self.returncode = returncode
        self.command = command

    def __str__(self) -> str:
        lines = [
            f"The script {self._ending()}: {self.command}"
            if self.command
            else f"The script {self._ending()}."
        ]
        written = self.message.rstrip().split("\n")[-self._LINES :]
        if written == [""]:
            return f"{lines[0]} (It wrote nothing to stderr.)"
        lines.append("The end of its stderr:" if len(written) == self._LINES else "Its stderr:")
        return "\n".join(lines + [f"  {line}" for line in written])

    def _ending(self) -> str:
        code = self.returncode
        if code is None:
            return "failed"
        from signal import Signals

        # A shell reports a command that a signal ended by an exit code of 128 and its number.
        number = -code if code < 0 else code - 128
        name = Signals(number).name if number in set(Signals) else f"signal {number}"
        if code < 0:
            return f"was ended by {name}"
        return f"ended with exit code {code}" + (f" ({name})" if number in set(Signals) else "")


class ExpressionError(RedunError, TypeError):
    """A lazy value was used where Python needs a concrete one."""


class ValueFailure(RedunError):
    """A value cannot be hashed, stored or read."""


class UnhashableValueError(ValueFailure):
    """A value has no content hash."""


class UnserializableValueError(ValueFailure):
    """A value cannot be stored."""


class UnreadableValueError(ValueFailure):
    """A stored value cannot be read back: its class is gone or its bytes are damaged."""


class UntrustedValueError(UnreadableValueError):
    """A stored value is not read, because it is not signed by a key that is accepted."""


class FileSystemError(RedunError, OSError):
    """A file operation failed; the message names the path."""


class RecorderError(RedunError):
    """The record of executions cannot be read or written."""


class DatabaseVersionError(RecorderError):
    """The database was written by another version of the schema."""


class DatabaseCorruptError(RecorderError):
    """The file is no database, or is damaged."""


class DatabaseUnwritableError(RecorderError):
    """The database cannot be written: read-only file, folder or missing permission."""


class DatabaseFullError(RecorderError):
    """No space is left where the database lies."""


class DatabaseLockedError(RecorderError):
    """Another process held the database longer than we waited."""


class RecordNotFoundError(RecorderError):
    """No record has this id."""


class AmbiguousIdError(RecorderError):
    """Several records have this id prefix."""


class ExecutorError(RedunError):
    """An executor could not run a job."""


class JobTimeoutError(ExecutorError, TimeoutError):
    """A job ran longer than it may."""


class JobMemoryError(ExecutorError, MemoryError):
    """A job needed more memory than it may have."""


class JobLostError(ExecutorError):
    """The process that ran a job went away."""


class JobCancelledError(ExecutorError):
    """A job was cancelled before it finished."""


class SchedulerError(RedunError):
    """An evaluation cannot go on."""


class NoCurrentScheduler(SchedulerError):
    """The current scheduler was asked for outside a running job."""


class DryRunResult(SchedulerError):
    """A dry run met a call that would run.

    Attributes
    ----------
    would_run : sequence
        The jobs (`redun.scheduler.events.JobView`) that would run.
    """

    def __init__(self, message: str, would_run: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.would_run = would_run


class ExecutionInterrupted(SchedulerError):
    """The execution was stopped by a signal.

    Attributes
    ----------
    signum : int
        The signal's number.
    """

    def __init__(self, message: str, signum: int = 0) -> None:
        super().__init__(message)
        self.signum = signum

"""Arguments that come from elsewhere than the command line: of a recorded job, or from a file.

Floor: command line.
"""

from __future__ import annotations

import pickle
from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import attrs
from redun.errors import ArgumentError, UnreadableValueError

if TYPE_CHECKING:
    from inspect import Signature

    from redun.session import RecordedCall
    from redun.task import Task

__all__ = ["NO_ARGUMENTS", "FileArguments", "Given", "JobArguments"]


class Given(Protocol):
    """Arguments by parameter; those of ``*args`` are a sequence, those of ``**kwargs`` a dict."""

    def names(self, task: Task[..., Any]) -> set[str]:
        """Return the parameters that have one."""

    def values(self, task: Task[..., Any], without: Container[str]) -> dict[str, Any]:
        """Return the arguments of all parameters but some."""


@attrs.frozen
class JobArguments:
    """Those of a recorded job."""

    call: RecordedCall

    def names(self, task: Task[..., Any]) -> set[str]:
        """Return the parameters that have one."""
        return set(self.call.parameters(task.signature))

    def values(self, task: Task[..., Any], without: Container[str]) -> dict[str, Any]:
        """Read all but some; what is replaced need not be readable."""
        return self.call.arguments(task.signature, without)


@attrs.frozen
class FileArguments:
    """Those of a pickle of `(args, kwargs)`; none without a file."""

    path: Path | None
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = attrs.field(factory=dict)

    @classmethod
    def read(cls, path: Path) -> FileArguments:
        """Read a file, which may name classes of a workflow that is loaded.

        Raises
        ------
        UnreadableValueError
            It cannot be read, or holds something else.
        """
        try:
            found = pickle.loads(path.read_bytes())
        except OSError as error:
            raise UnreadableValueError(f"{path} cannot be read: {error.strerror or error}") from None
        except Exception as error:
            raise UnreadableValueError(
                f"{path} is no pickle of (args, kwargs): {type(error).__name__}: {error}"
            ) from error
        match found:
            case [tuple() | list() as args, dict() as kwargs] if all(isinstance(key, str) for key in kwargs):
                return cls(path, tuple(args), kwargs)
        raise UnreadableValueError(f"{path} holds no pair (args, kwargs), but {type(found).__name__}")

    def names(self, task: Task[..., Any]) -> set[str]:
        """Return the parameters that have one."""
        return set(self._bound(task.signature))

    def values(self, task: Task[..., Any], without: Container[str]) -> dict[str, Any]:
        """Return all but some."""
        return {name: value for name, value in self._bound(task.signature).items() if name not in without}

    def _bound(self, signature: Signature) -> dict[str, Any]:
        try:
            return dict(signature.bind_partial(*self.args, **self.kwargs).arguments)
        except TypeError as error:
            raise ArgumentError(
                f"{self.path} does not fit the task, which takes {signature}: {error}"
            ) from None


NO_ARGUMENTS = FileArguments(None)

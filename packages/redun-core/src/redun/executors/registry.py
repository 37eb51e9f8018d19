"""Kinds of executors that a workflow registers in its own process, beside those of plugins.

Floor: executors. `type = NAME` in a section `[executors.…]` asks here first.
"""

from __future__ import annotations

from collections.abc import Callable
from pkgutil import resolve_name
from typing import Any, TypeVar

from redun.errors import ConfigError

__all__ = ["import_executor_class", "register_executor", "registered_executor"]

C = TypeVar("C", bound=type)

_classes: dict[str, str | type] = {}


def register_executor(executor_name: str, executor_class_name: str | None = None) -> Callable[[C], C]:
    """Let `type = NAME` in the configuration mean a class; a class decorator, or a call with the class's full name.

    An executor that others are to use belongs into a plugin, where it is found without being imported by the workflow.

    Parameters
    ----------
    executor_name : str
        The kind, as the configuration says it.
    executor_class_name : str, optional
        `package.module.Class`, imported when the executor is first needed. Without it, decorate the class.

    Examples
    --------
    >>> from redun import Scheduler, register_executor, task
    >>> from redun.executors.local import LocalExecutor
    >>> @register_executor("counting")
    ... class CountingExecutor(LocalExecutor):
    ...     count = 0
    ...
    ...     def submit(self, works):
    ...         self.count += len(works)
    ...         super().submit(works)
    >>> @task(version="1", executor="ours")
    ... def double(x):
    ...     return 2 * x
    >>> with Scheduler({"executors.ours": {"type": "counting"}}) as scheduler:
    ...     scheduler.run([double(1), double(2)])
    ...     scheduler.executors["ours"].count
    [2, 4]
    2
    """
    if executor_class_name is not None:
        _classes[executor_name] = executor_class_name

    def decorate(cls: C) -> C:
        _classes[executor_name] = cls
        return cls

    return decorate


def registered_executor(kind: str, section: str) -> Any:
    """Return the class that was registered for a kind, None if none was; `section` is named in messages."""
    found = _classes.get(kind)
    return import_executor_class(found, section) if isinstance(found, str) else found


def import_executor_class(name: str, section: str) -> Any:
    """Import the class of a full name.

    Raises
    ------
    ConfigError
        There is none; the message names the section that asked for it.
    """
    try:
        return resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"[{section}] The executor class {name} cannot be imported: {error}.") from error

"""The executors that a session has started.

Floor: executors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from redun.errors import ConfigError
from redun.executors.alias import AliasExecutor
from redun.executors.base import Executor, Inbox

if TYPE_CHECKING:
    from redun.executors.equipment import Equipment

__all__ = ["StartedExecutors"]


class StartedExecutors:
    """Makes executors when they are first needed and ends them together.

    Parameters
    ----------
    make : callable
        From a name to an executor, or to an alias.
    equipment : callable
        Returns what executors that ask for it are told of the project.

    Attributes
    ----------
    inbox : Inbox
        Where all of them deliver.
    """

    def __init__(
        self, make: Callable[[str], Executor | AliasExecutor], equipment: Callable[[], Equipment]
    ) -> None:
        self._make = make
        self._equipment = equipment
        self._started: dict[str, Executor] = {}
        self.inbox = Inbox()

    def get(self, name: str) -> Executor:
        """Return an executor, started; for an alias the one that it stands for.

        Raises
        ------
        ConfigError
            Aliases stand for each other.
        """
        executor = self._started.get(name)
        passed = [name]
        while executor is None:
            made = self._make(name)
            if isinstance(made, AliasExecutor):
                name = made.target
                if name in passed:
                    chain = " -> ".join([*passed, name])
                    raise ConfigError(
                        f"[executors.{name}] target: these aliases stand for each other: {chain}."
                    )
                passed.append(name)
                executor = self._started.get(name)
            else:
                if hasattr(made, "equip"):
                    made.equip(self._equipment())
                made.start(self.inbox)
                executor = self._started[name] = made
        return executor

    def end(self, name: str) -> None:
        """End one, if it was started, after what it runs has come back."""
        executor = self._started.pop(name, None)
        if executor is not None:
            executor.stop(wait=True)

    def cancel(self) -> None:
        """Drop what none of them has begun."""
        for executor in self._started.values():
            executor.cancel()

    def stop(self) -> None:
        """End all, after what they run has come back."""
        started, self._started = self._started, {}
        for executor in started.values():
            executor.stop(wait=True)

    def abandon(self) -> None:
        """End all without waiting; what they still run must not deliver into a later execution."""
        started, self._started = self._started, {}
        self.inbox = Inbox()
        for executor in started.values():
            executor.stop(wait=False)

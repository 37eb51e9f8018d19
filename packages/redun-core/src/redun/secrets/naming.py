"""Which parameters of which tasks are secret: by their annotations, and by the configuration.

Floor: secrets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from redun.secrets.annotations import Secrecy, parameter_of, secrecy_of

if TYPE_CHECKING:
    from redun.secrets.settings import SecretSettings
    from redun.task.task import Task

__all__ = ["SecretNames"]


class SecretNames:
    """Answers for tasks; what was found of one is remembered.

    Parameters
    ----------
    settings : SecretSettings
    """

    def __init__(self, settings: SecretSettings) -> None:
        self._settings = settings
        self._known: dict[str, Secrecy] = {}

    def of(self, task: Task[..., Any]) -> Secrecy:
        """Return which parameters of a task are secret, and whether its result is."""
        known = self._known.get(task.fullname)
        # Another task may have taken the name.
        if known is None or "_secrecy" not in task.__dict__:
            known = secrecy_of(task)
            if self._settings.parameters and task.namespace != "redun":
                names = task.signature.parameters
                known |= {name for name in names if self._settings.names_parameter(task.fullname, name)}
            self._known[task.fullname] = known
        return known

    def positions(self, task: Task[..., Any], names: Sequence[str]) -> list[int]:
        """Return which of the arguments of a bound call, by their names, are secrets."""
        secrecy = self.of(task)
        if not secrecy and not self._settings.parameters:
            return []
        return [
            position
            for position, name in enumerate(names)
            if name in secrecy
            or parameter_of(task, name) in secrecy
            or (name not in task.signature.parameters and self._is_named(task, name))
        ]

    def _is_named(self, task: Task[..., Any], name: str) -> bool:
        """Tell whether a keyword argument that no parameter is called after is named in the configuration."""
        return self._settings.names_parameter(task.fullname, name.lstrip("*").partition("[")[0])

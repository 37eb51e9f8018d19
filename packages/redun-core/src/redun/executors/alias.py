"""The alias: a second name for an executor.

Floor: executors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redun.errors import ConfigError

__all__ = ["AliasExecutor"]


class AliasExecutor:
    """Stands for another executor of the configuration, with all that this can do and has to share out.

    Tasks that name it need not change when another executor is to run them.

    Parameters
    ----------
    name : str
        The name that tasks say.
    options : mapping
        `target`: the name of the executor that it stands for, which may be an alias itself.

    Raises
    ------
    ConfigError
        There is no `target`.

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> @task(version="1", executor="batch")
    ... def double(x):
    ...     return 2 * x
    >>> on_this_machine = {"executors.batch": {"type": "alias", "target": "default"}}
    >>> Scheduler(on_this_machine).run(double(21))
    42
    """

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self.name = name
        if not options.get("target"):
            raise ConfigError(
                f"[executors.{name}] target is missing: the executor that the alias stands for."
            )
        self.target = str(options["target"])

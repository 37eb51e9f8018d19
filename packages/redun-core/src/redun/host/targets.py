"""Import what a plugin supplies, when it is first used.

Floor: host.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from redun.errors import PluginError
from redun.host.failure import describe
from redun.host.origin import Origin

__all__ = ["import_target"]


def import_target(target: str, what: str, origin: Origin) -> Any:
    """Return the object that `module:attribute` names.

    Raises
    ------
    PluginError
        The module cannot be imported or has no such attribute; the message quotes why, and names `what` was
        asked for and who supplies it.
    """
    module_name, _, path = target.partition(":")
    try:
        found: Any = import_module(module_name)
        for attribute in path.split("."):
            found = getattr(found, attribute)
    except (Exception, SystemExit) as error:
        problem = f"the {what} of {origin} cannot be imported from {target}: {describe(error)}"
        raise PluginError(problem) from error
    return found

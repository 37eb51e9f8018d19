"""Refuse plugins that do not fit this host, with a message for their users and authors.

Floor: host.
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from redun.errors import PluginError
from redun.plugin import API_VERSION

if TYPE_CHECKING:
    import pluggy

__all__ = ["check_api_version", "check_hooks"]


def check_api_version(plugin: object, distribution: str, requirement: str | None) -> None:
    """Refuse a plugin built for a newer interface than ours; one that states none was built for the first.

    Raises
    ------
    PluginError
        It is newer, or `REDUN_API` is no whole number.
    """
    wanted: Any = getattr(plugin, "REDUN_API", 1)
    if not isinstance(wanted, int) or wanted < 1:
        raise PluginError(f"REDUN_API is {wanted!r}; it must be a whole number such as {API_VERSION}")
    if wanted > API_VERSION:
        states = f" and requires {requirement}" if requirement else ""
        raise PluginError(
            f"it is built for plugin interface {wanted}{states}; this redun-core offers {API_VERSION}. "
            f"Upgrade redun-core, or install an older {distribution}"
        )


def check_hooks(plugin: object, manager: pluggy.PluginManager, known: Collection[str]) -> None:
    """Refuse a plugin that implements a hook which does not exist, wraps one, or forgot to mark one.

    Raises
    ------
    PluginError
        The message suggests what was meant.
    """
    for name in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, name)
        if options is None:
            if name in known and isinstance(
                getattr(plugin, name, None), types.FunctionType | types.MethodType
            ):
                raise PluginError(f"{name} is not marked; put @hookimpl above it")
            continue
        hook = options.get("specname") or name
        if hook not in known and not options.get("optionalhook"):
            near = difflib.get_close_matches(hook, known, n=1, cutoff=0.5)
            suggestion = f"; did you mean {near[0]}?" if near else ""
            raise PluginError(f"there is no hook {hook}{suggestion}")
        if options.get("wrapper") or options.get("hookwrapper"):
            raise PluginError(f"{name} is a wrapper; hooks of redun cannot be wrapped")

"""What decides the meaning of values and keys in this process, so that another one can be compared with it.

Floor: host. Executors, recorders, observers and commands do not count: a worker needs none of them.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redun.host.host import Host
    from redun.host.origin import Origin

__all__ = ["PLUGINS_TAG", "deciding_plugins", "describe_host"]

PLUGINS_TAG = "redun.plugins"
"""Tag of an execution: from the name of each deciding plugin to its distribution and version."""

_HASHERS = ("redun_value_hasher", "redun_task_hasher")


def describe_host(host: Host) -> dict[str, Any]:
    """Return the manifest of a host, as JSON can express it.

    Returns
    -------
    dict
        `python`: major and minor version. `redun`: the version of redun-core. `plugins`: from the name of each plugin
        that treats types of values or hashes values or tasks, to its distribution and version. `filesystems`: the same
        for each scheme that a plugin serves.

    Examples
    --------
    >>> from redun.host.host import Host
    >>> sorted(describe_host(Host()))
    ['filesystems', 'plugins', 'python', 'redun']
    """
    from redun import __version__

    plugins: dict[str, list[str]] = {}
    schemes: dict[str, list[str]] = {}
    for origin in host.plugins():
        if origin.builtin:
            continue
        supplied = host.supplied_by(origin)
        version = [origin.distribution, origin.version]
        if _decides(host, origin):
            plugins[origin.name] = version
        schemes.update(dict.fromkeys(supplied.get("file system", ()), version))
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"python": python, "redun": __version__, "plugins": plugins, "filesystems": schemes}


def deciding_plugins(host: Host) -> list[tuple[str, dict[str, str]]]:
    """Return the tag that tells which plugins have a say in keys: nothing if none has."""
    found = {
        origin.name: f"{origin.distribution} {origin.version}"
        for origin in host.plugins()
        if not origin.builtin and _decides(host, origin)
    }
    return [(PLUGINS_TAG, found)] if found else []


def _decides(host: Host, origin: Origin) -> bool:
    return bool(host.supplied_by(origin).get("value type")) or not set(_HASHERS).isdisjoint(
        host.hooks_of(origin)
    )

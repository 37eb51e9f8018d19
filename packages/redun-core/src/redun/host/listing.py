"""All plugins for display: in use, left out, failed, and what each supplies.

Floor: host.
"""

from __future__ import annotations

from typing import Any

import attrs

from redun.host.host import Host

__all__ = ["PluginListing", "list_plugins"]


@attrs.frozen
class PluginListing:
    """One plugin.

    Attributes
    ----------
    name, distribution, version : str
    status : str
        `active`, `disabled` (left out by the user) or `failed` (not loaded because of an error).
    builtin : bool
        Whether it belongs to redun itself.
    supplies : dict of str to list of str
        Names by kind: `{"executor": ["local"]}`.
    hooks : list of str
        The hooks it implements.
    reason : str, optional
        Why it is disabled.
    problems : list of str
        What went wrong, each with the stage at which it did: `import: ImportError: …`.
    """

    name: str
    distribution: str
    version: str
    status: str
    builtin: bool = False
    supplies: dict[str, list[str]] = attrs.field(factory=dict)
    hooks: list[str] = attrs.field(factory=list)
    reason: str | None = None
    problems: list[str] = attrs.field(factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the listing as JSON can express it."""
        return attrs.asdict(self)


def list_plugins(host: Host) -> list[PluginListing]:
    """Return every installed plugin, redun's own first, then by name. Loads those that are not left out."""
    active = host.plugins()
    problems: dict[tuple[str, str, str], list[str]] = {}
    for failure in host.failures():
        plugin = (failure.name, failure.distribution, failure.version)
        problems.setdefault(plugin, []).append(f"{failure.stage}: {failure.error}")
    listings = []
    for origin in active:
        plugin = (origin.name, origin.distribution, origin.version)
        listings.append(
            PluginListing(
                origin.name,
                origin.distribution,
                origin.version,
                "active",
                builtin=origin.builtin,
                supplies=host.supplied_by(origin),
                hooks=host.hooks_of(origin),
                problems=problems.pop(plugin, []),
            )
        )
    for origin, reason in host.left_out().items():
        listings.append(
            PluginListing(origin.name, origin.distribution, origin.version, "disabled", reason=reason)
        )
    for plugin, errors in problems.items():
        listings.append(PluginListing(*plugin, "failed", problems=errors))
    return sorted(listings, key=lambda each: (not each.builtin, each.name, each.distribution))

"""Which plugin something comes from.

Floor: host.
"""

from __future__ import annotations

import attrs

__all__ = ["Origin"]


@attrs.frozen
class Origin:
    """A plugin and the distribution that brought it.

    Attributes
    ----------
    name : str
        The plugin's name: that of its entry point.
    distribution : str
        What to `pip install` or uninstall.
    version : str
        The distribution's version.
    builtin : bool
        Whether it belongs to redun itself; such a plugin keeps a name that another one claims too.
    """

    name: str
    distribution: str
    version: str
    builtin: bool = False

    def __str__(self) -> str:
        if self.builtin:
            return self.distribution
        return f"plugin {self.name!r} ({self.distribution} {self.version})"

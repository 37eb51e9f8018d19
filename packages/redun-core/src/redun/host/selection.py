"""Which plugins are left out before anything of them is imported.

Floor: host.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import attrs

from redun.errors import ConfigError

if TYPE_CHECKING:
    from redun.config import Config
    from redun.host.origin import Origin

__all__ = ["Selection"]

_ALL = frozenset(("1", "all", "true", "yes", "on"))


def _same(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _names(text: str) -> list[str]:
    return text.replace(",", " ").split()


@attrs.frozen
class Selection:
    """What users said about plugins. A name is that of a plugin or of its distribution; leaving out wins.

    Attributes
    ----------
    left_out : dict of str to str
        Names of plugins that are not loaded, with who said so.
    only : dict of str to str, or None
        When given, no other plugin is loaded.
    all_left_out : str, optional
        Who said that no plugin is loaded.
    """

    left_out: Mapping[str, str] = attrs.field(factory=dict)
    only: Mapping[str, str] | None = None
    all_left_out: str | None = None

    @classmethod
    def read(
        cls,
        options: Iterable[str] = (),
        *,
        no_plugins: bool = False,
        environ: Mapping[str, str] | None = None,
        config: Config | None = None,
    ) -> Selection:
        """Bring together command line, environment and configuration.

        Parameters
        ----------
        options : iterable of str
            What was given with `-p`: `no:NAME`, repeatable.
        no_plugins : bool
            Whether `--no-plugins` was given.
        environ : mapping of str to str, optional
            `REDUN_PLUGINS` lists the only plugins to load, `REDUN_DISABLE_PLUGINS` those to leave out, or
            is `1` for all; the environment of the process by default.
        config : Config, optional
            In section `[plugins]`, `only` and `disable` are such lists too; `load = false` leaves all out.

        Raises
        ------
        ConfigError
            An option does not begin with `no:`, or `load` is neither true nor false.
        """
        environ = os.environ if environ is None else environ
        left_out: dict[str, str] = {}
        for option in options:
            prefix, colon, name = option.partition(":")
            if prefix != "no" or not colon or not name.strip():
                raise ConfigError(f"-p {option}: write -p no:NAME to leave the plugin NAME out")
            left_out[_same(name.strip())] = f"-p {option}"
        nothing = "--no-plugins" if no_plugins else None

        disabled = environ.get("REDUN_DISABLE_PLUGINS", "").strip()
        if disabled.lower() in _ALL:
            nothing = nothing or f"REDUN_DISABLE_PLUGINS={disabled}"
        elif disabled not in ("", "0"):
            left_out = {_same(name): "REDUN_DISABLE_PLUGINS" for name in _names(disabled)} | left_out
        allowed = dict.fromkeys(_names(environ.get("REDUN_PLUGINS", "")), "REDUN_PLUGINS")

        if config is not None:
            section = config.section("plugins")
            left_out = {
                _same(name): "`disable` in section [plugins]" for name in section.get_list("disable")
            } | left_out
            allowed = allowed or dict.fromkeys(section.get_list("only"), "`only` in section [plugins]")
            if not section.get_bool("load", True):
                nothing = nothing or "`load` in section [plugins]"
        return cls(left_out, allowed or None, nothing)

    def reason(self, plugin: Origin) -> str | None:
        """Return why a plugin is left out, or None when it is to be loaded."""
        if self.all_left_out is not None:
            return f"left out by {self.all_left_out}"
        names = {_same(plugin.name), _same(plugin.distribution)}
        for name in names:
            if name in self.left_out:
                return f"left out by {self.left_out[name]}"
        if self.only is not None and names.isdisjoint(map(_same, self.only)):
            return f"not listed by {next(iter(self.only.values()))}"
        return None

    def missing(self, plugins: Iterable[Origin]) -> dict[str, str]:
        """Return the names asked for by `only` that nothing installed has, with who asked."""
        if self.only is None or self.all_left_out is not None:
            return {}
        installed = {_same(name) for plugin in plugins for name in (plugin.name, plugin.distribution)}
        return {name: source for name, source in self.only.items() if _same(name) not in installed}

"""Resolve `${name}` and `${section:name}` in the value of an option.

Floor: ground. A name is looked for in the option's own section, then in `[DEFAULT]`, then in the
environment; `$$` is a dollar sign. What the environment supplies is taken as it is, so a secret may contain
dollar signs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from redun.errors import ConfigError

__all__ = ["escape", "resolve"]

#: Returns the text of an option as written, or None when there is no such option.
Lookup = Callable[[str, str], str | None]

_REFERENCE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<reference>[^{}$]+)\}|(?P<bad>))")


def escape(text: str) -> str:
    """Return what has to be written for `text` to be the value."""
    return text.replace("$", "$$")


def resolve(section: str, option: str, lookup: Lookup, environ: Mapping[str, str]) -> str | None:
    """Return the value of an option with its references filled in, or None when there is no such option.

    Raises
    ------
    ConfigError
        A reference names nothing, names itself through others, or is ill-formed. The message does not say
        where the option stands; the caller knows.
    """
    return _resolve(section, option, lookup, environ, ())


def _resolve(
    section: str, option: str, lookup: Lookup, environ: Mapping[str, str], path: tuple[str, ...]
) -> str | None:
    text = lookup(section, option)
    if text is None or "$" not in text:
        return text
    here = f"{section}:{option}"
    if here in path:
        raise ConfigError(f"the references go in a circle: {' → '.join((*path, here))}")

    def fill(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        reference = match["reference"]
        if reference is None:
            raise ConfigError(f"{text!r} has a lone '$'; write '$$' for a dollar sign or '${{name}}'")
        other, colon, name = reference.rpartition(":")
        value = _resolve(other if colon else section, name, lookup, environ, (*path, here))
        if value is None and not colon:
            value = environ.get(name)
        if value is None:
            where = f"no option {name!r} in section [{other}]"
            if not colon:
                where = (
                    f"neither an option {name!r} in section [{section}] nor an environment variable {name}"
                )
            raise ConfigError(f"${{{reference}}} refers to nothing: there is {where}")
        return value

    return _REFERENCE.sub(fill, text)

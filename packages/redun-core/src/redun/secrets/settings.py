"""Section `[secrets]` of the configuration.

Floor: secrets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from redun.config import Config

__all__ = ["SecretSettings", "matches"]


@attrs.frozen
class SecretSettings:
    """What the configuration says of secrets.

    Attributes
    ----------
    parameters : tuple of str
        Patterns of names of parameters, alone (`password`) or behind the full name of a task (`demo.fetch.token`).
    environment : tuple of str
        Patterns of names of environment variables whose values are secrets.
    """

    parameters: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()

    @classmethod
    def read(cls, config: Config) -> SecretSettings:
        """Read them; empty without the section."""
        if "secrets" not in config.section_names():
            return cls()
        section = config.section("secrets")
        return cls(tuple(section.get_list("parameters")), tuple(section.get_list("environment")))

    def __bool__(self) -> bool:
        return bool(self.parameters or self.environment)

    def names_parameter(self, task: str, parameter: str) -> bool:
        """Tell whether a parameter of a task is a secret."""
        return matches(self.parameters, parameter) or matches(self.parameters, f"{task}.{parameter}")

    def of_environment(self, environ: Mapping[str, str]) -> Iterator[str]:
        """Yield the values of the environment that are secrets."""
        for name, value in environ.items():
            if matches(self.environment, name):
                yield value

    def of_context(self, context: Mapping[str, Any], above: str = "") -> Iterator[Any]:
        """Yield the values of a context whose name, or path of names, is that of a secret parameter."""
        for name, value in context.items():
            path = f"{above}{name}"
            if matches(self.parameters, name) or matches(self.parameters, path):
                yield value
            elif isinstance(value, Mapping):
                yield from self.of_context(value, f"{path}.")


def matches(patterns: tuple[str, ...], name: str) -> bool:
    """Tell whether a name fits one of some patterns (`*`, `?`, `[…]`), in upper and lower case as written."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)

"""What a code package is to hold, as the options of executors and tasks say it.

Floor: executors.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import attrs

from redun.config.section import Section
from redun.config.truth import truth_of
from redun.errors import ConfigError

__all__ = ["DEFAULT_INCLUDES", "Packaging"]

DEFAULT_INCLUDES = ("**/*.py",)


@attrs.frozen
class Packaging:
    """Whether code is sent along with a call, and which.

    Attributes
    ----------
    enabled : bool
        False: where the call runs, the code is there already.
    includes : tuple of str
        Patterns of files, relative to the project's folder: `*`, `?`, `[…]`, and `**` for any folders. Wildcards stand
        for no hidden file or folder. A path without wildcards names a file, or a folder with all that is in it, and is
        sent though `.gitignore` lists it.
    excludes : tuple of str
        Patterns of files, and of folders with all that is in them, that are left out.

    Examples
    --------
    >>> Packaging.from_options({"code_includes": "**/*.py 'my data/*.csv'"}, {"code_excludes": ["tests"]})
    Packaging(enabled=True, includes=('**/*.py', 'my data/*.csv'), excludes=('tests',))
    """

    enabled: bool = True
    includes: tuple[str, ...] = DEFAULT_INCLUDES
    excludes: tuple[str, ...] = ()

    @classmethod
    def from_options(cls, *layers: Mapping[str, Any] | None) -> Packaging:
        """Read `code_package`, `code_includes` and `code_excludes`.

        Parameters
        ----------
        *layers : mapping or None
            The section of an executor, the options of a task; a later one prevails.

        Raises
        ------
        ConfigError
            One is ill-formed; with file and line where they are known.
        """
        given: dict[str, Any] = {}
        for layer in filter(None, layers):
            for option, (name, read) in _OPTIONS.items():
                if option in layer:
                    try:
                        given[name] = read(layer[option])
                    except ValueError as error:
                        if isinstance(layer, Section):
                            raise layer.error(option, str(error)) from None
                        raise ConfigError(f"The option {option}: {error}.") from None
        return cls(**given)


def _flag(value: Any) -> bool:
    found = truth_of(value)
    if found is None:
        raise ValueError(f"{value!r} is neither true nor false")
    return found


def _words(value: Any) -> tuple[str, ...]:
    """Return a list as it is, and a text as the words that a shell makes of it."""
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value))
        except ValueError as error:
            raise ValueError(f"{value!r} cannot be split into words: {str(error).lower()}") from None
    return tuple(map(str, value or ()))


_OPTIONS = {
    "code_package": ("enabled", _flag),
    "code_includes": ("includes", _words),
    "code_excludes": ("excludes", _words),
}

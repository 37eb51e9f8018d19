"""The configuration as a tree of sections.

Floor: ground.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from redun.config.ini import Source, parse
from redun.config.interpolation import escape, resolve
from redun.config.section import Section
from redun.errors import ConfigError

__all__ = ["Config", "create_config_section"]

_DEFAULT = "DEFAULT"


class Config(Mapping[str, Section]):
    """Sections by name; a dotted name such as `executors.default` is a section within a section.

    What is read later wins, option by option.

    Parameters
    ----------
    config_dict : mapping, optional
        Sections to begin with, as for `read_dict`.
    configdir : path, optional
        The folder that relative paths in the configuration refer to.
    environ : mapping of str to str, optional
        Where references fall back to; the environment of the process by default.

    Examples
    --------
    >>> config = Config(environ={"HOME": "/home/ada"})
    >>> config.read_string('''
    ... [backend]
    ... folder = ${HOME}/redun
    ... db_uri = sqlite:///${folder}/redun.db
    ... ''')
    >>> config["backend"]["db_uri"]
    'sqlite:////home/ada/redun/redun.db'
    """

    def __init__(
        self,
        config_dict: Mapping[str, Any] | None = None,
        configdir: str | os.PathLike[str] | None = None,
        *,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.configdir = None if configdir is None else Path(configdir)
        self._environ = os.environ if environ is None else environ
        self._written: dict[str, dict[str, str]] = {}
        self._sources: list[Source] = []
        if config_dict:
            self.read_dict(config_dict)

    def read_string(self, text: str, name: str = "<string>") -> None:
        """Add the sections of an INI text; errors call it `name`.

        Raises
        ------
        ConfigError
            The text is no INI text.
        """
        source = Source(name, text)
        sections = parse(source)
        self._sources.append(source)
        for section, options in sections.items():
            self._written.setdefault(section, {}).update(options)

    def read_path(self, path: str | os.PathLike[str]) -> None:
        """Add the sections of an INI file (UTF-8).

        Raises
        ------
        ConfigError
            The file cannot be read, or is no INI file.
        """
        name = os.fspath(path)
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise ConfigError(f"{name}, line {line}: the text is not UTF-8") from error
        except OSError as error:
            raise ConfigError(f"{name} cannot be read: {error.strerror or error}") from error
        self.read_string(text, name)

    def read_dict(self, sections: Mapping[str, Any]) -> None:
        """Add sections given as mappings, nested or with dotted names; other values are turned into text.

        Raises
        ------
        ConfigError
            An option stands outside any section, or is None.
        """
        for name, content in sections.items():
            if not isinstance(content, Mapping):
                raise ConfigError(
                    f"option {name!r} stands outside any section; write {{section: {{option: …}}}}"
                )
            self._add(name, content)

    def _add(self, section: str, content: Mapping[str, Any]) -> None:
        below = {key: value for key, value in content.items() if isinstance(value, Mapping)}
        own = {key: value for key, value in content.items() if key not in below}
        if own or not below:
            written = self._written.setdefault(section, {})
            for option, value in own.items():
                if value is None:
                    raise ConfigError(
                        f"section [{section}], option {option!r}: None is no value; leave the option out"
                    )
                written[option] = str(value)
        for name, options in below.items():
            self._add(f"{section}.{name}", options)

    def __getitem__(self, name: str) -> Section:
        if name in self.section_names():
            return Section(self, name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name.partition(".")[0] for name in self._written if name != _DEFAULT))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in self.section_names()

    def __repr__(self) -> str:
        return f"<Config of {self.configdir}: {', '.join(self) or 'empty'}>"

    def section(self, name: str) -> Section:
        """Return a section by its dotted name, empty when nobody wrote it."""
        return Section(self, name)

    def get_config_dict(self, replace_config_dir: str | None = None) -> dict[str, dict[str, str]]:
        """Return all options by dotted section name, in the form that `read_dict` takes.

        References are resolved here and now, and dollar signs doubled, so that a configuration made from
        the answer reads the same in another environment.

        Parameters
        ----------
        replace_config_dir : str, optional
            What to put in place of the configuration's folder in each value.

        Raises
        ------
        ConfigError
            A reference cannot be resolved.
        """
        here = None if replace_config_dir is None or self.configdir is None else str(self.configdir)

        def portable(value: str) -> str:
            return escape(value.replace(here, replace_config_dir) if here and replace_config_dir else value)

        return {
            section: {
                option: portable(value)
                for option in self.options(section)
                if (value := self.option(section, option)) is not None
            }
            for section in self._written
            if section != _DEFAULT
        }

    def section_names(self) -> set[str]:
        """Return the dotted names of all sections, those that only hold other sections included."""
        names: set[str] = set()
        for name in self._written:
            parts = name.split(".")
            names.update(".".join(parts[:end]) for end in range(1, len(parts) + 1))
        names.discard(_DEFAULT)
        return names

    def children(self, section: str) -> list[str]:
        """Return the last names of the sections directly below a section, in the order of writing."""
        prefix = f"{section}."
        return list(
            dict.fromkeys(
                name[len(prefix) :].partition(".")[0] for name in self._written if name.startswith(prefix)
            )
        )

    def options(self, section: str) -> list[str]:
        """Return the options of a section, those of `[DEFAULT]` last."""
        written = self._written.get(section)
        return [] if written is None else list({**written, **self._written.get(_DEFAULT, {})})

    def option(self, section: str, option: str) -> str | None:
        """Return the value of an option with its references resolved; None when it is not set.

        Raises
        ------
        ConfigError
            A reference cannot be resolved.
        """
        try:
            return resolve(section, option, self._as_written, self._environ)
        except ConfigError as error:
            raise self.error(section, option, str(error)) from None

    def _as_written(self, section: str, option: str) -> str | None:
        written = self._written.get(section)
        if written is None:
            return None
        text = written.get(option)
        return self._written.get(_DEFAULT, {}).get(option) if text is None else text

    def error(self, section: str, option: str | None, problem: str) -> ConfigError:
        """Return an error that names the file, the line, the section and the option."""
        where = f"section [{section}]" if option is None else f"section [{section}], option {option!r}"
        for source in reversed(self._sources):
            line = source.line_of(section, option) or (option and source.line_of(_DEFAULT, option))
            if line:
                return ConfigError(f"{source.name}, line {line}, {where}: {problem}")
        return ConfigError(f"{where}: {problem}")


def create_config_section(config_dict: Mapping[str, Any] | None = None) -> Section:
    """Return a section with these options: what an executor gets that is made by hand, as in tests.

    Examples
    --------
    >>> create_config_section({"max_workers": 4}).get_int("max_workers")
    4
    """
    return Config({"section": config_dict or {}}).section("section")

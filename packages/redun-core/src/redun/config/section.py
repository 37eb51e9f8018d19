"""One section of the configuration, with typed look-ups whose errors say where the option stands.

Floor: ground.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar, overload

from redun.config.truth import truth_of
from redun.errors import ConfigError

if TYPE_CHECKING:
    from redun.config.tree import Config

__all__ = ["Section"]

T = TypeVar("T")


class Section(Mapping[str, "str | Section"]):
    """The options of a section and, by their last name, the sections below it.

    References such as `${HOME}` are resolved when an option is read, so that one that cannot be resolved
    harms only those who need it. A section that nobody wrote is empty.

    Examples
    --------
    >>> from redun.config import Config
    >>> config = Config({"executors.default": {"type": "local", "max_workers": "20"}})
    >>> config["executors"]["default"]["type"]
    'local'
    >>> config.section("executors.default").get_int("max_workers", 4)
    20
    """

    __slots__ = ("_config", "name")

    def __init__(self, config: Config, name: str) -> None:
        self._config = config
        self.name = name

    def __getitem__(self, key: str) -> str | Section:
        value = self._config.option(self.name, key)
        if value is not None:
            return value
        name = f"{self.name}.{key}"
        if name in self._config.section_names():
            return Section(self._config, name)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        yield from self._config.options(self.name)
        yield from self._config.children(self.name)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        return any(key == name for name in self)

    def __repr__(self) -> str:
        return f"<Section [{self.name}]: {', '.join(self) or 'empty'}>"

    def sections(self) -> dict[str, Section]:
        """Return the sections directly below this one."""
        return {
            name: Section(self._config, f"{self.name}.{name}") for name in self._config.children(self.name)
        }

    def error(self, option: str, problem: str) -> ConfigError:
        """Return the error that says where `option` stands and what is wrong with it."""
        return self._config.error(self.name, option, problem)

    @overload
    def get_str(self, option: str) -> str | None: ...
    @overload
    def get_str(self, option: str, default: T) -> str | T: ...
    def get_str(self, option: str, default: T | None = None) -> str | T | None:
        """Return an option's text, or `default` when it is not set."""
        value = self._config.option(self.name, option)
        return default if value is None else value

    def require(self, option: str) -> str:
        """Return an option's text.

        Raises
        ------
        ConfigError
            It is not set.
        """
        value = self._config.option(self.name, option)
        if value is None:
            raise self._config.error(self.name, None, f"the option {option!r} is missing")
        return value

    @overload
    def get_int(self, option: str, *, minimum: int | None = None) -> int | None: ...
    @overload
    def get_int(self, option: str, default: T, *, minimum: int | None = None) -> int | T: ...
    def get_int(self, option: str, default: T | None = None, *, minimum: int | None = None) -> int | T | None:
        """Return an option as a whole number, or `default` when it is not set.

        Raises
        ------
        ConfigError
            It is no whole number, or less than `minimum`.
        """
        text = self._config.option(self.name, option)
        if text is None:
            return default
        try:
            value = int(text)
        except ValueError:
            raise self.error(option, f"{text!r} is no whole number") from None
        if minimum is not None and value < minimum:
            raise self.error(option, f"{value} is less than {minimum}, the least allowed")
        return value

    @overload
    def get_float(self, option: str, *, minimum: float | None = None) -> float | None: ...
    @overload
    def get_float(self, option: str, default: T, *, minimum: float | None = None) -> float | T: ...
    def get_float(
        self, option: str, default: T | None = None, *, minimum: float | None = None
    ) -> float | T | None:
        """Return an option as a finite number, or `default` when it is not set.

        Raises
        ------
        ConfigError
            It is no finite number, or less than `minimum`.
        """
        text = self._config.option(self.name, option)
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if value - value != 0.0:
            raise self.error(option, f"{text!r} is no finite number")
        if minimum is not None and value < minimum:
            raise self.error(option, f"{value:g} is less than {minimum:g}, the least allowed")
        return value

    @overload
    def get_bool(self, option: str) -> bool | None: ...
    @overload
    def get_bool(self, option: str, default: T) -> bool | T: ...
    def get_bool(self, option: str, default: T | None = None) -> bool | T | None:
        """Return an option as a truth value, or `default` when it is not set.

        Raises
        ------
        ConfigError
            It is none of true, yes, on, 1, false, no, off, 0 (in any case).
        """
        text = self._config.option(self.name, option)
        if text is None:
            return default
        value = truth_of(text)
        if value is None:
            raise self.error(option, f"{text!r} is neither true nor false")
        return value

    def get_list(self, option: str) -> list[str]:
        """Return the words of an option, separated by commas or white space; none when it is not set."""
        return (self._config.option(self.name, option) or "").replace(",", " ").split()

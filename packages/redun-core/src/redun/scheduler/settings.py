"""What a configuration says of how calls are run: `[limits]` and `[scheduler]`.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from redun.errors import ConfigError, SchedulerError
from redun.task.rules import Causes, Rules

if TYPE_CHECKING:
    from redun.config.section import Section
    from redun.config.tree import Config

__all__ = ["Settings"]

_NUMBERS = ("retry_delay", "retry_backoff", "retry_jitter", "timeout")


@attrs.frozen
class Settings:
    """Settings of a run.

    Attributes
    ----------
    limits : mapping of str to int
        Capacities of named limits.
    options : mapping
        Task options of this module that apply where a task says nothing else.
    keep_going : Causes or None
        The failures that do not keep the rest from being run.
    """

    limits: Mapping[str, int] = attrs.field(factory=dict)
    options: Mapping[str, Any] = attrs.field(factory=dict)
    keep_going: Causes | None = None

    @classmethod
    def read(cls, config: Config) -> Settings:
        """Read them.

        Raises
        ------
        ConfigError
            A setting is ill-formed.
        """
        limits = config.section("limits")
        return cls(
            {name: limits.get_int(name, 1, minimum=0) for name in config.options("limits")},
            _options(config.section("scheduler")),
            _keep_going(config.section("scheduler")),
        )

    def keeping_going(self, keep_going: Any) -> Settings:
        """Return these settings with what was given as `keep_going`: a truth value, or causes as for `retry_on`.

        Raises
        ------
        SchedulerError
            There is no such cause.
        """
        if isinstance(keep_going, bool):
            return attrs.evolve(self, keep_going=Causes() if keep_going else None)
        try:
            return attrs.evolve(self, keep_going=Causes.read(keep_going))
        except ValueError as error:
            raise SchedulerError(f"keep_going: {error}.") from None


def _options(section: Section) -> dict[str, Any]:
    options: dict[str, Any] = {name: section.get_float(name, minimum=0) for name in _NUMBERS}
    options["retries"] = section.get_int("retries", minimum=0)
    options["retry_on"] = section.get_list("retry_on") or None
    options = {name: value for name, value in options.items() if value is not None}
    for name, value in options.items():
        try:
            Rules.read({name: value})
        except ValueError as error:
            raise section.error(name, str(error)) from None
    return options


def _keep_going(section: Section) -> Causes | None:
    try:
        chosen = section.get_bool("keep_going", False)
    except ConfigError:
        try:
            return Causes.read(section.get_list("keep_going"))
        except ValueError as error:
            raise section.error("keep_going", f"{error}, nor true or false") from None
    return Causes() if chosen else None

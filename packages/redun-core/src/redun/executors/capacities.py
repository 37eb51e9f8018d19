"""What an executor on this machine has to share out among its calls.

Floor: executors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from redun.config.section import Section
from redun.errors import ConfigError

__all__ = ["Capacities", "capacities_of", "positive_integer", "wrong_option"]

T = TypeVar("T")


class Capacities(dict[str, float]):
    """What an executor has to share out, where there is more to say of it than the amounts.

    Parameters
    ----------
    amounts : mapping
        By the task option that asks for it.
    unsaid : mapping
        What a call takes whose options do not say.
    spelled : mapping
        The option of the executor's section that an amount comes from.

    Examples
    --------
    >>> capacities = Capacities({"memory": 64.0}, unsaid={"memory": 4.0}, spelled={"memory": "max_memory"})
    >>> capacities, capacities.unsaid
    ({'memory': 64.0}, {'memory': 4.0})
    """

    def __init__(
        self, amounts: Mapping[str, float], *, unsaid: Mapping[str, float], spelled: Mapping[str, str]
    ) -> None:
        super().__init__(amounts)
        self.unsaid = unsaid
        self.spelled = spelled


def wrong_option(name: str, options: Mapping[str, Any] | None, option: str, problem: str) -> ConfigError:
    """Return the error about an option of an executor: with file and line where they are known."""
    if isinstance(options, Section):
        return options.error(option, f"it {problem}")
    return ConfigError(f"[executors.{name}] {option} {problem}.")


def positive_integer(name: str, options: Mapping[str, Any], option: str, default: T) -> int | T:
    """Read an option of an executor's section that counts something; `default` where it is not set.

    Raises
    ------
    ConfigError
        It is no positive integer.

    Examples
    --------
    >>> positive_integer("local", {"max_workers": "8"}, "max_workers", 20)
    8
    """
    given = options.get(option, default)
    if given is default:
        return default
    try:
        number = int(given)
    except (TypeError, ValueError):
        number = 0
    if number < 1:
        raise wrong_option(name, options, option, f"must be a positive integer, not {given!r}")
    return number


def capacities_of(name: str, options: Mapping[str, Any]) -> dict[str, float]:
    """Read `vcpus` (or `cores`) and `memory` of an executor's section; what it does not name is not counted.

    Raises
    ------
    ConfigError
        One is no positive number, or `vcpus` and `cores` are both given.

    Examples
    --------
    >>> capacities_of("local", {"type": "local", "cores": "8", "memory": "31.5"})
    {'vcpus': 8.0, 'memory': 31.5}
    """
    if "vcpus" in options and "cores" in options:
        raise ConfigError(f"[executors.{name}] vcpus and cores mean the same; give one of them.")
    found: dict[str, float] = {}
    for option, resource in (("vcpus", "vcpus"), ("cores", "vcpus"), ("memory", "memory")):
        if option in options:
            try:
                amount = float(options[option])
            except (TypeError, ValueError):
                amount = 0.0
            if not 0 < amount < float("inf"):
                problem = f"must be a positive number, not {options[option]!r}"
                raise wrong_option(name, options, option, problem)
            found[resource] = amount
    return found

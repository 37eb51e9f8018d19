"""Options that rule how a call is handed to its executor: limits, retries, timeout.

Floor: language. They are checked where they are written and read for one attempt at a time, for each may be a function
of the attempt's number, which counts from 1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from functools import partial
from types import FunctionType, MethodType
from typing import Any

import attrs

from redun.errors import TaskDefinitionError
from redun.value.nested import lazies

__all__ = [
    "RULES",
    "Causes",
    "Rules",
    "by_attempt",
    "check_rules",
    "for_attempt",
    "is_ruled",
    "number_of",
    "units_of",
]

CAUSES = ("error", "timeout", "memory", "lost", "preempted")
"""Why an attempt may fail such that another one makes sense."""

RULES = frozenset(
    {"limits", "retries", "retry_on", "retry_delay", "retry_backoff", "retry_jitter", "timeout"}
)
"""The options of this module."""

FIXED = frozenset(
    {
        "allowed_cache_results",
        "cache",
        "cache_scope",
        "check_valid",
        "config_args",
        "executor",
        "export_options",
        "lease",
        "load_module",
        "mode",
        "nout",
        "prov",
        "tags",
    }
)
"""Options that are read before there is an attempt."""

MAX_DELAY_S = 300.0
"""Longest delay before an attempt, jitter apart."""

_FUNCTIONS = (FunctionType, MethodType, partial)
_SYNONYMS = {"oom": "memory"}


@attrs.frozen
class Causes:
    """A choice of failures: by cause, or by the class of the error."""

    names: frozenset[str] = frozenset(CAUSES)
    classes: tuple[type[BaseException], ...] = ()

    @classmethod
    def read(cls, given: Any) -> Causes:
        """Read one cause or class of exceptions, or several.

        Raises
        ------
        ValueError
            There is no such cause.
        """
        names, classes = set(), []
        items = [given] if isinstance(given, (str, type)) or not isinstance(given, Iterable) else list(given)
        for item in items:
            name = _SYNONYMS.get(item, item) if isinstance(item, str) else item
            if isinstance(item, type) and issubclass(item, BaseException):
                classes.append(item)
            elif name in CAUSES:
                names.add(name)
            else:
                allowed = ", ".join(repr(cause) for cause in (*CAUSES, *_SYNONYMS))
                raise ValueError(f"{item!r} is neither a class of exceptions nor one of {allowed}")
        return cls(frozenset(names), tuple(classes))

    def include(self, error: BaseException, cause: str) -> bool:
        """Tell whether a failure is among them."""
        return cause in self.names or isinstance(error, self.classes)


@attrs.frozen
class Rules:
    """When an attempt at a call has failed, and whether and when there is another.

    Attributes
    ----------
    retries : int
        How many attempts may follow the first one.
    retry_on : Causes
        The failures after which there is another one.
    delay, backoff, jitter : float
        The delay before the second attempt in seconds, the factor by which it grows from one to the next, and the
        fraction of it that is added at most, at random, so that calls that failed together do not come back together.
    timeout : float or None
        Seconds that an attempt may take.
    """

    retries: int = 0
    retry_on: Causes = Causes()
    delay: float = 1.0
    backoff: float = 2.0
    jitter: float = 0.25
    timeout: float | None = None

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Rules:
        """Read them from options that are concrete.

        Raises
        ------
        ValueError
            An option has a value that it cannot have.
        """
        made: dict[str, Any] = {}
        for name, option in (
            ("delay", "retry_delay"),
            ("backoff", "retry_backoff"),
            ("jitter", "retry_jitter"),
        ):
            if options.get(option) is not None:
                made[name] = number_of(option, options[option])
        if options.get("timeout") is not None:
            made["timeout"] = number_of("timeout", options["timeout"], positive=True)
        if options.get("retries") is not None:
            retries = options["retries"]
            if not isinstance(retries, int) or isinstance(retries, bool) or retries < 0:
                raise ValueError(f"retries must be a non-negative integer, not {retries!r}")
            made["retries"] = retries
        if options.get("retry_on") is not None:
            try:
                made["retry_on"] = Causes.read(options["retry_on"])
            except ValueError as error:
                raise ValueError(f"retry_on: {error}") from None
        return cls(**made)

    def delay_before(self, attempt: int, random: float) -> float:
        """Return the seconds before an attempt.

        Parameters
        ----------
        attempt : int
            Its number, from 2.
        random : float
            From 0 to 1.

        Examples
        --------
        >>> [Rules(delay=2).delay_before(attempt, 0.0) for attempt in (2, 3, 4)]
        [2.0, 4.0, 8.0]
        >>> Rules(delay=2, jitter=0.5).delay_before(2, 1.0)
        3.0
        """
        try:
            delay = self.delay * float(self.backoff) ** (attempt - 2)
        except OverflowError:
            delay = MAX_DELAY_S
        return min(delay, max(MAX_DELAY_S, self.delay)) * (1 + self.jitter * random)


def by_attempt(name: str, value: Any) -> bool:
    """Tell whether an option is a function of the attempt."""
    return isinstance(value, _FUNCTIONS) and name not in FIXED


def is_ruled(options: Mapping[str, Any]) -> bool:
    """Tell whether a call with these options needs any of this."""
    return not RULES.isdisjoint(options) or any(by_attempt(*option) for option in options.items())


def for_attempt(options: Mapping[str, Any], attempt: int) -> Mapping[str, Any]:
    """Return options with each that is a function replaced by what it says of an attempt."""
    functions = {name: value for name, value in options.items() if by_attempt(name, value)}
    if not functions:
        return options
    return {**options, **{name: function(attempt) for name, function in functions.items()}}


def units_of(limits: Any) -> dict[str, float]:
    """Return how many units of which limits an option asks for.

    Raises
    ------
    ValueError
        It is ill-formed.

    Examples
    --------
    >>> units_of(["db"])
    {'db': 1}
    >>> units_of({"db": 2, "licence": 0})
    {'db': 2}
    """
    if limits is None:
        return {}
    if isinstance(limits, Mapping):
        units = dict(limits)
    elif isinstance(limits, Collection) and not isinstance(limits, (str, bytes)):
        units = dict.fromkeys(limits, 1)
    else:
        raise ValueError(f"limits must be a list of names or a dict from names to units, not {limits!r}")
    for name, count in units.items():
        if not isinstance(name, str) or not name:
            raise ValueError(f"the name of a limit must be text, not {name!r}")
        units[name] = number_of(f"the units of limit {name!r}", count)
    return {name: count for name, count in units.items() if count}


def check_rules(owner: str, options: Mapping[str, Any]) -> None:
    """Refuse ill-formed options where they are written; what is only known later is looked at then.

    Raises
    ------
    TaskDefinitionError
        An option has a value that it cannot have.
    """
    if RULES.isdisjoint(options):
        return
    known = {
        name: value
        for name, value in options.items()
        if name in RULES and not by_attempt(name, value) and not lazies(value)
    }
    try:
        Rules.read(known)
        units_of(known.get("limits"))
    except ValueError as error:
        raise TaskDefinitionError(f"{owner}: {error}.") from None


def number_of(name: str, value: Any, *, positive: bool = False) -> float:
    """Return an option as a finite number that is not negative.

    Raises
    ------
    ValueError
        It is none.
    """
    if isinstance(value, str):
        # As configurations and command lines give it.
        with suppress(ValueError):
            value = float(value)
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and value - value == 0
    if not good or value < 0 or (positive and not value):
        kind = "a positive number" if positive else "a number that is not negative"
        raise ValueError(f"{name} must be {kind}, not {value!r}")
    return value  # type: ignore[no-any-return]

"""What is wrong with the options that a task is given.

Floor: language. Values are checked where options are written; names where it is known what plugins add. Lazy values
are let through and checked once they are there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from enum import Enum
from typing import TYPE_CHECKING, Any

from redun.errors import TaskDefinitionError
from redun.task.enums import CacheCheckValid, CacheResult, CacheScope
from redun.task.rules import by_attempt, check_rules
from redun.value.nested import Lazy, contains_lazy

if TYPE_CHECKING:
    from redun.specs import TaskOptionSpec
    from redun.task.definition import Definition

__all__ = ["check_names", "check_options", "check_type", "place_of", "words_of"]

_WORDS = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    Mapping: "a dict",
    type(None): "None",
    Enum: "an enum member",
}


def place_of(task: Definition) -> str:
    """Return how messages name a task: its full name and where it is defined."""
    return f"Task {task.fullname} ({task.source_file}:{task.line})" if task.line else f"Task {task.fullname}"


def check_options(owner: str, options: Mapping[str, Any]) -> None:
    """Refuse ill-formed options where they are written.

    Parameters
    ----------
    owner : str
        Whose options they are, for messages.
    options : mapping

    Raises
    ------
    TaskDefinitionError
        An option has a value that it cannot have.
    """
    if not options:
        return
    from redun.task.known import declared

    specs = declared()
    for name, value in options.items():
        spec = specs.get(name)
        if spec is not None and not isinstance(value, Lazy) and not by_attempt(name, value):
            check = _CHECKS.get(name)
            if check is not None:
                check(owner, name, value)
            check_type(owner, spec, value)
    check_rules(owner, options)
    if "cache" in options and "cache_scope" in options:
        raise TaskDefinitionError(f"{owner}: give cache or cache_scope, not both.")
    for name in ("nout", "config_args", "export_options"):
        if isinstance(options.get(name), Lazy):
            raise TaskDefinitionError(
                f"{owner}: {name} cannot be a lazy value; it is needed before anything is evaluated."
            )
    exported = options.get("export_options")
    if exported:
        check_options(f"{owner}, export_options", exported)


def check_type(owner: str, spec: TaskOptionSpec, value: Any) -> None:
    """Refuse a value that is not of its option's type.

    Raises
    ------
    TaskDefinitionError
        It is not.
    """
    kinds = spec.type if isinstance(spec.type, tuple) else (spec.type,)
    truth = isinstance(value, bool) and bool not in kinds and object not in kinds
    if not isinstance(value, kinds) or truth:
        raise TaskDefinitionError(f"{owner}: {spec.name} must be {words_of(spec.type)}, not {value!r}.")


def words_of(kinds: type | tuple[type, ...]) -> str:
    """Return in words what a value must be."""
    each = kinds if isinstance(kinds, tuple) else (kinds,)
    return " or ".join([_WORDS.get(kind, f"a {kind.__name__}") for kind in each])


def check_names(owner: str, names: Iterable[str], known: Collection[str]) -> None:
    """Refuse options that nobody reads.

    Raises
    ------
    TaskDefinitionError
        An option is unknown; the message names the nearest known one.
    """
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}? An" if near else "an"
            raise TaskDefinitionError(
                f"{owner}: unknown option {name!r}; {hint} option of your own is declared in redun.ini: "
                f"[scheduler] task_options = {name}"
            )


def _check_nout(owner: str, name: str, value: Any) -> None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise TaskDefinitionError(f"{owner}: nout must be a non-negative integer, not {value!r}.")


def _check_executor(owner: str, name: str, value: Any) -> None:
    if value == "":
        raise TaskDefinitionError(f"{owner}: executor must not be empty.")


def _check_member(owner: str, name: str, value: Any) -> None:
    kind: type[Enum] = CacheScope if name == "cache_scope" else CacheCheckValid
    text = str(value.value if isinstance(value, Enum) else value)
    allowed = [str(member.value) for member in kind]
    if text.upper() not in [each.upper() for each in allowed]:
        quoted = ", ".join(map(repr, allowed))
        raise TaskDefinitionError(f"{owner}: {name} must be one of {quoted}, not {value!r}.")


def _check_limits(owner: str, name: str, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, str) or not isinstance(value, (list, tuple, set, frozenset, Mapping)):
        raise TaskDefinitionError(
            f"{owner}: limits must be a list of names or a dict of names and units, not {value!r}; "
            "for instance limits=['api'] or limits={'gpu': 2}."
        )
    for key in value:
        if not isinstance(key, (str, Lazy)) or key == "":
            raise TaskDefinitionError(f"{owner}: the name of a limit must be text, not {key!r}.")
    if isinstance(value, Mapping):
        for key, units in value.items():
            if isinstance(units, Lazy):
                continue
            number = isinstance(units, (int, float)) and not isinstance(units, bool)
            # Not a number is not greater than anything either.
            if not number or not units >= 0:
                raise TaskDefinitionError(
                    f"{owner}: the units of limit {key!r} must be a number that is not negative, not {units!r}."
                )


def _check_tags(owner: str, name: str, value: Any) -> None:
    from redun.tags import encode_tags

    if value is None or contains_lazy(value):
        return
    try:
        encode_tags(owner, value)
    except TypeError as error:
        raise TaskDefinitionError(str(error)) from None


def _check_config_args(owner: str, name: str, value: Any) -> None:
    for each in value if isinstance(value, (list, tuple)) else ():
        if not isinstance(each, str):
            raise TaskDefinitionError(f"{owner}: config_args must be names of parameters, not {each!r}.")


def _check_allowed(owner: str, name: str, value: Any) -> None:
    for each in value if isinstance(value, (set, frozenset, list, tuple)) else ():
        text = str(each.value if isinstance(each, Enum) else each)
        if text not in [member.value for member in CacheResult] and not isinstance(each, Lazy):
            raise TaskDefinitionError(f"{owner}: {name} must be members of CacheResult, not {each!r}.")


_CHECKS = {
    "allowed_cache_results": _check_allowed,
    "nout": _check_nout,
    "executor": _check_executor,
    "cache_scope": _check_member,
    "check_valid": _check_member,
    "limits": _check_limits,
    "tags": _check_tags,
    "config_args": _check_config_args,
}

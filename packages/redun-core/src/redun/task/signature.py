"""Binding the arguments of a call to a task's signature.

Floor: language. Positional and keyword spellings of one call, and a default given or left out, bind alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from redun.errors import ArgumentError, TaskDefinitionError

if TYPE_CHECKING:
    from inspect import Signature

__all__ = ["ESCAPE", "Binder", "Bound"]

ESCAPE = "**"
"""Stands before the name of a keyword argument that could be taken for another: one that is no identifier, such as
`args[0]`, or that a positional-only parameter has as well."""


class Bound(NamedTuple):
    """Arguments in the order of the signature, defaults filled in.

    The function is called with the first `positional` values as positional arguments and the rest by name.
    """

    names: tuple[str, ...]
    values: tuple[Any, ...]
    positional: int


class Binder:
    """Binds calls of one function; the common spelling costs next to nothing.

    Parameters
    ----------
    owner : str
        The task's full name, for messages.
    func : callable
    """

    __slots__ = ("_fixed", "_func", "_names", "_owner", "_signature")

    def __init__(self, owner: str, func: Callable[..., Any]) -> None:
        self._owner = owner
        self._func = func
        self._signature: Signature | None = None
        code = getattr(func, "__code__", None)
        # *args, **kwargs and keyword-only parameters take the general road, as does a wrapper's signature.
        plain = (
            code is not None
            and not code.co_flags & 0x0C
            and not code.co_kwonlyargcount
            and not hasattr(func, "__wrapped__")
            and not hasattr(func, "__signature__")
        )
        self._names: tuple[str, ...] = code.co_varnames[: code.co_argcount] if plain and code else ()
        self._fixed = len(self._names) if plain else -1

    @property
    def signature(self) -> Signature:
        """The signature of the function."""
        if self._signature is None:
            import inspect

            try:
                self._signature = inspect.signature(self._func)
            except (TypeError, ValueError):
                raise TaskDefinitionError(
                    f"Task {self._owner}: {self._func!r} does not say what arguments it takes. "
                    "Wrap it in a function of your own."
                ) from None
        return self._signature

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Bound:
        """Bind a call.

        Raises
        ------
        ArgumentError
            The arguments do not fit; the message shows the signature.
        """
        if not kwargs and len(args) == self._fixed:
            return Bound(self._names, args, self._fixed)
        try:
            bound = self.signature.bind(*args, **(kwargs or {}))
        except TypeError as error:
            method = next(iter(self.signature.parameters), "") == "self"
            hint = (
                " A task is not bound to an instance: make it a @staticmethod, or pass self."
                if method
                else ""
            )
            raise ArgumentError(f"{self._owner}{self.signature}: {error}.{hint}") from None
        bound.apply_defaults()
        return self._arrange(bound.arguments)

    def defaulted(self, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> set[str]:
        """Return the names of parameters for which a call that can be bound gives nothing."""
        if not kwargs and len(args) == self._fixed:
            return set()
        return set(self.signature.parameters) - set(self.signature.bind(*args, **(kwargs or {})).arguments)

    def names_one(self, name: str) -> bool:
        """Tell whether a name is that of one parameter, unlike ``*args`` and ``**kwargs``."""
        parameter = self.signature.parameters.get(name)
        return parameter is not None and parameter.kind not in (
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        )

    def check(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Refuse a call that cannot be bound, where it is written."""
        if kwargs or len(args) != self._fixed:
            self.bind(args, kwargs)

    def _arrange(self, arguments: dict[str, Any]) -> Bound:
        names: list[str] = []
        values: list[Any] = []
        positional = 0
        for name, parameter in self.signature.parameters.items():
            value = arguments[name]
            if parameter.kind is parameter.VAR_POSITIONAL:
                names += [f"{name}[{index}]" for index in range(len(value))]
                values += value
                positional = len(names)
            elif parameter.kind is parameter.VAR_KEYWORD:
                for key in sorted(value):
                    plain = key.isidentifier() and key not in self.signature.parameters
                    names.append(key if plain else ESCAPE + key)
                    values.append(value[key])
            else:
                names.append(name)
                values.append(value)
                if parameter.kind is not parameter.KEYWORD_ONLY:
                    positional = len(names)
        return Bound(tuple(names), tuple(values), positional)

"""Lazy expressions: what a task call returns, and what operators on it build.

Floor: language. An expression is immutable and slotted; names of its own attributes begin with `_redun`, so that any
attribute name a user may think of builds a lazy attribute access. Its operators are added by `operators`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from redun.errors import ExpressionError
from redun.value.shapes import Lazy

if TYPE_CHECKING:
    from redun.task.task import Task

__all__ = ["ApplyExpression", "Expression", "Operation", "TaskExpression", "ValueExpression"]

_NO_ARGS: tuple[Any, ...] = ()
_PLAIN = frozenset({int, float, bool, str, bytes, type(None)})


class Expression(Lazy):
    """A value that is not there yet; Python operators on it build further expressions.

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> from redun.expression import Expression
    >>> @task(namespace="docs")
    ... def words() -> list[str]:
    ...     return ["a", "lazy", "list"]
    >>> last = words()[-1].upper() + "!"
    >>> last
    (docs.words()[-1].upper() + '!')
    >>> isinstance(last, Expression), Scheduler().run(last)
    (True, 'LIST!')
    """

    __slots__ = ("_redun_cell", "_redun_hash")

    # Where an evaluator notes that it already evaluates this object, and the content hash once it is known.
    _redun_cell: Any
    _redun_hash: bytes | None

    @property
    def _redun_length(self) -> int | None:
        return None

    def __redun_digest__(self) -> bytes:
        from redun.expression.hashing import hash_expression
        from redun.hashing.unevaluated import refuse_lazy

        refuse_lazy(self)
        return hash_expression(self)

    def __reduce__(self) -> tuple[Any, ...]:
        from redun.value.flatten import flatten

        return flatten(self).__reduce__()

    def __repr__(self) -> str:
        from redun.expression.render import render

        return render(self)

    def __format__(self, spec: str) -> NoReturn:
        raise ExpressionError(
            f"The lazy value {self!r} cannot become part of a text: it is not evaluated yet, so an f-string would hold "
            "its source. Make the text inside of a task, or let sh() make the command of a script; "
            "{value!r} shows the expression itself."
        )

    def __getattr__(self, name: str) -> Operation:
        if name.startswith("__") and name.endswith("__"):
            # Python's own protocols (copy, pickle, numpy …) probe for these and must not be led astray.
            raise AttributeError(f"{name} is not available on a lazy value")
        return Operation("getattr", (self, name))

    def __getitem__(self, key: Any) -> Operation:
        return Operation("getitem", (self, key))

    def __call__(self, *args: Any, **kwargs: Any) -> Operation:
        return Operation("call", (self, *args), kwargs)

    def __iter__(self) -> Iterator[Operation]:
        length = self._redun_length
        if length is None:
            raise ExpressionError(
                f"Cannot iterate over the lazy value {self!r}: its length is not known before it is evaluated. "
                "Give the task nout= or a fixed-length tuple annotation, or iterate inside a task."
            )
        return iter([self[index] for index in range(length)])

    def __await__(self) -> Generator[Any, None, Any]:
        from redun.expression.awaiting import force

        return force(self)

    def __bool__(self) -> NoReturn:
        raise ExpressionError(
            f"Expressions cannot be coerced to bool: {self!r} is not evaluated yet. "
            "Use cond(), or make the decision inside a task."
        )

    def __len__(self) -> int:
        length = self._redun_length
        if length is None:
            raise ExpressionError(
                f"The length of the lazy value {self!r} is not known before it is evaluated. "
                "Ask for it inside a task."
            )
        return length

    def __index__(self) -> NoReturn:
        raise ExpressionError(
            f"A number is needed here, and {self!r} is not evaluated yet. Pass it to a task that does this."
        )

    # int(), float() and complex() ask for these; range() and the items of a list for the index.
    __int__ = __float__ = __complex__ = __index__

    def __contains__(self, item: Any) -> NoReturn:
        raise ExpressionError(f"'in' needs a concrete value, and {self!r} is lazy. Test it inside a task.")

    def __deepcopy__(self, memo: dict[int, Any]) -> Expression:
        return self

    def __copy__(self) -> Expression:
        return self

    __hash__ = object.__hash__


class ApplyExpression(Expression):
    """A lazy application of something to arguments.

    Examples
    --------
    >>> from redun.expression import ApplyExpression, ValueExpression
    >>> isinstance(ValueExpression(1) + 2, ApplyExpression)
    True
    """

    __slots__ = ("_redun_args", "_redun_kwargs")

    _redun_args: tuple[Any, ...]
    _redun_kwargs: dict[str, Any] | None


class TaskExpression(ApplyExpression):
    """A lazy call of a task.

    Examples
    --------
    >>> from redun import task
    >>> from redun.expression import TaskExpression
    >>> @task(namespace="docs")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> isinstance(double(1), TaskExpression), isinstance(double(1) + 1, TaskExpression)
    (True, False)
    """

    __slots__ = ("_redun_options", "_redun_task")

    def __init__(
        self,
        task: Task[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any] | None = None,
        options: dict[str, Any] | None = None,
    ) -> None:
        self._redun_task = task
        self._redun_args = args
        self._redun_kwargs = kwargs
        self._redun_options = options
        self._redun_cell = None
        self._redun_hash = None

    @property
    def _redun_length(self) -> int | None:
        if self._redun_options is not None and "nout" in self._redun_options:
            return self._redun_options["nout"]  # type: ignore[no-any-return]
        return self._redun_task.nout

    def __redun_flatten__(self) -> tuple[object, tuple[Any, ...]]:
        args, kwargs, options = self._redun_args, self._redun_kwargs, self._redun_options
        name = self._redun_task.reference
        if not kwargs and not options:
            # Calls with plain arguments are by far the most: nothing in them needs to be walked.
            for arg in args:
                if arg.__class__ not in _PLAIN:
                    break
            else:
                return (name, None, None, args), _NO_ARGS
        keys = tuple(kwargs) if kwargs else _NO_ARGS
        option_keys = tuple(options) if options else _NO_ARGS
        parts = (*args, *(kwargs or {}).values(), *(options or {}).values())
        return (name, keys, option_keys, None), parts

    @classmethod
    def __redun_unflatten__(cls, static: Any, parts: tuple[Any, ...]) -> TaskExpression:
        from redun.task.task import load_task

        name, keys, option_keys, args = static
        task = load_task(name, None) if isinstance(name, str) else load_task(*name)
        if args is not None:
            return cls(task, args)
        split = len(parts) - len(keys) - len(option_keys)
        kwargs = dict(zip(keys, parts[split:], strict=False)) or None
        options = dict(zip(option_keys, parts[split + len(keys) :], strict=True)) or None
        return cls(task, parts[:split], kwargs, options)


class Operation(ApplyExpression):
    """A lazy operator, attribute access, item access or call, evaluated where the scheduler runs.

    Examples
    --------
    >>> from redun import task
    >>> from redun.expression import Operation
    >>> @task(namespace="docs")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> isinstance(double(1) + 1, Operation), isinstance(double(1).real, Operation)
    (True, True)
    """

    __slots__ = ("_redun_name",)

    def __init__(self, name: str, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> None:
        self._redun_name = name
        self._redun_args = args
        self._redun_kwargs = kwargs
        self._redun_cell = None
        self._redun_hash = None

    @property
    def _redun_length(self) -> int | None:
        if self._redun_name == "getitem":
            whole, key = self._redun_args
            if isinstance(key, slice):
                return _slice_length(key, whole._redun_length if isinstance(whole, Expression) else None)
        return 2 if self._redun_name == "divmod" else None

    def __redun_flatten__(self) -> tuple[object, tuple[Any, ...]]:
        kwargs = self._redun_kwargs or {}
        return (self._redun_name, tuple(kwargs)), (*self._redun_args, *kwargs.values())

    @classmethod
    def __redun_unflatten__(cls, static: Any, parts: tuple[Any, ...]) -> Operation:
        name, keys = static
        split = len(parts) - len(keys)
        return cls(name, parts[:split], dict(zip(keys, parts[split:], strict=True)) or None)


class ValueExpression(Operation):
    """A concrete value as an expression, on which operators are lazy.

    Examples
    --------
    >>> ValueExpression(3) + 4
    (3 + 4)
    """

    __slots__ = ()

    def __init__(self, value: Any) -> None:
        super().__init__("value", (value,))

    @classmethod
    def __redun_unflatten__(cls, static: Any, parts: tuple[Any, ...]) -> ValueExpression:
        return cls(*parts)


def _slice_length(key: slice, whole: int | None) -> int | None:
    """Return how many items a slice has; of an unknown whole, how many it asks for by counting from the start."""
    start, stop, step = key.start, key.stop, key.step
    if any(bound is not None and not isinstance(bound, int) for bound in (start, stop, step)) or step == 0:
        return None
    if whole is not None:
        return len(range(*key.indices(whole)))
    start = start or 0
    step = 1 if step is None else step
    return len(range(start, stop, step)) if stop is not None and min(start, stop, step) >= 0 else None

"""`udf`: one function for plain values and for columns of Spark."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import update_wrapper
from types import FunctionType
from typing import Any, Generic, ParamSpec, TypeVar, get_type_hints, overload

__all__ = ["ColumnFunction", "udf"]

P = ParamSpec("P")
R = TypeVar("R")

_OF_SPARK = {"asNondeterministic", "deterministic", "evalType", "func", "returnType"}
"""By these `spark.udf.register` knows a function for columns."""


class ColumnFunction(Generic[P, R]):
    """A function that gives plain results for plain arguments, and a column for columns; see `udf`."""

    __wrapped__: Callable[P, R]

    def __init__(self, func: Callable[P, R], return_type: Any) -> None:
        update_wrapper(self, func)
        self._return_type = return_type
        # The hash of a task that uses it sees this.
        self.__redun_beside__ = repr(return_type)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function, or where there is a column among the arguments, let Spark call it for each row."""
        for argument in (*args, *kwargs.values()):
            if _is_column(type(argument)):
                found: Any = self._for(type(argument).__module__)(*args, **kwargs)
                return found  # type: ignore[no-any-return]
        return self.__wrapped__(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name in _OF_SPARK:
            return getattr(self._for("pyspark.sql"), name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else self.__wrapped__.__get__(instance, owner)

    def __repr__(self) -> str:
        return f"udf({self.__wrapped__!r})"

    def __reduce__(self) -> Any:
        return type(self), (self.__wrapped__, self._return_type)

    def _for(self, module: str) -> Any:
        """Return Spark's own for columns of its kind; a new one, for it belongs to a context that may be gone."""
        from redun_executor_spark.shipping import send_project_by_value

        if ".connect." in module:
            from pyspark.sql.connect.functions import udf as make
        else:
            from pyspark.sql.functions import udf as make
        send_project_by_value()
        func = _plainly(self.__wrapped__)
        return make(func) if self._return_type is None else make(func, self._return_type)


@overload
def udf(wrapped_func: Callable[P, R], return_type: Any = None) -> ColumnFunction[P, R]: ...
@overload
def udf(
    wrapped_func: None = None, return_type: Any = None
) -> Callable[[Callable[P, R]], ColumnFunction[P, R]]: ...
def udf(wrapped_func: Callable[..., Any] | None = None, return_type: Any = None) -> Any:
    """Make a function one for columns of Spark too; a decorator, with and without arguments.

    It is called on Spark's workers for each row where it is given a column, and stays the function that it is where it
    is given anything else: in tests, on the head of a cluster, where Spark is not installed. A task that uses it has
    its code, that of the functions it uses, and the type it returns in its hash.

    Parameters
    ----------
    wrapped_func : callable, optional
    return_type : pyspark.sql.types.DataType or str, optional
        What it returns, in Spark's words, such as ``"int"`` or ``"array<double>"``; text unless given. Columns that it
        takes are given as columns, ``col("x")``: a text is a text.

    Examples
    --------
    >>> @udf(return_type="int")
    ... def length(word):
    ...     return len(word)
    >>> length("spark")
    5
    """

    def make(func: Callable[..., Any]) -> ColumnFunction[..., Any]:
        return ColumnFunction(func, return_type)

    return make if wrapped_func is None else make(wrapped_func)


def _plainly(func: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function without its annotations, unless they are of tables: Spark warns of all others."""
    if not isinstance(func, FunctionType) or not func.__annotations__:
        return func
    try:
        hints = repr(get_type_hints(func))
    except Exception:
        # Names that exist for type checkers alone.
        hints = repr(func.__annotations__)
    if any(library in hints for library in ("pandas", "pyarrow", "pd.", "pa.")):
        return func
    bare = FunctionType(func.__code__, func.__globals__, func.__name__, func.__defaults__, func.__closure__)
    bare.__kwdefaults__, bare.__qualname__, bare.__module__ = (
        func.__kwdefaults__,
        func.__qualname__,
        func.__module__,
    )
    return bare


def _is_column(kind: type) -> bool:
    # Nothing is a column where nobody has imported Spark.
    if "pyspark" not in sys.modules:
        return False
    return any(
        base.__name__ == "Column" and base.__module__.startswith("pyspark.sql.") for base in kind.__mro__
    )

"""What a task is: its name, the function and what the record says of them.

Floor: language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from redun.errors import TaskDefinitionError
from redun.namespace import compute_namespace
from redun.task.asynchronous import is_coroutine_function
from redun.task.digests import closes_over_data, compatible_digest, task_digest
from redun.task.registry import get_task_registry
from redun.task.signature import Binder

if TYPE_CHECKING:
    from inspect import Signature
    from types import CodeType

    from redun.task.task import Task

__all__ = ["Definition"]

_NAMESPACE = re.compile(r"[^\W\d][\w.]*")


class Definition:
    """The part of a task that no option changes; `Task` says what the parameters mean."""

    def __init__(
        self,
        func: Callable[..., Any],
        name: str | None,
        namespace: str | None,
        version: str | None,
        compat: Sequence[str] | None,
        script: bool,
        hash_includes: Sequence[Any] | None,
        source: str | None,
    ) -> None:
        self.func = func
        if name is None:
            name = func.__name__
        self._name(name, compute_namespace(func, namespace))
        self.version = None if version is None else str(version)
        self.compat = list(compat or ())
        if compat:
            compatible_digest(self)
        self.script = script
        self.hash_includes = tuple(hash_includes or ())
        self._source = self.given_source = source
        if getattr(func, "__code__", None) is None:
            # Said here, not where it is called: not every callable tells its signature.
            _ = self.binder.signature
        self.runs_async = is_coroutine_function(func)
        annotations = getattr(func, "__annotations__", None)
        if annotations and any(type(each) is str and "Secret" in each for each in annotations.values()):
            # The name may be known to type checkers alone.
            import_module("redun.task.secrets")
        self._closes_over_data: bool | None = None
        self.__name__ = name
        self.__doc__ = func.__doc__
        self.__module__ = getattr(func, "__module__", "__main__")
        self.__qualname__ = getattr(func, "__qualname__", name)

    def _name(self, name: str, namespace: str) -> None:
        if not name.isidentifier():
            raise TaskDefinitionError(f"A task's name must be a Python identifier, not {name!r}.")
        if namespace and not _NAMESPACE.fullmatch(namespace):
            raise TaskDefinitionError(
                f"Task {name}: the namespace must consist of letters, digits, '_' and '.', not {namespace!r}."
            )
        self.name = name
        self.namespace = namespace
        self.fullname = f"{namespace}.{name}" if namespace else name
        self.binder = Binder(self.fullname, self.func)
        self._digest: bytes | None = None

    def _base(self) -> Task[..., Any]:
        # Overrides travel on the expression; the task itself stays the registered one.
        return self.__dict__.get("_registered", self)  # type: ignore[no-any-return]

    @property
    def signature(self) -> Signature:
        """The signature of the body."""
        return self.binder.signature

    def is_async(self) -> bool:
        """Tell whether the body is an `async def`."""
        return self.runs_async

    @property
    def digest(self) -> bytes:
        """The task's hash: name, and version or the code that the body reaches, and `hash_includes`."""
        known = self._digest
        if known is None:
            base = self._base()
            known = self._digest = task_digest(base) if base is self else base.digest
        return known

    @property
    def reference(self) -> str | tuple[str, bytes]:
        """How a stored call names this task: by its name, which stands for whatever code it has when it is read.

        Where the name may stand for another function, by its hash too: a later definition has taken the name, or
        the function was made inside of another one, whose values it closes over.
        """
        if self._closes_over_data is None:
            self._closes_over_data = self.version is None and closes_over_data(self.func)
        registered = get_task_registry().get(self.fullname)
        if not self._closes_over_data and (
            registered is self or (registered is not None and registered.digest == self.digest)
        ):
            return self.fullname
        return self.fullname, self.digest

    @property
    def hash(self) -> str:
        """The task's hash as 40 hex digits."""
        return self.digest.hex()

    @property
    def source(self) -> str:
        """The source text of the body, for people; empty when there is none."""
        if self._source is None:
            import inspect

            try:
                self._source = inspect.getsource(self.func)
            except (OSError, TypeError):
                self._source = ""
        return self._source

    @property
    def _code(self) -> CodeType | None:
        # A decorator's own function says nothing about where the task stands.
        func: Any = self.func
        while hasattr(func, "__wrapped__"):
            func = func.__wrapped__
        return getattr(func, "__code__", None)

    @property
    def source_file(self) -> str:
        """The file that defines the body; empty when there is none."""
        code = self._code
        return code.co_filename if code is not None else ""

    @property
    def line(self) -> int:
        """The line at which the body's definition begins; 0 when there is none."""
        code = self._code
        return code.co_firstlineno if code is not None else 0

    @property
    def doc(self) -> str:
        """The docstring, cleaned; empty when there is none."""
        import inspect

        return inspect.cleandoc(self.func.__doc__ or "")

    def is_valid(self) -> bool:
        """Tell whether this version of the task is the one that its name stands for now."""
        registered = get_task_registry().get(self.fullname)
        return registered is not None and registered.digest == self.digest

    def recompute_hash(self) -> str:
        """Look at the code again and return the task's hash."""
        base = self._base()
        base._digest = self._digest = None
        return self.hash

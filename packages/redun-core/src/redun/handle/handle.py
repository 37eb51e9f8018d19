"""`Handle`: a service whose content redun cannot see, known by what was done to it.

Floor: language.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature, signature
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from redun.errors import ArgumentError, NoCurrentScheduler
from redun.handle.states import HandleInfo as Info
from redun.namespace import compute_namespace
from redun.value.base import Value

__all__ = ["Handle", "get_handle_class"]

H = TypeVar("H", bound="Handle")
T = TypeVar("T")

_ASLEEP = "_redun_asleep"
_INFO = "__handle__"
_VERDICT = "_redun_verdict"


class _HandleClass(type):
    """Takes down what a handle is made with, and runs its `__init__`."""

    def __call__(cls: type[T], *args: Any, namespace: str | None = None, **kwargs: Any) -> T:
        handle = cls.__new__(cls)
        initialise: Callable[..., None] = cls.__init__
        parameters = signature(initialise).parameters
        if namespace is not None and "namespace" in parameters:
            kwargs["namespace"] = namespace
        try:
            bound = signature(initialise).bind(handle, *args, **kwargs)
        except TypeError as error:
            raise ArgumentError(f"{cls.__qualname__}{_without_self(initialise)}: {error}.") from None
        bound.apply_defaults()
        arguments = dict(list(bound.arguments.items())[1:])
        first = next(iter(arguments), "")
        name = arguments.get(first)
        if first and parameters[first].kind is Parameter.VAR_POSITIONAL:
            name = args[0] if args else None
        if not isinstance(name, str) or not name:
            raise ArgumentError(
                f"{cls.__qualname__}() wants a name, a text, as its first argument, not {name!r}."
            )
        others = {key: value for key, value in kwargs.items() if key != first}
        place = compute_namespace(cls, namespace)
        info = Info(name, args[1:], others, f"{cls.__module__}.{cls.__qualname__}", place)
        handle.__dict__[_INFO] = info.begun(arguments)
        initialise(handle, *args, **kwargs)
        return handle


def _without_self(initialise: Callable[..., None]) -> Signature:
    found = signature(initialise)
    return found.replace(parameters=list(found.parameters.values())[1:], return_annotation=Signature.empty)


class Handle(Value, metaclass=_HandleClass):
    """A service with a state of its own, such as a database.

    A subclass connects in `__init__`, whose first argument is the handle's name. Only the arguments are stored: what is
    read back or given to a task runs `__init__` again, when an attribute is first used. Attributes that the handle does
    not have are those of `self.instance`.

    Passed to a task, a handle begins a branch; returned, it is in a state that follows from the call. A cached result
    that holds a handle is used again as long as nothing else was done since to the state that it came from.

    Parameters
    ----------
    name : str
        One service, one name.
    *args, **kwargs
        For the subclass.
    namespace : str, optional
        Default: as for tasks, the `redun_namespace` of the module of the class.

    Examples
    --------
    >>> import sqlite3
    >>> class Warehouse(Handle):
    ...     def __init__(self, name, path):
    ...         self.instance = sqlite3.connect(path)
    >>> warehouse = Warehouse("sales", ":memory:")
    >>> warehouse.execute("SELECT 1 + 1").fetchone()
    (2,)
    >>> warehouse.fork("eu").__handle__.key
    'eu'
    """

    HandleInfo: ClassVar[type[Info]] = Info
    __handle__: Info

    if TYPE_CHECKING:
        # Or type checkers would take a class with __getattr__ for a coroutine.
        __await__: ClassVar[None]

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        self.instance: Any = None

    def fork(self: H, key: str) -> H:
        """Return the beginning of a branch; branches with other keys do not affect it.

        Parameters
        ----------
        key : str
            Tells the branches of this state apart.
        """
        return _made(type(self), self.__handle__.forked(str(key)))

    def apply_call(self: H, call_hash: str) -> H:
        """Return the handle in its state after a call, named by 40 hexadecimal digits."""
        return _made(type(self), self.__handle__.called(bytes.fromhex(call_hash)))

    def get_hash(self, data: bytes | None = None) -> str:
        """Return the hash of the state, 40 hexadecimal digits."""
        return self.__handle__.hash

    def is_valid(self) -> bool:
        """Tell whether the state still stands. A subclass may know more; both must agree.

        Raises
        ------
        NoCurrentScheduler
            Only the record knows; a scheduler asks it about the handles in cached results and in arguments.
        """
        verdict = self.__dict__.get(_VERDICT)
        if verdict is not None:
            return bool(verdict)
        raise NoCurrentScheduler(
            f"Whether the state of {self!r} still stands is in the record, which a scheduler looks at when it decides "
            "about a cached result: ask is_valid() of handles that a task was given or returned."
        )

    # For redun.

    def __redun_digest__(self) -> bytes:
        return self.__handle__.state

    def __redun_valid__(self) -> bool:
        # The scheduler asks the record about all handles of a wave at once.
        return self.is_valid()

    def __redun_returned__(self: H, eval_hash: bytes) -> H:
        return _made(type(self), self.__handle__.called(eval_hash))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _made, (type(self), self.__handle__)

    def __copy__(self: H) -> H:
        return _made(type(self), self.__handle__)

    def __deepcopy__(self: H, memo: dict[int, Any]) -> H:
        return _made(type(self), self.__handle__)

    def __repr__(self) -> str:
        info = self.__handle__
        return f"{type(self).__name__}(fullname={info.fullname}, hash={info.hash[:8]})"

    # The service.

    def __getattribute__(self, name: str) -> Any:
        if name not in _OWN and not name.startswith("__"):
            _wake(self)
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        _wake(self)
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            # Python's own protocols (copy, pickle, numpy …) probe for these.
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        instance = self.__dict__.get("instance")
        if instance is None:
            raise AttributeError(
                f"{self!r} has no attribute {name!r}, and its __init__ sets no self.instance to ask for it."
            )
        return getattr(instance, name)


_OWN = frozenset({*dir(Handle), _INFO})
"""What can be asked of a handle without a connection; also by a subclass that overrides it."""


def get_handle_class(handle_class_name: str) -> type[Handle]:
    """Return a subclass of `Handle` by its name, `module.Class` or just `Class`.

    Raises
    ------
    ArgumentError
        There is none.

    Examples
    --------
    >>> from redun import Handle
    >>> class Warehouse(Handle): ...
    >>> get_handle_class("Warehouse") is Warehouse
    True
    """
    classes: list[type[Handle]] = [Handle]
    for cls in classes:
        classes += cls.__subclasses__()
    for cls in reversed(classes):
        if handle_class_name in (f"{cls.__module__}.{cls.__qualname__}", cls.__name__):
            return cls
    raise ArgumentError(f"There is no class of handles called {handle_class_name!r} in this process.")


def branch(handle: H, key: str, *, recorded: bool) -> H:
    """Return the branch that begins with a call; whether the states up to here are recorded is known."""
    info = handle.__handle__
    made = _made(type(handle), (info.recorded() if recorded else info).forked(key))
    judge(made, True)
    return made


def judge(handle: Handle, verdict: bool) -> bool:
    """Tell a handle what the record says of its state; return whether it holds."""
    handle.__dict__[_VERDICT] = verdict
    try:
        return bool(handle.__redun_valid__())
    except Exception:
        # Code of the class: a result that cannot be judged is made again.
        return False


def merged(handles: list[H]) -> H:
    """Return the first of several handles in the state that they all join in."""
    first, *others = handles
    return _made(type(first), first.__handle__.merged([other.__handle__ for other in others]))


def _made(cls: type[H], info: Info) -> H:
    """Make a handle whose `__init__` runs when an attribute is first used: where it is used, if at all."""
    handle = cls.__new__(cls)
    handle.__dict__[_INFO] = info
    handle.__dict__[_ASLEEP] = RLock()
    return handle


def _wake(handle: Handle) -> None:
    own = object.__getattribute__(handle, "__dict__")
    lock = own.get(_ASLEEP)
    if lock is None:
        return
    with lock:
        # It may have been woken meanwhile, or wake just now and be looked at by its own __init__.
        if _ASLEEP not in own or own.get("_redun_waking"):
            return
        own["_redun_waking"] = True
        info = own[_INFO]
        try:
            initialise: Callable[..., None] = type(handle).__init__
            initialise(handle, info.name, *info.args, **info.kwargs)
            del own[_ASLEEP]
        finally:
            del own["_redun_waking"]

"""Code held by living objects: partial functions, wrappers, tables of functions, instances of the project's classes.

Floor: hashing.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from enum import Enum
from types import BuiltinFunctionType, CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import TYPE_CHECKING

from attrs import field, frozen

from redun.hashing.code.parts import Part
from redun.hashing.code.reading import Module
from redun.hashing.digest import digest
from redun.hashing.parts import parts_of

if TYPE_CHECKING:
    from redun.hashing.code.reach import Reach

__all__ = [
    "SCALARS",
    "Structure",
    "attributes",
    "classes_within",
    "closure",
    "is_task",
    "qualified_name",
    "state",
]

SCALARS = frozenset({int, float, complex, bool, str, bytes, type(None)})


Origin = tuple[Module, str]
"""A module and a name bound at its top level."""

_TRANSPARENT = (
    *(
        functools.partial,
        functools.cached_property,
        staticmethod,
        classmethod,
        property,
        MethodType,
        FunctionType,
    ),
    *(list, tuple, set, frozenset, dict, MappingProxyType, type, ModuleType, BuiltinFunctionType),
)


def is_task(value: object) -> bool:
    """Tell whether a value is a task: one that is called is hashed by its own call."""
    return getattr(type(value), "__redun_task__", False) is True


def qualified_name(value: object) -> str:
    """Name a function, class or module, or else the class of a value."""
    if isinstance(value, ModuleType):
        return value.__name__
    if not isinstance(value, type | FunctionType | BuiltinFunctionType):
        value = type(value)
    return f"{value.__module__}.{value.__qualname__}"


def closure(function: FunctionType) -> dict[str, object]:
    """Return what the variables of the surrounding functions hold; those not yet assigned are left out."""
    found: dict[str, object] = {}
    code: CodeType = function.__code__
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=False):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue
    found.pop("__class__", None)
    return found


def state(value: object) -> dict[str, object]:
    """Return the attributes that an instance holds, in its dictionary or in slots."""
    found = attributes(value)
    for cls in type(value).__mro__:
        slots = vars(cls).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__"):
                try:
                    found[name] = object.__getattribute__(value, name)
                except AttributeError:
                    continue
    return found


def attributes(value: object) -> dict[str, object]:
    """Return what a value holds in its dictionary."""
    # Not `vars`: objects that answer every attribute, such as lazy expressions, must not be asked.
    try:
        return dict(object.__getattribute__(value, "__dict__"))
    except AttributeError:
        return {}


def members(value: object, *, own: bool) -> Iterator[tuple[str, object]]:
    """Yield what a value is made of, under names that do not depend on the process, sets apart.

    Parameters
    ----------
    value : object
        Any value.
    own : bool
        Whether it is an instance of one of the project's classes, whose attributes count.
    """
    match value:
        case functools.partial():
            yield "func", value.func
            yield "args", value.args
            yield "keywords", value.keywords
        case MethodType():
            yield "func", value.__func__
            yield "self", value.__self__
        case staticmethod() | classmethod():
            yield "func", value.__func__
        case property():
            yield from (("get", value.fget), ("set", value.fset), ("delete", value.fdel))
        case functools.cached_property():
            yield "func", value.func
        case dict() | MappingProxyType():
            for number, (key, item) in enumerate(value.items()):
                yield f"key {number}", key
                yield f"value {number}", item
        case list() | tuple() | set() | frozenset():
            for number, item in enumerate(value):
                yield f"item {number}", item
        case FunctionType():
            yield from closure(value).items()
        case _ if not own and is_opaque(value):
            try:
                # Their labels are for people: they may show addresses.
                parts = [part for _, part in parts_of(value)]
            except Exception:
                # Without content that lasts, and so without parts.
                return
            for number, part in enumerate(parts):
                yield f"part {number}", part
    wrapped = attributes(value).get("__wrapped__")
    if wrapped is not None and not own:
        yield "__wrapped__", wrapped
        # What a wrapper says of itself that changes what it returns.
        beside = attributes(value).get("__redun_beside__")
        if beside is not None:
            yield "beside", beside
    if own and not isinstance(value, Enum):
        yield from state(value).items()


def is_opaque(value: object) -> bool:
    """Tell whether what a value is made of is known only to its class, through pickling."""
    # To find the parts of an array its whole content would be hashed.
    return (
        not isinstance(value, _TRANSPARENT)
        and type(value).__module__ != "numpy"
        and not hasattr(type(value), "__redun_digest__")
        and "__wrapped__" not in attributes(value)
    )


def classes_within(reach: Reach, value: object) -> tuple[bool, list[type]]:
    """Look through a value for code of the project.

    Returns
    -------
    holds_code : bool
        Whether it holds functions, classes or tasks, however deep.
    classes : list of type
        The project's classes that it holds instances of, in the order of their appearance.
    """
    classes: dict[type, None] = {}
    # Kept alive, so that no later one gets the id of an earlier one.
    seen: dict[int, object] = {}
    todo = [value]
    while todo:
        item = todo.pop()
        cls = type(item)
        if cls in SCALARS or id(item) in seen:
            continue
        seen[id(item)] = item
        if isinstance(item, type):
            if reach.owns_class(item):
                return True, []
            continue
        if is_task(item) or (isinstance(item, FunctionType) and reach.owns_function(item)):
            return True, []
        own = reach.owns_class(cls)
        if own:
            classes[cls] = None
        todo += [member for _, member in members(item, own=own)]
    return False, sorted(classes, key=qualified_name)


@frozen
class Structure:
    """A value that holds code: what it is made of counts, one by one."""

    value: object = field(eq=id)
    name: str = field(eq=False)
    origin: Origin | None = field(eq=False)
    """The name at the top level of a module whose value this is, or is a part of."""
    reach: Reach = field(eq=False, repr=False)

    def read(self) -> Part:
        value, reach = self.value, self.reach
        own = reach.owns_class(type(value))
        found = list(members(value, own=own))
        if isinstance(value, FunctionType):
            # Of other people's functions only what they wrap counts.
            found = [(name, member) for name, member in found if reach.holds_code(member)]
        pieces = [reach.piece(member, f"{self.name}.{name}", within=self.origin) for name, member in found]
        if isinstance(value, set | frozenset):
            pieces.sort(key=lambda piece: reach.read(piece).digest)
        references = {name: piece for (name, _), piece in zip(found, pieces, strict=True)}
        if own:
            references["__class__"] = reach.piece(type(value), qualified_name(value))
        kind = type(value).__name__.encode()
        return Part(self.name, digest(b"code structure", kind), references)

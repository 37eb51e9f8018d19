"""Sealing: everything the record needs of a live value, taken once, and reading it back.

Floor: values. A small number or text is sealed in about two microseconds. A value larger than 1 MiB is sealed
without copying its buffers. `unseal` is the only way back.
"""

from __future__ import annotations

from pickle import dumps
from typing import TYPE_CHECKING, Any, cast

from redun.errors import UnreadableValueError
from redun.hashing.unevaluated import hash_concrete, hash_lazy
from redun.hashing.values import hash_value
from redun.value.codes import ValueFlag, ValueFormat
from redun.value.error import ErrorValue, read_error, seal_error
from redun.value.external import externals_of, is_external, mentions_files
from redun.value.names import type_name
from redun.value.nested import Lazy, is_holder, rebuild, scan
from redun.value.payload import Payload, read_payload
from redun.value.pickling import LARGE, dump, load
from redun.value.preview import preview
from redun.value.sealed import Sealed
from redun.value.treatment import MEMOS

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

__all__ = [
    "ErrorValue",
    "Payload",
    "Sealed",
    "is_external",
    "read_payload",
    "seal",
    "seal_error",
    "unseal",
]


class _Roles(dict[type, int]):
    """Of each type, whether its values are lazy or external, or hold others; decided once."""

    def __missing__(self, kind: type) -> int:
        if issubclass(kind, Lazy):
            role = _LAZY
        elif is_external(kind):
            role = _EXTERNAL
        else:
            role = _HOLDER if is_holder(kind) else _PLAIN
        self[kind] = role
        return role


_ATOMS: dict[type, str] = {kind: kind.__name__ for kind in (int, str, float, bool, type(None))}
_PLAIN, _LAZY, _EXTERNAL = int(ValueFlag.PLAIN), int(ValueFlag.LAZY), int(ValueFlag.EXTERNAL)
_HOLDER = 1 << 8
_roles = _Roles()
MEMOS.append(cast("dict[type, Any]", _roles))
_role_of = _roles.__getitem__
_is_special = cast("Callable[[type], bool]", _role_of)
_PICKLE, _JSON, _RAW = int(ValueFormat.PICKLE), int(ValueFormat.JSON), int(ValueFormat.RAW)


def seal(value: Any, *, pin: bool = True, known: bytes | None = None, call: bytes | None = None) -> Sealed:
    """Take of a value all that the record needs.

    With `pin`, external values inside, such as files, are brought up to date first and hold on to what is seen, so
    that the record shows the world as it was at this moment. Without, they stay as they are. `known` is the hash, where
    that is known already. `call` is the eval hash of the call whose body returned the value: handles inside are then in
    the state after that call.

    Raises
    ------
    UnhashableValueError, UnserializableValueError
        A part has no lasting content, or cannot be pickled; the message says which.
    ExpressionError
        A lazy value lies in an object that is not looked into.

    Examples
    --------
    >>> sealed = seal([1, "two"])
    >>> sealed.type_name, sealed.preview
    ('list', "[1, 'two']")
    >>> unseal(sealed.payload, sealed.format)
    [1, 'two']
    """
    kind = type(value)
    name = _ATOMS.get(kind)
    if name is not None:
        data = dumps(value, 5)
        return Sealed(
            value, hash_value(value), name, len(data), preview(value), _PICKLE, _PLAIN, _in_pieces(data), ()
        )
    if kind is bytes:
        return Sealed(
            value, hash_value(value), "bytes", len(value), preview(value), _RAW, _PLAIN, _in_pieces(value), ()
        )
    return _seal(value, kind, pin, known, call)


def _in_pieces(data: bytes) -> bytes | Payload:
    return data if len(data) < LARGE else Payload((data,))


def _seal(value: Any, kind: type, pin: bool, known: bytes | None, call: bytes | None) -> Sealed:
    flags = _PLAIN
    externals: list[Any] = []
    special = _special(value, kind)
    if special:
        roles = {_role_of(type(part)) for part in special}
        if _LAZY in roles:
            flags |= _LAZY
        externals = special if roles == {_EXTERNAL} else scan(value, is_external)
    if call is not None and any(hasattr(type(external), "__redun_returned__") for external in externals):
        value = _returned(value, externals, call)
        externals = scan(value, is_external)
    if pin:
        _refresh(externals)
    # Hashing comes before pickling: files remember their hash, and it is pickled with them.
    hash_ = known or _hash(value, flags)
    if not externals or pin or known is None:
        return _put_together(value, kind, pin, known, externals, flags, hash_)
    from redun.file.together import as_seen

    with as_seen(externals):
        return _put_together(value, kind, pin, known, externals, flags, hash_)


def _put_together(
    value: Any, kind: type, pin: bool, known: bytes | None, externals: list[Any], flags: int, hash_: bytes
) -> Sealed:
    payload = dump(value, flat=bool(flags & _LAZY))
    if mentions_files(payload) and not (externals and externals[0] is value):
        everywhere = externals_of(value)
        if len(everywhere) > len(externals):
            externals = everywhere
            if pin:
                _refresh(externals)
                hash_ = known or _hash(value, flags)
                payload = dump(value, flat=bool(flags & _LAZY))
    if externals:
        flags |= _EXTERNAL
    parts = _parts(value, externals)
    size = payload.size if isinstance(payload, Payload) else len(payload)
    return Sealed(value, hash_, type_name(kind), size, preview(value), _PICKLE, flags, payload, parts)


def _refresh(externals: list[Any]) -> None:
    if len(externals) == 1:
        _refresh_one(externals[0])
    elif externals:
        from redun.file.together import looked_at_together

        with looked_at_together([externals], anew=True):
            for external in externals:
                _refresh_one(external)


def _refresh_one(external: Any) -> None:
    if hasattr(external, "__redun_refresh__"):
        external.__redun_refresh__()


def _hash(value: Any, flags: int) -> bytes:
    return hash_lazy(value) if flags & _LAZY else hash_concrete(value)


def _returned(value: Any, externals: list[Any], call: bytes) -> Any:
    # What lies in expressions is given to other calls, not returned: it stays as it is.
    moved = [external for external in externals if hasattr(type(external), "__redun_returned__")]
    return rebuild(value, {id(part): part.__redun_returned__(call) for part in moved}, all_leaves=True)


def _special(value: Any, kind: type) -> list[Any]:
    """Return the lazy and external parts and those that hold others; what is in these is not listed."""
    if kind in (list, tuple, set, frozenset) and all(part in _ATOMS for part in set(map(type, value))):
        return []
    return scan(value, _is_special)


def _parts(value: Any, externals: list[Any]) -> tuple[Sealed, ...]:
    parts = [_seal_external(external) for external in externals if external is not value]
    if externals and externals[0] is value and hasattr(value, "__redun_parts__"):
        parts += [_seal_external(part) for part in value.__redun_parts__()]
    return tuple(parts)


def _seal_external(value: Any) -> Sealed:
    payload = dump(value, flat=False)
    size = payload.size if isinstance(payload, Payload) else len(payload)
    hash_, name = hash_value(value), type_name(type(value))
    return Sealed(
        value, hash_, name, size, preview(value), _PICKLE, _EXTERNAL, payload, _parts(value, [value])
    )


def unseal(payload: Buffer | Payload, format: int = _PICKLE) -> Any:  # noqa: A002
    """Give back the live value of a payload.

    Raises
    ------
    UnreadableValueError
        A class or module is gone, or the bytes are damaged; the message says which.
    """
    if format == _PICKLE:
        return load(payload)
    data = bytes(payload)
    if format == _RAW:
        return data
    if format == _JSON:
        return read_error(data)
    raise UnreadableValueError(f"A stored value has format {format}, which a newer redun must have written.")

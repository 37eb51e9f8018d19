"""Hashes of values: content alone counts.

Floor: hashing. A value is encoded from the leaves up (`leaves`, `nodes`, `objects`): the encoding of a container is its
tag, its length and the encodings of its parts, replaced by its digest when longer than `INLINE` bytes, and the hash
is the digest of the encoding of the whole. So a small value costs one digest, a large part is hashed once however
often it occurs, and sharing never shows.

A part that leads back to a value still open, which only cycles do, is encoded as the number of steps back to it among
the open values, in the way of Tarjan's search for strongly connected components. Within a cycle, and only there,
which parts are shared counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pickle import PicklingError
from struct import Struct
from typing import Any

from redun.errors import ExpressionError, RedunError, UnhashableValueError
from redun.hashing.digest import seed
from redun.hashing.leaves import DIGESTED, LEAVES, Encoder, Unhashable, encode_buffer, encode_name
from redun.hashing.nodes import OPENERS, Node, Opener
from redun.hashing.objects import OWN, leaf_encoder, opener
from redun.hashing.parts import parts_of

__all__ = ["TypeResolver", "Unevaluated", "hash_value", "parts_of", "set_type_resolver"]

TypeResolver = Callable[[type], Encoder | None]

REMEMBERED = 1 << 16
"""Encodings kept during a walk, in case their values come again."""

_back = Struct("<cQ").pack
_seed = seed(b"value")


_BUILTIN = frozenset((*LEAVES, *OPENERS))
_encoder_of = LEAVES.get
_opener_of = OPENERS.get
_resolvers: dict[str, TypeResolver] = {}


class Unevaluated(Exception):
    """A lazy value was met where nothing may be lazy; the walk adds where it lies."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


def set_type_resolver(resolve: TypeResolver | None, *, by: str = "plugins") -> None:
    """Let others encode values of types that are not built in.

    Parameters
    ----------
    resolve : callable or None
        Asked once for each such type; returns a function from a value of that type to bytes that stand for its
        content, or None to leave the type to its `__redun_digest__` or `__reduce_ex__`.
    by : str
        Who answers: plugins are asked first, then the treatments of `redun.value`.
    """
    if resolve is None:
        _resolvers.pop(by, None)
    else:
        _resolvers[by] = resolve
    for kind in LEAVES.keys() - _BUILTIN:
        del LEAVES[kind]
    for kind in OPENERS.keys() - _BUILTIN:
        del OPENERS[kind]


def _learn(kind: type) -> Encoder | Opener:
    """Decide, once, how values of a type are encoded."""
    encoder = _ask(kind) or leaf_encoder(kind)
    if encoder is not None:
        LEAVES[kind] = encoder
        return encoder
    how = OPENERS[kind] = opener(kind)
    return how


def _ask(kind: type) -> Encoder | None:
    answers = (resolve(kind) for _, resolve in sorted(_resolvers.items()))
    encode = next(filter(None, answers), None)
    if encode is None:
        return None
    head = b"@" + encode_name(kind)
    return lambda value: head + encode_buffer(b"b", encode(value))


def hash_value(value: object, known: Mapping[int, bytes] | None = None) -> bytes:
    """Hash a value by its content.

    Equal content has an equal hash whatever its identity, sharing, set order, process or PYTHONHASHSEED. Types count
    (``1``, ``1.0`` and ``True`` differ), and so does the order of dicts. A class may supply the digest of its
    objects as ``__redun_digest__(self) -> bytes``.

    Parameters
    ----------
    value : object
        Anything that pickle can take, however deeply nested; buffers are not copied.
    known : mapping, optional
        From the `id` of parts to digests that stand for them: of parts that have no hash of their own.

    Returns
    -------
    bytes
        20 bytes.

    Raises
    ------
    UnhashableValueError
        A part has no content that lasts (a lambda, an open file, …); the message says where in the value.

    Examples
    --------
    >>> hash_value({"a": {3, 1, 2}}) == hash_value({"a": {2, 1, 3}})
    True
    >>> hash_value(1) == hash_value(1.0)
    False
    """
    encoder = _encoder_of(type(value))
    if encoder is None:
        stack: list[Node] = []
        try:
            encoding = _encode(value, stack, known)
        except Exception as error:
            raise _failure(error, stack) from error
    else:
        try:
            encoding = encoder(value)
        except Exception as error:
            raise _failure(error, []) from error
    if encoding[0] == OWN:
        return encoding[1:]
    state = _seed.copy()
    state.update(encoding)
    return state.digest()


def _encode(value: Any, stack: list[Node], known: Mapping[int, bytes] | None) -> bytes:
    """Encode a value that may have parts; `stack` shows where the walk is."""
    root = _open(value)
    if isinstance(root, bytes):
        return root
    stack.append(root)
    opened = [value]
    places = {id(value): 0}
    memo: dict[int, tuple[Any, bytes]] = {}
    while True:
        node = stack[-1]
        append = node.parts.append
        for part in node.block:
            encoder = _encoder_of(type(part))
            if encoder is not None:
                append(encoder(part))
                continue
            key = id(part)
            if key in memo:
                append(memo[key][1])
                continue
            if known is not None and key in known:
                append(b"&" + known[key])
                continue
            if key in places:
                append(_back(b"^", len(opened) - places[key]))
                node.lowest = min(node.lowest, places[key])
                continue
            inner = _open(part)
            if isinstance(inner, bytes):
                append(inner)
                _remember(memo, part, inner)
                continue
            places[key] = inner.position = inner.lowest = len(opened)
            opened.append(part)
            stack.append(inner)
            break
        else:
            if node.advance():
                continue
            encoding = node.close()
            stack.pop()
            if not stack:
                return encoding
            parent = stack[-1]
            parent.parts.append(encoding)
            if node.lowest < node.position:
                parent.lowest = min(parent.lowest, node.lowest)
                continue
            for member in opened[node.position :]:
                del places[id(member)]
            del opened[node.position :]
            _remember(memo, node.value, encoding)


def _remember(memo: dict[int, tuple[Any, bytes]], value: Any, encoding: bytes) -> None:
    # What is small and plain is encoded again faster than remembered.
    if encoding[0] == DIGESTED or type(value) not in _BUILTIN:
        if len(memo) >= REMEMBERED:
            memo.clear()
        memo[id(value)] = value, encoding


def _open(value: Any) -> Node | bytes:
    kind = type(value)
    how = _opener_of(kind) or _encoder_of(kind) or _learn(kind)
    return how(value)


def _is_looked_into(kind: type) -> bool:
    records = ("__dataclass_fields__", "__attrs_attrs__", "_fields")
    return issubclass(kind, (list, tuple, dict, set, frozenset)) or any(
        hasattr(kind, name) for name in records
    )


def _failure(error: Exception, stack: list[Node]) -> Exception:
    if isinstance(error, RedunError):
        return error
    path = "value" + "".join(node.path() for node in stack)
    if isinstance(error, Unevaluated):
        kinds = [type(node.value) for node in stack]
        holder = next((kind.__qualname__ for kind in kinds if not _is_looked_into(kind)), "value")
        return ExpressionError(
            f"{path} is the lazy value {error.value!r}, inside of a {holder}: such objects are not looked into, so it "
            "would be used unevaluated. Put it in a list, tuple, set, dict or dataclass, give it as an argument of its "
            "own, or quote() it if it is meant as data."
        )
    if isinstance(error, Unhashable):
        return UnhashableValueError(f"{path} cannot be hashed: {error}.")
    if isinstance(error, (TypeError, PicklingError)):
        remedy = "Pass what it is made from instead, or give its class a __reduce__ method."
    else:
        remedy = "That is an error in the class of the value."
    return UnhashableValueError(f"{path} cannot be hashed: {type(error).__name__}: {error}. {remedy}")

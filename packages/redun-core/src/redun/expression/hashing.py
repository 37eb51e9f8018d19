"""Content hashes of expressions: Merkle, iterative, each expression hashed once.

Floor: language. The hash of a call names the task, not its code: code belongs to the eval hash, where the call runs.
"""

from __future__ import annotations

from typing import Any

from redun.errors import UnhashableValueError
from redun.expression.base import Expression
from redun.hashing.digest import digest
from redun.hashing.unevaluated import hash_parts
from redun.hashing.values import hash_value
from redun.value.nested import lazies
from redun.value.preview import shorten

__all__ = ["hash_expression"]


def hash_expression(expression: Expression) -> bytes:
    """Return the content hash of an expression (20 bytes)."""
    if expression._redun_hash is None:
        # Inner expressions first: hashing a part then finds their hashes ready and does not recurse.
        stack: list[Any] = [expression]
        while stack:
            current = stack[-1]
            if current._redun_hash is not None:
                stack.pop()
                continue
            static, parts = current.__redun_flatten__()
            inner = [lazy for lazy in lazies(parts) if lazy._redun_hash is None]  # type: ignore[attr-defined]
            if inner:
                stack.extend(inner)
                continue
            kind = type(current).__name__.encode()
            try:
                hashed = hash_parts(parts)
            except UnhashableValueError as error:
                raise UnhashableValueError(f"in the lazy value {shorten(repr(current))}, {error}") from error
            current._redun_hash = digest(b"expression", kind, hash_value(static), hashed)
            stack.pop()
    result = expression._redun_hash
    assert result is not None
    return result

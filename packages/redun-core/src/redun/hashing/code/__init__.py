"""Hashes of code: a function with all the project's own code that it reaches.

Floor: hashing. The hash of a function covers its code and that of the helper functions, classes, module constants
and closures that it refers to by name, however indirectly; the standard library and installed packages count by how
they are imported. Comments, docstrings, layout and where files lie do not count. A task that is called counts by name
only: it is hashed when it is called.

What a name stands for only at run time is not followed: ``getattr(module, name)``, ``globals()[name]``, methods of
arguments whose class is not mentioned. Module constants count by the content they have when first needed; those without
lasting content (locks, open files), and absolute paths computed from ``__file__``, by their assignment. A function
edited while the process runs counts as the code that is running.

The modules: `project` (whose code it is), `sources` and `locate` (text and syntax), `normalise` (one spelling), `names`
(what code refers to), `reading` (what a name stands for, by reading), `reach`, `functions`, `classes` and `objects`
(the same, from living objects), `parts` (the graph and its digest), `hasher`. They are loaded when something is first
hashed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from redun.on_demand import importer

if TYPE_CHECKING:
    from redun.hashing.code.hasher import CodeHasher as CodeHasher

__all__ = ["CodeHasher", "default_hasher", "describe_code", "hash_code"]


def hash_code(func: Callable[..., Any], *, name: str | None = None) -> bytes:
    """Hash a function with the project's code that it reaches, once per process (see `default_hasher`).

    Parameters
    ----------
    func : callable
        A function, class or other callable.
    name : str, optional
        Counts in addition; the name in the ``def`` statement does not.

    Returns
    -------
    bytes
        20 bytes.

    Examples
    --------
    >>> def one(x):
    ...     return x + 1
    >>> def two(x):
    ...     "Formatted differently, and documented."
    ...     return (x
    ...             + 1)
    >>> hash_code(one) == hash_code(two)
    True
    """
    return default_hasher().hash(func, name=name)


def describe_code(func: Callable[..., Any]) -> list[tuple[str, bytes]]:
    """List the parts that count in the hash of a function, itself first: qualified names and digests."""
    return default_hasher().describe(func)


@cache
def default_hasher() -> CodeHasher:
    """Return the hasher that `hash_code` and `describe_code` share; its `forget` makes them look anew."""
    from redun.hashing.code.hasher import CodeHasher

    return CodeHasher()


__getattr__ = importer(__name__, {"CodeHasher": "redun.hashing.code.hasher"})

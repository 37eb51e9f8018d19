"""What a value is made of, with the way to each part: for messages that say where in a value something is wrong.

Floor: hashing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from redun.hashing.leaves import LEAVES
from redun.hashing.nodes import Node, key_label
from redun.hashing.objects import open_object

__all__ = ["parts_of"]


def parts_of(value: Any) -> Iterator[tuple[str, Any]]:
    """Iterate the direct parts of a value with the way to each.

    Examples
    --------
    >>> list(parts_of({"a": [1]}))
    [(" key 'a'", 'a'), ("['a']", [1])]
    """
    kind = type(value)
    if kind in (list, tuple):
        for number, part in enumerate(value):
            yield f"[{number}]", part
    elif kind is dict:
        for key, part in value.items():
            yield key_label(key, 0), key
            yield key_label(key, 1), part
    elif kind in (set, frozenset):
        for part in value:
            yield "{…}", part
    elif kind not in LEAVES or hasattr(kind, "__redun_digest__"):
        node = open_object(value)
        if isinstance(node, Node):
            yield from node.children()

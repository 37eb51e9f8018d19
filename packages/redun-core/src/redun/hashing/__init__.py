"""Content digests of values and code.

Floor: hashing. `digest` holds the one hash function of redun; `values` encodes Python values for it, `code`
functions.
"""

from __future__ import annotations

import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redun.hashing.texts import hash_bytes, hash_stream, hash_struct, hash_text

__all__ = ["hash_bytes", "hash_stream", "hash_struct", "hash_text"]

IMPORTED_AT = time.time()
"""When redun was imported: code in files written later may differ from what is running."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'redun.hashing' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module("redun.hashing.texts"), name)
    return value

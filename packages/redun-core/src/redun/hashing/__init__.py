"""Content digests of values and code.

Floor: hashing. `digest` holds the one hash function of redun; `values` encodes Python values for it, `code`
functions.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from redun.on_demand import importer

if TYPE_CHECKING:
    from redun.hashing.texts import hash_bytes, hash_stream, hash_struct, hash_text

__all__ = ["hash_bytes", "hash_stream", "hash_struct", "hash_text"]

IMPORTED_AT = time.time()
"""When redun was imported: code in files written later may differ from what is running."""

__getattr__ = importer(__name__, dict.fromkeys(__all__, "redun.hashing.texts"))

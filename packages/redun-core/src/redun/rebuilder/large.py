"""Reading large values, which are kept outside the database.

Floor: rebuilder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redun.errors import UnreadableValueError
from redun.hashing.values import hash_value
from redun.value.seal import unseal

if TYPE_CHECKING:
    from redun.recorder.interface import Recorder

__all__ = ["read_large"]


def read_large(recorder: Recorder, value_hash: bytes, payload_format: int, *, lazy: bool = False) -> Any:
    """Return a large value, verified by its hash unless it is lazy.

    A large array is written without a copy, while tasks may already be using it: if one of them changed it in place
    before it was written, the bytes are sound and the content is not.

    Raises
    ------
    UnreadableValueError
        Its bytes are gone or damaged, or it is not what its hash says.
    """
    value = unseal(recorder.load(value_hash, payload_format), payload_format)
    if not lazy and hash_value(value) != value_hash:
        raise UnreadableValueError(
            f"The stored value {value_hash.hex()} is not what was returned: it was changed in place before it was "
            "written. Tasks must not change large arguments in place."
        )
    return value

"""Keys as people keep them: 64 hex digits, in a file that nobody else may read or in the environment.

Floor: secrets. A key is 32 random bytes; what it is for, messages are told.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from redun.errors import ConfigError

__all__ = ["HOW_TO_MAKE", "KEY_SIZE", "key_of_hex", "read_private"]

KEY_SIZE = 32

HOW_TO_MAKE = (
    'a key is 64 hex digits, as `python -c "import secrets; print(secrets.token_hex(32))"` makes them'
)


def key_of_hex(data: bytes) -> bytes | None:
    """Return the key that hex digits stand for, or None if they are none.

    Examples
    --------
    >>> key_of_hex(b"00" * 32 + b" ") == bytes(32)
    True
    >>> key_of_hex(b"secret") is None
    True
    """
    with suppress(ValueError):
        key = bytes.fromhex(data.strip().decode("ascii", "replace"))
        if len(key) == KEY_SIZE:
            return key
    return None


def read_private(path: Path, what: str, most: int, without: str, *, group: bool = False) -> bytes:
    """Return what is in a file, if nobody else may read it.

    Parameters
    ----------
    path : Path
    what : str
        What the file holds, for messages.
    most : int
        Bytes to read.
    without : str
        What cannot be done without it, for messages.
    group : bool
        Its group may read it, since a team shares it.

    Raises
    ------
    ConfigError
        It cannot be read, or others can get at it.
    """
    try:
        with path.open("rb") as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            data = stream.read(most)
    except OSError as error:
        raise ConfigError(f"{what}, {path}, cannot be read: {error.strerror or error}. {without}") from None
    if mode & (0o037 if group else 0o077):
        wanted = "640" if group else "600"
        raise ConfigError(
            f"{what}, {path}, has mode {mode:04o}, so that others can get at it: chmod {wanted} {path}"
        )
    return data

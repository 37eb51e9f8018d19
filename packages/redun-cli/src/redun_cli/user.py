"""Who runs this process.

Floor: command line.
"""

from __future__ import annotations

import os

__all__ = ["current_user"]


def current_user() -> str | None:
    """Return `REDUN_USER`, or else the name of the login; None where there is neither."""
    given = os.environ.get("REDUN_USER")
    if given:
        return given
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a number without a name.
        return None

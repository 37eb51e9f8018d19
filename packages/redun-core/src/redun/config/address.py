"""Addresses as they may be shown: without the passwords in them.

Floor: ground.
"""

from __future__ import annotations

import os
import re

__all__ = ["HIDDEN", "shown"]

HIDDEN = "***"
"""What stands where a password stood."""

# Up to the last @, since people forget to write the @ or / of a password as %40 or %2F.
_USER = re.compile(r"(?P<user>[^:/?#@\[]*):.*@", re.DOTALL)
_OPTION = re.compile(r"(?P<before>[?&](?P<name>[^=&#]+)=)[^&#]*")
# Our own options `db_…` say where a secret is, and are none.
_CONFIDENTIAL = re.compile(r"(?!db_).*(?:pass(?!file)|secret|token|scram_)", re.IGNORECASE | re.DOTALL)


def shown(address: str | os.PathLike[str]) -> str:
    """Return an address, a URL or a path, with every password in it replaced by `***`.

    Whatever shows an address, a message, a log, a report, takes it from here.

    Parameters
    ----------
    address : str or path
        It need not be well-formed. What cannot be told from a password is hidden, too.

    Examples
    --------
    >>> shown("postgresql://anna:open-sesame@db.example.org/redun?sslmode=verify-full")
    'postgresql://anna:***@db.example.org/redun?sslmode=verify-full'
    >>> shown("postgresql:///redun?host=db.example.org&password=open-sesame")
    'postgresql:///redun?host=db.example.org&password=***'
    >>> shown("sqlite:////data/redun.db")
    'sqlite:////data/redun.db'
    """
    text = os.fspath(address)
    scheme, mark, rest = text.partition("://")
    if not mark:
        return text
    rest = _USER.sub(rf"\g<user>:{HIDDEN}@", rest, count=1) if _USER.match(rest) else rest
    return f"{scheme}://{_OPTION.sub(_without_value, rest)}"


def _without_value(option: re.Match[str]) -> str:
    from urllib.parse import unquote

    # The name of an option may be escaped as well as its value.
    return option["before"] + HIDDEN if _CONFIDENTIAL.match(unquote(option["name"])) else option[0]

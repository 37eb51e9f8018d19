"""Where large values are kept: options of section `[backend]`.

Floor: ground.
"""

from __future__ import annotations

from pathlib import Path

import attrs

from redun.config.tree import Config

__all__ = ["SMALLEST", "ValuePlace", "value_place"]

SMALLEST = 1024
"""Bytes from which on a payload goes to the value store that is named, unless the configuration says otherwise."""

_LOCAL = "file://"


@attrs.frozen
class ValuePlace:
    """What a configuration says about large values.

    Attributes
    ----------
    path : str or None
        An absolute path, or the URL of a directory; None: beside the database, or in it.
    smallest : int or None
        Bytes from which on a payload goes there.
    """

    path: str | None
    smallest: int | None


def value_place(config: Config) -> ValuePlace:
    """Return where the configuration wants large values; a relative path refers to its folder.

    Raises
    ------
    ConfigError
        An option is ill-formed.

    Examples
    --------
    >>> from redun.config import Config
    >>> value_place(Config({"backend": {"value_store_path": "s3://lab/values"}}))
    ValuePlace(path='s3://lab/values', smallest=1024)
    >>> value_place(Config({"backend": {"value_store_path": "store"}}, configdir="/project/.redun"))
    ValuePlace(path='/project/.redun/store', smallest=1024)
    >>> value_place(Config({}))
    ValuePlace(path=None, smallest=None)
    """
    section = config.section("backend")
    path = section.get_str("value_store_path")
    smallest = section.get_int("value_store_min_size", None if path is None else SMALLEST, minimum=0)
    if path is None:
        return ValuePlace(None, smallest)
    if not path.strip():
        raise section.error(
            "value_store_path", "it is empty; name a folder, or the URL of one such as s3://bucket/values"
        )
    local = path.removeprefix(_LOCAL)
    if "://" not in local:
        folder = Path.cwd() if config.configdir is None else config.configdir.absolute()
        path = str(folder / Path(local).expanduser())
    return ValuePlace(path, smallest)

"""The value store that a configuration names, of a file system that a plugin may supply.

Floor: host.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from redun.config.values import value_place
from redun.errors import UnknownProviderError
from redun.recorder.storing import LARGE, Values
from redun.recorder.value_store import FileValueStore, FolderValueStore

if TYPE_CHECKING:
    from redun.config import Config
    from redun.host.host import Host

__all__ = ["configured_values", "named_store", "value_store"]


def configured_values(host: Host, config: Config, database: Path | None) -> Values | None:
    """Return where a recorder is to keep large values; None if the configuration leaves it to the recorder.

    Parameters
    ----------
    host : Host
    config : Config
    database : Path or None
        The file of an SQLite record, beside which there is a folder for large values.

    Raises
    ------
    ConfigError, PluginError
        An option is ill-formed, or no plugin serves the place.
    """
    place = value_place(config)
    if place.path is None and (place.smallest is None or database is None):
        return None
    smallest = LARGE if place.smallest is None else place.smallest
    return Values(value_store(host, config, database), smallest)


def value_store(host: Host, config: Config, database: Path | None) -> FileValueStore | None:
    """Return the large values of a record, wherever they are; None if all are in the database.

    Parameters and errors are those of `configured_values`.
    """
    path = value_place(config).path
    beside = None if database is None else FolderValueStore(database.parent / "values")
    if path is None:
        return beside
    named = named_store(host, config, path)
    if beside is None or str(beside) == str(named):
        return named
    from redun.recorder.layered_values import LayeredValueStore

    return LayeredValueStore(named, beside)


def named_store(host: Host, config: Config, path: str) -> FileValueStore:
    """Return the value store at an absolute path or URL; parameters and errors are those of `configured_values`."""
    scheme, mark, _ = path.partition("://")
    if not mark:
        return FolderValueStore(Path(path), shared=True)
    from redun.recorder.remote_values import RemoteValueStore

    try:
        filesystem = host.filesystem(scheme)()
    except UnknownProviderError as error:
        raise config.error("backend", "value_store_path", f"{path!r}: {error}") from None
    filesystem.configure(config.section(f"filesystems.{scheme}"))
    return RemoteValueStore(filesystem, path)

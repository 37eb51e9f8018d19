"""Which signatures are accepted of the values of a record.

Floor: library.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from redun.config import Config, find_config_dir, load_config
from redun.config.location import CONFIG_FILE
from redun.signing.names import SECTION

if TYPE_CHECKING:
    from redun.signing.signer import Signer

__all__ = ["config_of", "signer_of"]


def signer_of(location: str | Path | Config) -> Signer | None:
    """Return what accepts signatures of the values of a record, or None where none are asked for.

    Parameters
    ----------
    location : str, Path or Config
        The record. A file goes with the configuration beside it, what has none with the project in whose folder we are.

    Raises
    ------
    ConfigError
        A key is asked for and not there.
    """
    config = config_of(location)
    if SECTION not in config.section_names():
        return None
    from redun.signing.keys import configured_signer

    return configured_signer(config)


def config_of(location: str | Path | Config) -> Config:
    """Return the configuration that goes with a record."""
    if isinstance(location, Config):
        return location
    text = str(location)
    scheme, found, place = text.partition("://")
    if not found or scheme.startswith("sqlite"):
        folder = Path(place.removeprefix("/") if found else text).expanduser().parent
        if (folder / CONFIG_FILE).is_file():
            return load_config(folder)
    return load_config(find_config_dir())

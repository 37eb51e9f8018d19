"""Configuration: a tree of sections, read from `redun.ini`, and where that file is.

Floor: ground. Nothing here knows which sections exist; whoever owns a section reads it.
"""

from __future__ import annotations

from redun.config.database import database_location, database_path, database_uri
from redun.config.location import find_config_dir, init_config, load_config
from redun.config.section import Section
from redun.config.tree import Config, create_config_section

__all__ = [
    "Config",
    "Section",
    "create_config_section",
    "database_location",
    "database_path",
    "database_uri",
    "find_config_dir",
    "init_config",
    "load_config",
]

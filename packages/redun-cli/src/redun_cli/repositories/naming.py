"""Names of repositories: list, add, remove.

Floor: command line.
"""

from __future__ import annotations

from pathlib import Path

from redun.config import find_config_dir
from redun.config.location import CONFIG_FILE
from redun.config.repositories import NamedRepository, add_repository, remove_repository, repositories
from redun.errors import ConfigError

from redun_cli.invocation import Invocation
from redun_cli.log.writing import write_lines

__all__ = ["add_named", "list_named", "remove_named"]


def list_named(invocation: Invocation) -> None:
    """Print the repositories."""
    lines = ["Repositories:"]
    for repository in repositories(invocation.config).values():
        own = repository.config_dir == invocation.config_dir
        trust = "  (trusted)" if repository.trusted and not own else ""
        lines.append(f"  {repository.name}: {repository.config_dir}{trust}")
    write_lines(lines)


def add_named(invocation: Invocation, name: str, directory: Path, *, trusted: bool) -> None:
    """Write a name into the configuration.

    Raises
    ------
    ConfigError
        The folder holds no configuration, or the name cannot be used.
    """
    folder = _config_folder(directory)
    path = _file(invocation)
    add_repository(path, NamedRepository(name, folder, trusted))
    write_lines([f"Added the repository {name}: {folder}{' (trusted)' if trusted else ''}"])


def remove_named(invocation: Invocation, name: str) -> None:
    """Take a name out of the configuration.

    Raises
    ------
    ConfigError
        It is not there.
    """
    remove_repository(_file(invocation), name)
    write_lines([f"Removed the repository {name}; its records stay where they are"])


def _config_folder(directory: Path) -> Path:
    """Return the folder of a configuration, which may be given by the project that it is of."""
    for folder in (directory, directory / ".redun"):
        if (folder / CONFIG_FILE).is_file():
            return folder.resolve()
    if ":/" in str(directory):
        raise ConfigError(
            f"{directory} is no folder: name the one whose redun.ini says which database holds the records"
        )
    raise ConfigError(
        f"{directory} holds no redun.ini: name the folder of a repository's configuration, "
        f"or make one with `redun init {directory}`"
    )


def _file(invocation: Invocation) -> Path:
    path = find_config_dir(invocation.config_option) / CONFIG_FILE
    if not path.is_file():
        raise ConfigError(f"{path} does not exist; `redun init` creates it")
    return path

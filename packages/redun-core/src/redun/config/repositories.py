"""Other repositories that a configuration names: sections `[repos.NAME]`.

Floor: ground.
"""

from __future__ import annotations

import re
from pathlib import Path

import attrs

from redun.config.location import CONFIG_FILE
from redun.config.tree import Config
from redun.errors import ConfigError

__all__ = [
    "DEFAULT_REPOSITORY",
    "NamedRepository",
    "add_repository",
    "named_repository",
    "remove_repository",
    "repositories",
]

DEFAULT_REPOSITORY = "default"
"""The one that the configuration itself is of."""

_SECTION = "repos"
_NAME = re.compile(r"[\w-]+")


@attrs.frozen
class NamedRepository:
    """A repository with a name.

    Attributes
    ----------
    name : str
    config_dir : Path
        The folder of its configuration.
    trusted : bool
        Whether the cache may use what comes from there, and what goes there may be used by the cache there.
    """

    name: str
    config_dir: Path
    trusted: bool = False


def repositories(config: Config) -> dict[str, NamedRepository]:
    """Return the repositories that a configuration names, itself first, as `default`.

    Raises
    ------
    ConfigError
        A section names no folder.

    Examples
    --------
    >>> from redun.config import Config
    >>> config = Config({"repos.team": {"config_dir": "/team/.redun"}}, configdir="/project/.redun")
    >>> [str(repository.config_dir) for repository in repositories(config).values()]
    ['/project/.redun', '/team/.redun']
    """
    here = Path.cwd() if config.configdir is None else config.configdir.absolute()
    found = {DEFAULT_REPOSITORY: NamedRepository(DEFAULT_REPOSITORY, here, trusted=True)}
    for name in config.children(_SECTION):
        section = config.section(f"{_SECTION}.{name}")
        folder = section.get_str("config_dir")
        if not folder:
            raise section.error("config_dir", "it is missing: name the folder of the repository's redun.ini")
        if name != DEFAULT_REPOSITORY:
            trusted = section.get_bool("trusted", False)
            found[name] = NamedRepository(name, here / Path(folder).expanduser(), trusted)
    return found


def named_repository(config: Config, name: str) -> NamedRepository:
    """Return the repository that a configuration calls by a name.

    Raises
    ------
    ConfigError
        There is none; the message lists those that there are.
    """
    known = repositories(config)
    if name not in known:
        names = ", ".join(sorted(known))
        wanted = "NAME" if "://" in name else name
        raise ConfigError(
            f"no repository is called {name!r}; there are: {names}. `redun repo add {wanted} DIR` names another"
        )
    return known[name]


def add_repository(path: Path, repository: NamedRepository) -> None:
    """Add a section to the text of a `redun.ini`; all that is there stays as it is.

    Raises
    ------
    ConfigError
        The name cannot be one or is taken, or the file cannot be written.
    """
    name = repository.name
    if not _NAME.fullmatch(name) or name == DEFAULT_REPOSITORY:
        reason = (
            "stands for this one" if name == DEFAULT_REPOSITORY else "is no word of letters, digits, - and _"
        )
        raise ConfigError(f"a repository cannot be called {name!r}, which {reason}; choose another name")
    text = _read(path)
    if _span(text, name) is not None:
        raise ConfigError(
            f"{path} has a repository {name!r} already: `redun repo remove {name}` takes it out, "
            "or choose another name"
        )
    gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
    folder = str(repository.config_dir).replace("$", "$$")
    trusted = "trusted = true\n" if repository.trusted else ""
    _write(path, f"{text}{gap}[{_SECTION}.{name}]\nconfig_dir = {folder}\n{trusted}")


def remove_repository(path: Path, name: str) -> None:
    """Take the section of a repository out of the text of a `redun.ini`.

    Raises
    ------
    ConfigError
        There is no such section, or the file cannot be written.
    """
    text = _read(path)
    span = _span(text, name)
    if span is None:
        raise ConfigError(
            f"{path} has no section [{_SECTION}.{name}]; `redun repo list` shows the repositories"
        )
    lines = text.splitlines(keepends=True)
    first, last = span
    before = "".join(lines[:first])
    after = "".join(lines[last:])
    _write(path, before + after if after.strip() else before.rstrip() + "\n")


def _span(text: str, name: str) -> tuple[int, int] | None:
    """Return the lines of a section: from its header to before the next, or the comment above that."""
    lines = text.splitlines()
    headers = [number for number, line in enumerate(lines) if line.lstrip().startswith("[")]
    for position, number in enumerate(headers):
        if lines[number].strip().partition("]")[0] != f"[{_SECTION}.{name}":
            continue
        last = headers[position + 1] if position + 1 < len(headers) else len(lines)
        if last < len(lines):
            while last - 1 > number and lines[last - 1].lstrip().startswith(("#", ";")):
                last -= 1
        return number, last
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def _write(path: Path, text: str) -> None:
    import os
    import tempfile

    # A link stays one: what it leads to is what somebody keeps elsewhere.
    path = path.resolve()
    try:
        mode = path.stat().st_mode & 0o777
        descriptor, temporary = tempfile.mkstemp(prefix=f".{CONFIG_FILE}.", dir=path.parent)
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(temporary, mode)
            os.replace(temporary, path)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from error

"""Which file system serves a path.

Floor: values. Those of core are known here, and classes that a workflow registers; the host may supply a resolver that
finds those of plugins, which is asked once per scheme.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pkgutil import resolve_name
from typing import Any, TypeVar

from redun.errors import PluginError, UnknownProviderError
from redun.filesystems.base import FileSystem
from redun.filesystems.local import LocalFileSystem

__all__ = [
    "FileSystemResolver",
    "environment",
    "get_filesystem",
    "list_schemes",
    "options_of",
    "register_filesystem",
    "scheme_of",
    "set_filesystem_resolver",
    "set_plugin_connector",
    "shell_copy",
]

Registered = TypeVar("Registered", bound=type[FileSystem])

FileSystemResolver = Callable[[str], FileSystem | None]

# One letter is a Windows drive.
_scheme = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://").match
_filesystems: dict[str, FileSystem] = {"file": LocalFileSystem()}
_classes: dict[str, str | type[FileSystem]] = {
    "http": "redun.filesystems.http:HTTPFileSystem",
    "https": "redun.filesystems.http:HTTPSFileSystem",
}
_resolvers: list[tuple[FileSystemResolver, Callable[[], Iterable[str]]]] = []
_connectors: list[Callable[[], None]] = []
_options: list[Callable[[str], Mapping[str, Any]]] = []


def scheme_of(url: str) -> str:
    """Return the URL scheme of a path, ``file`` if it has none."""
    match = _scheme(url)
    return match[1].lower() if match else "file"


def get_filesystem(url: str) -> FileSystem:
    """Return the file system that serves a path or URL.

    Raises
    ------
    UnknownProviderError
        No file system is known for its scheme.

    Examples
    --------
    >>> get_filesystem("data/reads.fa").scheme
    'file'
    """
    scheme = scheme_of(url)
    found = _filesystems.get(scheme)
    return found if found is not None else _resolve(scheme, url)


def _resolve(scheme: str, url: str) -> FileSystem:
    if scheme in _classes:
        cls = _classes[scheme]
        return _keep(scheme, (resolve_name(cls) if isinstance(cls, str) else cls)())
    if not _resolvers:
        for connect in _connectors:
            connect()
    for resolve, _ in _resolvers:
        try:
            found = resolve(scheme)
        except UnknownProviderError as error:
            raise UnknownProviderError(
                f"No file system serves {scheme}:// (asked for {url!r}): {error}"
                + ("" if "install" in str(error) else f"; one such plugin would be redun-fs-{scheme}")
            ) from None
        if found is not None:
            return _keep(scheme, found)
    known = ", ".join(list_schemes())
    raise UnknownProviderError(
        f"No file system serves {scheme}:// (asked for {url!r}); known: {known}. "
        f"Install the plugin that supplies it, such as redun-fs-{scheme}."
    )


def _keep(scheme: str, made: FileSystem) -> FileSystem:
    for options in _options:
        made.configure(options(scheme))
    _filesystems[scheme] = made
    return made


def register_filesystem(cls: Registered) -> Registered:
    """Let a class serve the scheme that it names; a class decorator.

    Raises
    ------
    PluginError
        The class names no scheme.

    Examples
    --------
    >>> from redun import File
    >>> from redun.file import LocalFileSystem
    >>> @register_filesystem
    ... class Archive(LocalFileSystem):
    ...     name = "archive"
    ...
    ...     def exists(self, path):
    ...         return super().exists(path.replace("archive://", "/archive/"))
    >>> File("archive://2020/reads.fa").exists()
    False
    """
    scheme = getattr(cls, "scheme", None)
    if not isinstance(scheme, str) or not scheme:
        raise PluginError(
            f"{cls.__module__}.{cls.__qualname__} names no scheme; set `name`, such as name = 's3'."
        )
    _classes[scheme] = cls
    _filesystems.pop(scheme, None)
    return cls


def options_of(scheme: str) -> dict[str, Any]:
    """Return what the file system of a scheme is configured with."""
    return {name: value for options in _options for name, value in options(scheme).items()}


def environment() -> dict[str, str]:
    """Return the variables by which another process reaches the files of all file systems that are in use here."""
    found: dict[str, str] = {}
    for filesystem in list(_filesystems.values()):
        found.update(filesystem.environment())
    return found


def shell_copy(source: str, dest: str | None, *, recursive: bool = False, as_mount: bool = False) -> str:
    """Return a shell command that copies; the file system that is not this machine's is asked for it."""
    filesystem = get_filesystem(source)
    if dest is not None and filesystem.scheme == "file":
        filesystem = get_filesystem(dest)
    return filesystem.shell_copy(source, dest, recursive, as_mount)


def list_schemes() -> list[str]:
    """Return the schemes that are known or offered by plugins, sorted."""
    offered = {scheme for _, offer in _resolvers for scheme in offer()}
    return sorted(offered | _filesystems.keys() | _classes.keys())


def set_plugin_connector(connect: Callable[[], None]) -> None:
    """Let files be used without anybody having supplied a resolver: this is called first, to supply one."""
    _connectors[:] = [connect]


def set_filesystem_resolver(
    resolve: FileSystemResolver | None,
    schemes: Callable[[], Iterable[str]] = tuple,
    options: Callable[[str], Mapping[str, Any]] | None = None,
) -> None:
    """Let plugins supply file systems.

    Parameters
    ----------
    resolve : callable or None
        Asked once for each scheme not known yet; returns a `FileSystem`, or None.
    schemes : callable
        Returns the schemes that `resolve` could answer, for messages.
    options : callable, optional
        From a scheme to what its file system is configured with.
    """
    _options[:] = [] if options is None else [options]
    _resolvers[:] = [] if resolve is None else [(resolve, schemes)]
    for scheme in _filesystems.keys() - _classes.keys() - {"file"}:
        del _filesystems[scheme]

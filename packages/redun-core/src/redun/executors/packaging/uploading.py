"""Bringing a code package to where workers find it.

Floor: executors. Files appear under their names only when they are complete, and what is written under one name is
always the same, so any number of schedulers may upload at once.
"""

from __future__ import annotations

from threading import Lock

from redun.executors.packaging.options import Packaging
from redun.executors.packaging.packing import Archive, archive
from redun.filesystems.registry import get_filesystem

__all__ = ["CodePackages", "package_url", "upload"]


def package_url(scratch: str, hash_: str) -> str:
    """Return where the package of a hash lies in a scratch folder."""
    return get_filesystem(scratch).join(scratch, f"code/{hash_}.tar.gz")


def upload(package: Archive, scratch: str) -> str:
    """Put a package into a scratch folder unless it is there already, and return its URL.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from redun.executors.packaging import archive
    >>> scratch = mkdtemp()
    >>> upload(archive(mkdtemp()), scratch) == f"{scratch}/code/{archive(mkdtemp()).hash}.tar.gz"
    True
    """
    url = package_url(scratch, package.hash)
    filesystem = get_filesystem(url)
    if not filesystem.isfile(url):
        with filesystem.open(url, "wb") as stream:
            stream.write(package.data)
    return url


class CodePackages:
    """The packages that one execution sends along: each is packed, and uploaded or found, once.

    Parameters
    ----------
    root : str
        The project's folder.
    scratch : str
        A folder, at any URL that a file system serves.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> packages = CodePackages(mkdtemp(), mkdtemp())
    >>> packages.url(Packaging(enabled=False)) is None
    True
    """

    def __init__(self, root: str, scratch: str) -> None:
        self._root = root
        self._scratch = scratch
        self._lock = Lock()
        self._known: dict[Packaging, tuple[str, frozenset[str]]] = {}

    def url(self, packaging: Packaging) -> str | None:
        """Return where the package for some options lies, None if none is wanted; safe from any thread."""
        return self._package(packaging)[0] if packaging.enabled else None

    def files(self, packaging: Packaging) -> frozenset[str]:
        """Return the names of what the package holds, relative to the project's folder."""
        return self._package(packaging)[1] if packaging.enabled else frozenset()

    def _package(self, packaging: Packaging) -> tuple[str, frozenset[str]]:
        # Others wait: they would only do the same.
        with self._lock:
            known = self._known.get(packaging)
            if known is None:
                packed = archive(self._root, packaging)
                known = self._known[packaging] = (upload(packed, self._scratch), frozenset(packed.files))
            return known

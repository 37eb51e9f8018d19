"""Which commit a folder is at, read from the files of its git repository.

Floor: command line. No process is started, whatever the size of the repository: what a run is tagged with must cost it
nothing. A format that is not understood says nothing.
"""

from __future__ import annotations

import re
from pathlib import Path

import attrs

__all__ = ["Repository", "find_repository"]

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SECTION = re.compile(r'\[\s*(?P<name>[\w.-]+)(?:\s+"(?P<sub>.*)")?\s*\]')
_PASSWORD = re.compile(r"^(?P<scheme>https?://)[^/]*@", re.IGNORECASE)


@attrs.frozen
class Repository:
    """A git repository.

    Attributes
    ----------
    folder : Path
        What is of the work tree alone: `.git`, or for an additional work tree a folder in it.
    common : Path
        What all work trees share.
    """

    folder: Path
    common: Path

    def commit(self) -> str | None:
        """Return the commit that is checked out."""
        name = _read(self.folder / "HEAD").strip()
        # A branch may be a name for another one.
        for _ in range(5):
            if not name.startswith("ref:"):
                break
            name = self._resolve(name.removeprefix("ref:").strip())
        return name if _COMMIT.fullmatch(name) else None

    def origin_url(self) -> str | None:
        """Return where `origin` is, without user and password."""
        section, url = "", None
        for line in _read(self.common / "config").splitlines():
            head = _SECTION.match(line.strip())
            if head:
                section = f"{head['name'].lower()} {head['sub'] or ''}"
            name, equals, value = line.partition("=")
            if section == "remote origin" and equals and name.strip().lower() == "url":
                url = value.strip().strip('"')
        return _PASSWORD.sub(r"\g<scheme>", url) if url else None

    def _resolve(self, ref: str) -> str:
        for folder in (self.folder, self.common):
            found = _read(folder / ref).strip()
            if found:
                return found
        for line in _read(self.common / "packed-refs").splitlines():
            commit, _, name = line.partition(" ")
            if name.strip() == ref:
                return commit
        return ""


def find_repository(folder: Path) -> Repository | None:
    """Return the repository that holds a folder."""
    for above in (folder, *folder.parents):
        git = above / ".git"
        if git.is_file():
            # An additional work tree, or a submodule.
            git = above / _read(git).partition("gitdir:")[2].strip()
        if (git / "HEAD").is_file():
            shared = _read(git / "commondir").strip()
            return Repository(git, git / shared if shared else git)
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

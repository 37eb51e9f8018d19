"""`StagingFile` and `StagingDir`: a copy near the work of something that lies elsewhere.

Floor: values. As values they are what lies elsewhere: the local copy is scratch, known by its path alone.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from redun.file.directory import Dir
from redun.file.file import File
from redun.file.reference import Reference, path_bytes, plain_path
from redun.filesystems.registry import shell_copy
from redun.hashing.digest import digest
from redun.value.base import Value

if TYPE_CHECKING:
    from redun.file.family import FileClasses

__all__ = ["Staging", "StagingDir", "StagingFile", "local_path"]

Kind = TypeVar("Kind", bound="Reference[Any]")
Path = str | os.PathLike[str]


def local_path(local: Path | None, remote: str) -> str:
    """Return where a local copy lies: at the remote's own name unless told, in `local` if that ends with ``/``."""
    base = os.path.basename(remote.rstrip("/"))
    if local is None:
        return base
    path = plain_path(local)
    return path + base if path.endswith("/") else path


class Staging(Value, Generic[Kind]):
    """Base of `StagingFile` and `StagingDir`.

    Parameters
    ----------
    local, remote : str, pathlib.Path, or File or Dir
        Where the copy is worked with, and where the original lies or is to lie. With equal paths there is nothing
        to copy.

    Examples
    --------
    >>> from redun import File
    >>> from redun.file import Staging
    >>> isinstance(File("/data/reads.fa").stage("reads.fa"), Staging)
    True
    """

    classes: ClassVar[type[FileClasses]]
    _recursive: ClassVar[bool]

    def __init__(self, local: Kind | Path, remote: Kind | Path) -> None:
        self.local = self._given(local)
        self.remote = self._given(remote)

    @classmethod
    def _class(cls) -> type[Kind]:
        return cast("type[Kind]", cls.classes.Dir if cls._recursive else cls.classes.File)

    @classmethod
    def _given(cls, given: Kind | Path) -> Kind:
        return cast("Kind", given) if isinstance(given, Reference) else cls._class()(given)

    @classmethod
    def parse_arg(cls, raw_type: type, arg: str) -> Any:
        """Make a value from a command-line argument: the remote path, or ``LOCAL=REMOTE``."""
        local, equals, remote = arg.partition("=")
        if not equals:
            return raw_type(local_path(None, arg), arg)
        return raw_type(local_path(local, remote), remote)

    def stage(self) -> Kind:
        """Copy the remote to the local path, and return the local file or directory."""
        return self._copy(self.remote, self.local)

    def unstage(self) -> Kind:
        """Copy the local file or directory to the remote path, and return the remote one."""
        return self._copy(self.local, self.remote)

    def render_stage(self, as_mount: bool = False) -> str:
        """Return the shell command that does what `stage` does, empty if there is nothing to copy."""
        return self._render(self.remote, self.local, as_mount)

    def render_unstage(self, as_mount: bool = False) -> str:
        """Return the shell command that does what `unstage` does, empty if there is nothing to copy."""
        return self._render(self.local, self.remote, as_mount)

    def _copy(self, source: Any, dest: Kind) -> Kind:
        if source.path != dest.path:
            source.copy_to(dest)
        return dest

    def _render(self, source: Kind, dest: Kind, as_mount: bool) -> str:
        if source.path == dest.path:
            return ""
        return shell_copy(source.path, dest.path, recursive=self._recursive, as_mount=as_mount)

    # For redun.

    def forget(self) -> None:
        """Follow the world again, see `Reference.forget`."""
        self.remote.forget()

    def update_hash(self) -> None:
        """Look at the remote content again."""
        self.remote.update_hash()

    def is_valid(self) -> bool:
        """Tell whether the remote is what it was."""
        return self.__redun_valid__()

    def get_hash(self, data: bytes | None = None) -> str:
        """Return the hash of the local path and the remote value."""
        return self.__redun_digest__().hex()

    def __redun_digest__(self) -> bytes:
        name = str(self.type_name).encode()
        return digest(b"staging", name, path_bytes(self.local.path), self.remote.__redun_digest__())

    def __redun_valid__(self) -> bool:
        return self.remote.__redun_valid__()

    def __redun_refresh__(self) -> None:
        self.remote.__redun_refresh__()

    def __redun_parts__(self) -> list[Any]:
        """Return the remote value, to be recorded with this one."""
        return [self.remote]

    def __getstate__(self) -> tuple[Any, ...]:
        # The local copy by its path: nobody asks for its content.
        return self.local.path, self.remote

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        local, self.remote = state
        self.local = self._class()(local)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(local={self.local!r}, remote={self.remote!r})"


class StagingFile(Staging[File]):
    """A file to be copied to where it is worked with, and perhaps back.

    Parameters
    ----------
    local, remote : str, pathlib.Path or File
        See `File.stage`, which makes one.

    Examples
    --------
    >>> staging = StagingFile("reads.fa", "/data/sample 1/reads.fa")
    >>> staging.render_stage()
    "cp '/data/sample 1/reads.fa' reads.fa"
    >>> staging.render_unstage()
    "mkdir -p '/data/sample 1'; cp reads.fa '/data/sample 1/reads.fa'"
    """

    type_name = "redun.StagingFile"
    _recursive = False


class StagingDir(Staging[Dir]):
    """A directory to be copied to where it is worked with, and perhaps back.

    Parameters
    ----------
    local, remote : str, pathlib.Path or Dir
        See `Dir.stage`, which makes one.

    Examples
    --------
    >>> StagingDir("work", "/data/run1").render_unstage()
    'mkdir -p /data/run1; cp -r work/. /data/run1'
    """

    type_name = "redun.StagingDir"
    _recursive = True

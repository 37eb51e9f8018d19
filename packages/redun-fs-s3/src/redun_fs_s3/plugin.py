"""What this distribution supplies, as redun asks for it; imports nothing of AWS."""

from __future__ import annotations

from redun.plugin import FileSystemSpec, hookimpl

REDUN_API = 1


@hookimpl
def redun_filesystems() -> list[FileSystemSpec]:
    return [FileSystemSpec("s3", "redun_fs_s3.filesystem:S3FileSystem")]

"""Shell commands that copy to and from S3.

They use `aws` where that works, and redun's own program otherwise; a script may set ``REDUN_S3_CP`` to what it prefers.
Which it is, is found out once per shell.
"""

from __future__ import annotations

from shlex import quote

from redun_fs_s3.settings import Settings

__all__ = ["FLAGS", "copy_command"]

FLAGS = {
    "endpoint_url": "--endpoint-url",
    "region": "--region",
    "profile": "--profile",
    "server_side_encryption": "--sse",
    "sse_kms_key_id": "--sse-kms-key-id",
    "storage_class": "--storage-class",
    "acl": "--acl",
}
"""The options of `aws s3 cp`, and of ours, that give settings a value."""

_OF_WRITING = ("server_side_encryption", "sse_kms_key_id", "storage_class", "acl")

_CHOOSE = (
    ': "${REDUN_S3_CP:=$(aws --version >/dev/null 2>&1 && echo aws s3 cp --no-progress || '
    'echo python3 -m redun_fs_s3 cp)}"'
)


def copy_command(source: str | None, dest: str | None, *, recursive: bool, settings: Settings) -> str:
    """Return the command that copies a file or directory; None is standard input or output.

    Examples
    --------
    >>> command = copy_command("s3://genomes/chr 1.fa", "in/chr1.fa", recursive=False, settings=Settings())
    >>> command.split("; ")[1]
    "$REDUN_S3_CP 's3://genomes/chr 1.fa' in/chr1.fa"
    """
    words = ["--recursive"] if recursive else []
    words += _flags(settings, writes=(dest or "").lower().startswith("s3://"))
    words += [_word(source), _word(dest)]
    return f"{_CHOOSE}; $REDUN_S3_CP {' '.join(words)}"


def _flags(settings: Settings, writes: bool) -> list[str]:
    """Return the options that say what the settings do."""
    flags: list[str] = []
    for name, flag in FLAGS.items():
        value = getattr(settings, name)
        if value and (writes or name not in _OF_WRITING):
            flags += [flag, quote(value)]
    if settings.requester_pays:
        flags += ["--request-payer", "requester"]
    if settings.anonymous:
        flags.append("--no-sign-request")
    return flags


def _word(path: str | None) -> str:
    if path is None:
        return "-"
    # No option, whatever the path begins with.
    return quote(f"./{path}" if path.startswith("-") else path)

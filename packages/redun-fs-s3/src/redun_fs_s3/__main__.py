"""`python3 -m redun_fs_s3 cp SRC DEST`: copies to and from S3 where `aws` is not installed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from redun.errors import RedunError
from redun.file import copy_file, register_filesystem
from redun.filesystems import get_filesystem

from redun_fs_s3.filesystem import S3FileSystem
from redun_fs_s3.shell import FLAGS


def main(arguments: Sequence[str] | None = None) -> int:
    """Copy as the arguments say and return the exit code."""
    given = _parser().parse_args(arguments)
    options = {name: value for name in FLAGS if (value := getattr(given, name)) is not None}
    options["requester_pays"] = given.request_payer is not None
    options["anonymous"] = given.no_sign_request
    source, dest = (None if path == "-" else path for path in (given.source, given.dest))
    if given.recursive and None in (source, dest):
        print("A directory has no place in standard input or output; give two paths.", file=sys.stderr)
        return 2
    try:
        register_filesystem(S3FileSystem)
        get_filesystem("s3://").configure({name: value for name, value in options.items() if value})
        copy_file(source, dest, given.recursive)
    except (RedunError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m redun_fs_s3", description=__doc__)
    cp = parser.add_subparsers(required=True, metavar="cp").add_parser(
        "cp", help="copy a file or directory", description="Copy between s3:// URLs and local paths."
    )
    cp.add_argument("source", metavar="SRC", help="path or s3:// URL; - is standard input")
    cp.add_argument("dest", metavar="DEST", help="path or s3:// URL; - is standard output")
    cp.add_argument("--recursive", action="store_true", help="copy a directory; DEST becomes the copy")
    for name, flag in FLAGS.items():
        cp.add_argument(flag, dest=name, metavar="VALUE", help=f"as `{name}` in [filesystems.s3]")
    cp.add_argument("--request-payer", nargs="?", const="requester", metavar="requester")
    cp.add_argument("--no-sign-request", action="store_true", help="send no credentials")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Commands for scripts: by `aws` where it works, else by this distribution's own program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from redun.file import Dir, File
from redun_fs_s3.filesystem import S3FileSystem

# What a program does with a server its file system does; that is tested with both.
ONE = pytest.mark.parametrize("endpoint", ["moto"], indirect=True)


def run(command: str, path: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["bash", "-euc", command],
        env=os.environ | {"PATH": path} | more,
        input=b"from stdin",
        capture_output=True,
        timeout=120,
    )


@pytest.fixture
def no_aws(tmp_path: Path) -> str:
    """A path without `aws`, but with one that cannot run."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "aws").write_text("#!/bin/sh\necho 'aws: command not found' >&2; exit 127\n")
    (folder / "aws").chmod(0o755)
    (folder / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (folder / "python3").chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def test_files_and_directories(bucket: str, no_aws: str, here: Path) -> None:
    file = File(f"{bucket}/in put/ä b.txt")
    file.write("text")
    done = run(file.shell_copy_to("-dir/copy 1.txt"), no_aws)
    assert done.returncode == 0, done.stderr
    assert Path("-dir/copy 1.txt").read_text() == "text"
    done = run(Dir(f"{bucket}/in put").shell_copy_to("all"), no_aws)
    assert done.returncode == 0, done.stderr
    assert Path("all/ä b.txt").read_text() == "text"
    done = run(
        f"{File('all/ä b.txt').shell_copy_to(f'{bucket}/back')}; {Dir('all').shell_copy_to(f'{bucket}/d')}",
        no_aws,
    )
    assert done.returncode == 0, done.stderr
    assert File(f"{bucket}/back").read() == File(f"{bucket}/d/ä b.txt").read() == "text"


@ONE
def test_standard_streams(bucket: str, no_aws: str, files: S3FileSystem) -> None:
    done = run(files.shell_copy(None, f"{bucket}/x"), no_aws)
    assert done.returncode == 0, done.stderr
    assert File(f"{bucket}/x").read() == "from stdin"
    assert run(files.shell_copy(f"{bucket}/x", None), no_aws).stdout == b"from stdin"


@ONE
def test_failures_end_the_script(bucket: str, no_aws: str) -> None:
    done = run(f"{File(f'{bucket}/gone').shell_copy_to('x')}; echo went on", no_aws)
    assert done.returncode == 1
    assert done.stdout == b""
    assert (
        done.stderr.decode()
        == f"[Errno 2] There is no key 'gone' of bucket '{bucket[5:]}': '{bucket}/gone'\n"
    )


def test_aws_is_used_where_it_works(tmp_path: Path, files: S3FileSystem) -> None:
    (tmp_path / "aws").write_text('#!/bin/sh\n[ "$1" = --version ] || echo "$@"\n')
    (tmp_path / "aws").chmod(0o755)
    files.configure(
        {
            "endpoint_url": "http://server:9000",
            "region": "eu-west-1",
            "profile": "lab",
            "requester_pays": "true",
            "server_side_encryption": "aws:kms",
        }
    )
    up = files.shell_copy("a b", "s3://bucket/x", recursive=True)
    done = run(f"{up}; {files.shell_copy('s3://bucket/x', None)}", f"{tmp_path}:/usr/bin:/bin")
    common = "--endpoint-url http://server:9000 --region eu-west-1 --profile lab"
    assert done.stdout.decode().splitlines() == [
        f"s3 cp --no-progress --recursive {common} --sse aws:kms --request-payer requester a b s3://bucket/x",
        f"s3 cp --no-progress {common} --request-payer requester s3://bucket/x -",
    ]
    own = run(up, f"{tmp_path}:/usr/bin:/bin", REDUN_S3_CP="echo mine")
    assert own.stdout.decode().startswith("mine --recursive")


@ONE
def test_the_program_takes_what_the_commands_say(bucket: str) -> None:
    File(f"{bucket}/x").write("text")
    program = [sys.executable, "-m", "redun_fs_s3", "cp"]
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    environment = os.environ | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    words = ["--endpoint-url", endpoint, "--region", "us-east-1", "--request-payer", "requester"]
    done = subprocess.run(
        [*program, *words, f"{bucket}/x", "-"], env=environment, capture_output=True, timeout=60
    )
    assert done.stdout == b"text", done.stderr
    done = subprocess.run([*program, "--recursive", f"{bucket}/x", "-"], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (
        2,
        b"A directory has no place in standard input or output; give two paths.\n",
    )
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", *program[1:], f"{bucket}/x", "y"], capture_output=True, text=True
    ).stderr
    assert "boto3" in loaded
    assert not any(heavy in loaded for heavy in ("sqlalchemy", "click", "pluggy"))

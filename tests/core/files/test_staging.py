"""Staging: copies to where the work is and back, and shell commands that do the same."""

from __future__ import annotations

import pickle
import subprocess
from pathlib import Path
from typing import Any

import pytest
from redun.file import Dir, File, FileSystem, IFile, StagingDir, StagingFile
from redun.filesystems.errors import RedunFileNotFoundError
from redun.filesystems.shell import local_copy
from redun.hashing.values import hash_value
from redun.value.seal import seal, unseal


def run(command: str) -> None:
    """Run a command as scripts do: the first failure ends it."""
    subprocess.run(["bash", "-c", f"set -e\n{command}"], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("remote", "local", "expected"),
    [
        ("s3://b/k/reads.fa", None, "reads.fa"),
        ("/data/reads.fa", "work/", "work/reads.fa"),
        ("/data/reads.fa", "work/x.fa", "work/x.fa"),
        ("/data/reads.fa", Path("w") / "x", "w/x"),
        ("reads.fa", None, "reads.fa"),
    ],
)
def test_where_the_copy_lies(remote: str, local: Any, expected: str) -> None:
    assert File(remote).stage(local).local.path == expected
    assert Dir(remote).stage(local).local.path == expected


def test_files_go_and_come_back() -> None:
    remote = File("far/a.txt")
    remote.write("one")
    staging = remote.stage("near/")
    local = staging.stage()
    assert (local.path, local.read()) == ("near/a.txt", "one")
    local.write("two")
    assert staging.unstage() is remote
    assert remote.read() == "two"
    with pytest.raises(RedunFileNotFoundError, match="nope"):
        StagingFile("nope", "far/b").unstage()
    assert not File("far/b").exists()


def test_directories_go_and_come_back() -> None:
    File("far/d/deep/a").write("a")
    File("far/d/.hidden").write("h")
    staging = Dir("far/d/").stage()
    for _ in range(2):
        # The second time into one that exists.
        assert [file.path for file in staging.stage()] == ["d/.hidden", "d/deep/a"]
    File("d/new").write("n")
    assert Dir("far/d").rel_path(staging.unstage().files()[-1].path) == "new"
    with pytest.raises(RedunFileNotFoundError, match="No such directory to copy: 'nope'"):
        StagingDir("nope", "far/e").unstage()


def test_equal_paths_need_no_copy() -> None:
    file, directory = File("a").stage(), Dir("d").stage("d")
    assert [staging.render_stage() for staging in (file, directory)] == ["", ""]
    assert [staging.render_unstage() for staging in (file, directory)] == ["", ""]
    assert file.stage() is file.local
    assert file.unstage() is file.remote


@pytest.mark.parametrize("name", ["plain", "with space", "it's", "-rf", "$(touch oops)", "a;b", "ü\n"])
def test_commands_do_what_the_methods_do(name: str) -> None:
    File(f"far/{name}").write("content")
    staging = File(f"far/{name}").stage(name)
    run(staging.render_stage())
    assert File(name).read() == "content"
    File(name).write("changed")
    run(StagingFile(name, f"new/{name}/{name}").render_unstage())
    assert File(f"new/{name}/{name}").read() == "changed"
    directory = Dir(f"new/{name}").stage(f"work/{name}")
    for _ in range(2):
        run(directory.render_stage())
    assert [file.path for file in Dir(f"work/{name}")] == [f"work/{name}/{name}"]
    assert not File("oops").exists()


def test_a_command_that_fails_ends_the_script() -> None:
    File("a").write("")
    for staging in (StagingFile("b", "nope"), StagingFile("a/b", "a"), StagingDir("b", "nope")):
        with pytest.raises(subprocess.CalledProcessError):
            run(staging.render_stage() + "\ntouch went-on")
    assert not File("went-on").exists()


def test_copying_in_the_shell() -> None:
    File("a").write("content")
    assert File("a").shell_copy_to("b") == "cp a b"
    assert File("a").shell_copy_to(None) == "cat a"
    assert local_copy(None, "out/x") == "mkdir -p out; cat > out/x"
    run(f"echo hi | ({local_copy(None, 'out/x')})")
    assert File("out/x").read() == "hi\n"
    run(Dir("out").shell_copy_to(Path("copy")))
    assert File("copy/x").read() == "hi\n"
    assert File("https://x.org/a b").shell_copy_to("a") == "redun fs cp 'https://x.org/a b' a"
    assert Dir("https://x.org/d").shell_copy_to("d") == "redun fs cp --recursive https://x.org/d d"
    assert FileSystem.shell_copy(None, None, "x") == "redun fs cp - x"  # type: ignore[arg-type]


def test_a_staging_value_is_its_remote_file() -> None:
    File("far/a").write("one")
    staging = File("far/a").stage()
    before = hash_value(staging)
    assert staging.get_hash() == before.hex()
    sealed = seal([staging])
    assert [part.value.path for part in sealed.parts[0].parts] == ["far/a"]
    (result,) = unseal(sealed.payload)
    assert repr(result).startswith("StagingFile(local=File(path=a), remote=File(path=far/a, hash=")
    staging.stage()
    File("a").write("the local copy is scratch")
    assert result.is_valid()
    assert hash_value(File("far/a").stage()) == before
    assert hash_value(File("far/a").stage("b")) != before
    Path("far/a").write_text("two")
    assert not result.is_valid()
    assert hash_value(File("far/a").stage()) != before
    assert hash_value(pickle.loads(pickle.dumps(IFile("x").stage("y")))) == hash_value(IFile("x").stage("y"))


def test_arguments_of_the_command_line() -> None:
    assert repr(StagingFile.parse_arg(StagingFile, "far/a")) == repr(File("far/a").stage())
    given = StagingDir.parse_arg(StagingDir, "w/=far/d")
    assert (given.local.path, given.remote.path) == ("w/d", "far/d")

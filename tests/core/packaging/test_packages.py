"""A package is the same wherever and whenever it is made, arrives whole, and is uploaded once."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from gzip import compress
from pathlib import Path

import pytest
import redun.executors.packaging.packing as packing
import redun.executors.packaging.unpacking as unpacking
from redun.errors import ExecutorError
from redun.executors.packaging import CodePackages, Packaging, archive, unpack, unpacked, upload
from redun.file import LocalFileSystem, register_filesystem

EVERYTHING = Packaging(includes=("**",))


def tree(folder: Path) -> dict[str, tuple[bytes, bool]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), os.access(path, os.X_OK))
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def code(project, write) -> Path:
    write("workflow.py", "lib/__init__.py", "lib/deep/tool.py", **{"lib/empty.py": ""})
    (project / "run.sh").write_text("#!/bin/sh\necho hello\n")
    (project / "run.sh").chmod(0o755)
    (project / os.fsdecode(b"caf\xe9.py")).write_text("latin = 1")
    (project / "größe.py").write_text("size = 1")
    return project


def test_it_arrives_as_it_was(code: Path, tmp_path: Path) -> None:
    names = unpack(archive(str(code), EVERYTHING).data, str(tmp_path / "there"))
    assert tree(tmp_path / "there") == tree(code)
    assert sorted(names) == sorted(tree(code))
    assert subprocess.check_output([tmp_path / "there" / "run.sh"]) == b"hello\n"


def test_equal_code_makes_equal_bytes(code: Path, tmp_path: Path) -> None:
    first = archive(str(code), EVERYTHING)
    os.utime(code / "workflow.py", (0, 0))
    (code / "lib").chmod(0o700)
    elsewhere = tmp_path / "elsewhere"
    unpack(first.data, str(elsewhere))
    assert archive(str(elsewhere), EVERYTHING) == first
    program = (
        "import sys; from redun.executors.packaging import *; "
        "print(archive(sys.argv[1], Packaging(includes=('**',))).hash)"
    )
    assert subprocess.check_output([sys.executable, "-c", program, code], text=True).strip() == first.hash


@pytest.mark.parametrize("change", ["content", "name", "executable", "moved bytes"])
def test_other_code_has_another_hash(code: Path, change: str) -> None:
    before = archive(str(code), EVERYTHING).hash
    if change == "content":
        (code / "workflow.py").write_text("other")
    elif change == "name":
        (code / "workflow.py").rename(code / "workflows.py")
    elif change == "executable":
        (code / "run.sh").chmod(0o644)
    else:
        (code / "lib" / "empty.py").write_text("w")
        (code / "workflow.py").write_text("orkflow.py")
    assert archive(str(code), EVERYTHING).hash != before


def test_no_file_at_all(project, tmp_path: Path) -> None:
    empty = archive(str(project))
    assert (empty.files, empty.size) == ((), 0)
    assert unpack(upload(empty, str(tmp_path)), str(tmp_path / "there")) == []


def test_unreadable_file(project, write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.py", "b.py")
    real = open

    def refuse(path: str, *args: object, **kwargs: object) -> object:
        if path.endswith("b.py"):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *args, **kwargs)

    # Root may read everything.
    monkeypatch.setattr(packing, "open", refuse, raising=False)
    with pytest.raises(ExecutorError, match=r"b\.py cannot be packed with the code: Permission denied"):
        archive(str(project))


def test_file_that_is_gone_by_then(project, write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.py", "b.py")
    found = packing.select(str(project), Packaging())
    (project / "b.py").unlink()
    monkeypatch.setattr(packing, "select", lambda *_: found)
    assert archive(str(project)).files == ("a.py",)


def test_large_packages_are_remarked_on_and_refused(
    project, write, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write("a.py", **{"big.bin": "x" * 5000})
    monkeypatch.setattr(packing, "LARGE", 4000)
    archive(str(project), EVERYTHING)
    assert "is large: 0.0 MiB in 2 files, the largest being big.bin" in caplog.text
    monkeypatch.setattr(packing, "MAX_SIZE", 4999)
    with pytest.raises(ExecutorError, match=r"would be larger than .*big\.bin .*code_includes"):
        archive(str(project), EVERYTHING)
    assert archive(str(project)).files == ("a.py",)


class CountedFileSystem(LocalFileSystem):
    name = "counted"

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def open(self, path, mode="r", encoding=None, **options):
        self.calls.append(f"open {mode}")
        return super().open(path.removeprefix("counted:/"), mode, encoding, **options)

    def isfile(self, path):
        self.calls.append("isfile")
        return super().isfile(path.removeprefix("counted:/"))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    import redun.filesystems.registry as registry

    for name in ("_classes", "_filesystems"):
        monkeypatch.setattr(registry, name, dict(getattr(registry, name)))
    register_filesystem(CountedFileSystem)

    def taken() -> list[str]:
        made = registry.get_filesystem("counted://x")
        calls, made.calls = made.calls, []
        return calls

    return taken


def test_uploaded_once_and_looked_for_once(code: Path, tmp_path: Path, counted) -> None:
    scratch = f"counted:/{tmp_path}/scratch"
    first = CodePackages(str(code), scratch)
    with ThreadPoolExecutor(8) as threads:
        urls = set(threads.map(lambda _: first.url(Packaging()), range(40)))
    assert urls == {f"{scratch}/code/{archive(str(code)).hash}.tar.gz"}
    assert counted() == ["isfile", "open wb"]

    # Another execution, another scheduler: nothing is sent again.
    assert {first.url(Packaging()), CodePackages(str(code), scratch).url(Packaging())} == urls
    assert counted() == ["isfile"]

    (code / "workflow.py").write_text("changed")
    assert {first.url(Packaging())} == urls
    another = CodePackages(str(code), scratch)
    assert {another.url(Packaging())} != urls
    assert another.files(Packaging()) == set(archive(str(code)).files)
    assert another.url(Packaging(enabled=False)) is None


def test_many_schedulers_upload_at_once(code: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from redun.executors.packaging import *; "
        "print(unpacked(upload(archive(sys.argv[1]), sys.argv[2]), sys.argv[2] + '/unpacked'))"
    )
    (tmp_path / "unpacked").mkdir()
    started = [
        subprocess.Popen([sys.executable, "-c", program, code, tmp_path], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    folders = {process.communicate()[0].strip() for process in started}
    assert [process.returncode for process in started] == [0] * 4
    assert len(folders) == 1
    assert set(tree(Path(folders.pop()))) == set(archive(str(code)).files)
    assert len(os.listdir(tmp_path / "code")) == len(os.listdir(tmp_path / "unpacked")) == 1


def test_unpacked_once_and_again_when_damaged(code: Path, tmp_path: Path, counted) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    url = upload(archive(str(code)), f"counted:/{tmp_path}/scratch")
    counted()
    folder = Path(unpacked(url, str(cache)))
    assert unpacked(url, str(cache)) == str(folder)
    assert counted() == ["open rb"]
    whole = tree(folder)

    # What a worker leaves there is nothing to it.
    (folder / "__pycache__").mkdir()
    (folder / "result.txt").write_text("42")
    assert unpacked(url, str(cache)) == str(folder)
    assert counted() == []
    for damage in (
        lambda: (folder / "workflow.py").unlink(),
        lambda: (folder / "lib/deep/tool.py").write_text(""),
    ):
        damage()
        assert unpacked(url, str(cache)) == str(folder)
        assert tree(folder) == whole
        assert counted() == ["open rb"]
    assert os.listdir(cache) == [folder.parent.name]


def test_folders_that_nobody_uses_are_removed(code: Path, tmp_path: Path) -> None:
    old = Path(unpacked(upload(archive(str(code)), str(tmp_path)), str(tmp_path / "code")))
    (code / "workflow.py").write_text("changed")
    os.utime(old.parent, (0, 0))
    new = Path(unpacked(upload(archive(str(code)), str(tmp_path / "new")), str(tmp_path / "code")))
    assert (old.exists(), new.exists()) == (False, True)


def test_the_usual_folder_is_private(code: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    url = upload(archive(str(code)), str(tmp_path))
    usual = Path(unpacked(url)).parents[1]
    assert usual.parent == tmp_path / "tmp"
    assert usual.stat().st_mode & 0o777 == 0o700
    # Somebody else could have put code there.
    usual.chmod(0o777)
    assert Path(unpacked(url)).parents[1] != usual


def entry(name: str, content: bytes = b"", **attributes: object) -> tuple[tarfile.TarInfo, bytes]:
    made = tarfile.TarInfo(name)
    made.size = len(content)
    for attribute, value in attributes.items():
        setattr(made, attribute, value)
    return made, content


def tarball(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for made, content in entries:
            tar.addfile(made, io.BytesIO(content))
    return compress(buffer.getvalue())


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([entry("/etc/evil")], "'/etc/evil' would lie outside of the folder"),
        ([entry("a/../../evil")], "would lie outside of the folder"),
        ([entry("..")], "would lie outside of the folder"),
        ([entry("link", type=tarfile.SYMTYPE, linkname="/etc/passwd")], "'link' is no regular file"),
        ([entry("link", type=tarfile.LNKTYPE, linkname="../../x")], "'link' is no regular file"),
        ([entry("null", type=tarfile.CHRTYPE)], "'null' is no regular file"),
        ([entry("pipe", type=tarfile.FIFOTYPE)], "'pipe' is no regular file"),
        ([entry("there/evil", b"x")], "there is a link there already"),
        ([entry("a", b"x" * 600), entry("b", b"x" * 600)], "it holds more than"),
        ([entry("a", pax_headers={"comment": "x" * 30_000})], "it holds more than"),
    ],
)
def test_what_no_package_holds_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    entries: list[tuple[tarfile.TarInfo, bytes]],
    message: str,
) -> None:
    monkeypatch.setattr(unpacking, "MAX_SIZE", 1000)
    monkeypatch.setattr(unpacking, "MAX_STREAM", 20_000)
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "there").symlink_to(outside)
    with pytest.raises(ExecutorError, match="code package is not unpacked: .*" + message):
        unpack(tarball(*entries), str(folder))
    assert list(outside.iterdir()) == []
    assert sorted(os.listdir(tmp_path)) == ["folder", "outside"]


def test_links_that_are_there_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").symlink_to(tmp_path / "kept")
    unpack(tarball(entry("a", b"new")), str(tmp_path / "folder"))
    assert (tmp_path / "kept").read_text() == "kept"
    assert (tmp_path / "folder" / "a").read_bytes() == b"new"


@pytest.mark.parametrize("damage", ["cut", "flipped", "other", "no archive", "empty"])
def test_damaged_package(code: Path, tmp_path: Path, damage: str) -> None:
    path = Path(upload(archive(str(code)), str(tmp_path)))
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(
        {
            "cut": data[:middle],
            "flipped": data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :],
            "other": tarball(entry("workflow.py", b"other")),
            "no archive": b"<html>not found</html>",
            "empty": b"",
        }[damage]
    )
    with pytest.raises(
        ExecutorError, match=rf"The code package {path} is damaged: .*uploads it anew"
    ) as caught:
        unpacked(str(path), str(tmp_path))
    assert caught.value.__cause__ is not None or damage == "other"


def test_missing_package_and_folder_that_cannot_be_written(code: Path, tmp_path: Path) -> None:
    url = upload(archive(str(code)), str(tmp_path))
    (tmp_path / "file").write_text("")
    with pytest.raises(ExecutorError, match=rf"{url} cannot be unpacked into .*/file/x: Not a directory: "):
        unpack(url, str(tmp_path / "file" / "x"))
    Path(url).unlink()
    with pytest.raises(ExecutorError, match=rf"{url} is not there any more"):
        unpacked(url, str(tmp_path))
    with pytest.raises(ExecutorError, match="is not named as code packages are"):
        unpacked(f"{tmp_path}/code.tar.gz")

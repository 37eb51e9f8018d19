"""Writing: a file has its old content or its new one, whatever happens in between."""

from __future__ import annotations

import csv
import gc
import gzip
import io
import os
import signal
import stat
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import Any

import pytest
from redun.file import Dir, File, glob_file
from redun.filesystems import atomic
from redun.filesystems.errors import RedunFileNotFoundError, RedunOSError


@pytest.fixture(autouse=True)
def nothing_left(here: Path) -> Any:
    yield
    assert [path for path in here.rglob("*") if atomic.LEFTOVER in path.name] == []


@pytest.mark.parametrize("mode", ["w", "wb", "w+", "wb+"])
def test_the_old_content_stays_until_the_stream_is_closed(mode: str) -> None:
    Path("a").write_text("old")
    file = File("a")
    old = file.hash
    new: Any = b"new" if "b" in mode else "new"
    with file.open(mode) as stream:
        stream.write(new)
        stream.flush()
        assert Path("a").read_text() == "old"
        assert file.hash == old
        assert Path(stream.name).read_text() == "new"
        assert os.path.basename(stream.name) == "a"
        assert Dir(".").files()[0].path == "./a"
        assert len(Dir(".").files()) == len(glob_file("**")) == 1
        if "+" in mode:
            stream.seek(0)
            assert stream.read() == new
    assert (Path("a").read_text(), stream.name) == ("new", "a")
    assert file.hash == File("a").hash != old
    stream.close()


def test_an_exception_leaves_the_old_content() -> None:
    Path("a").write_text("old")
    modes: list[tuple[str, dict[str, Any]]] = [("w", {}), ("wb", {}), ("wb+", {}), ("wb", {"buffering": 0})]
    for mode, options in modes:
        with pytest.raises(ZeroDivisionError), File("a").open(mode, **options) as stream:
            stream.write(("half" if mode == "w" else b"half") * (1 // stream.tell()))
        assert Path("a").read_text() == "old"
        with pytest.raises(ZeroDivisionError), File(f"new-{mode}").open(mode, **options):
            _ = 1 / 0
        assert not Path(f"new-{mode}").exists()
    with pytest.raises(TypeError):
        File("a").write(["no text"])  # type: ignore[arg-type]
    with pytest.raises(UnicodeEncodeError):
        File("a").write("ok \udc80")
    with pytest.raises(LookupError, match="no-such"):
        File("a").open("w", encoding="no-such")
    for bad in (("w", {"buffering": 0}), ("wz", {}), ("wb", {"newline": ""}), ("rw", {})):
        with pytest.raises(ValueError, match=r"unbuffered|mode|newline"):
            File("a").open(bad[0], **bad[1])
    assert Path("a").read_text() == "old"


def test_a_killed_process_leaves_the_old_content() -> None:
    Path("a").write_text("old")
    code = """if True:
        import os, signal
        from redun import File
        stream = File("a").open("w")
        stream.write("half" * 100_000)
        stream.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    """
    assert subprocess.run([sys.executable, "-c", code]).returncode == -signal.SIGKILL
    assert Path("a").read_text() == "old"
    # What it leaves is no content of the directory.
    assert [file.path for file in Dir(".")] == ["./a"]
    (left,) = Path().glob(f"{atomic.LEFTOVER}*")
    (left / "a").unlink()
    left.rmdir()


def test_a_full_disk_leaves_the_old_content() -> None:
    resource = pytest.importorskip("resource")
    Path("a").write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        for mode, data in (("w", "x"), ("wb", b"x")):
            with pytest.raises(OSError, match="File too large"), File("a").open(mode) as stream:
                stream.write(data * 2000)
        stream = File("a").open("w")
        stream.write("x" * 2000)
        with pytest.raises(OSError, match="File too large"):
            stream.close()
        assert stream.closed
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert Path("a").read_text() == "old"


def test_readers_see_one_content_or_the_other() -> None:
    contents = {"a" * 100_000, "b" * 50_000}
    File("f").write(min(contents))
    seen = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(Path("f").read_text())

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(50):
        for content in contents:
            File("f").write(content)
    done.set()
    reader.join()
    assert seen <= contents


def test_writing_in_place_where_asked() -> None:
    Path("a").write_text("old")
    inode = os.stat("a").st_ino
    for mode, options in (("a", {}), ("r+", {}), ("w", {"atomic": False})):
        with File("a").open(mode, **options) as stream:
            stream.write("x")
            stream.flush()
            assert "x" in Path("a").read_text()
            assert stream.name == "a"
    assert (Path("a").read_text(), os.stat("a").st_ino) == ("x", inode)
    with pytest.raises(FileExistsError, match="a"):
        File("a").open("x")


def test_permissions_and_links_stay() -> None:
    File("new").write("x")
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(os.stat("new").st_mode) == 0o666 & ~umask
    for mode in (0o600, 0o755, 0o664):
        os.chmod("new", mode)
        File("new").write("y")
        File("other").write("z")
        File("other").copy_to("new")
        assert stat.S_IMODE(os.stat("new").st_mode) == mode
    os.mkdir("d")
    os.symlink("../new", "d/link")
    File("d/link").write("through the link")
    assert (Path("new").read_text(), os.readlink("d/link")) == ("through the link", "../new")
    os.symlink("not-yet", "d/dangling")
    File("d/dangling").write("made")
    assert (Path("d/not-yet").read_text(), os.readlink("d/dangling")) == ("made", "not-yet")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_may_not_be_written() -> None:
    File("a").write("old")
    os.chmod("a", 0o444)
    with pytest.raises(PermissionError, match="a"):
        File("a").write("new")
    os.mkdir("d")
    File("d/a").write("old")
    os.chmod("d", 0o555)
    File("d/a").write("new")
    assert Path("d/a").read_text() == "new"
    os.chmod("d", 0o755)


def test_what_is_no_file_is_written_where_it_is() -> None:
    File("/dev/null").write("x")
    os.mkfifo("pipe")
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.append(Path("pipe").read_text()))
    reader.start()
    File("pipe").write("through")
    reader.join()
    assert found == ["through"]
    os.mkdir("d")
    with pytest.raises(RedunOSError, match="'d'"):
        File("d").write("x")


def test_a_directory_that_goes_away_is_an_error() -> None:
    stream = File("d/a").open("w")
    stream.write("x")
    stream.flush()
    Dir("d").rmdir(recursive=True)
    with pytest.raises(RedunFileNotFoundError, match="gone since it was opened for writing: 'd/a'"):
        stream.close()


def test_a_file_that_can_be_written_but_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    File("a").write("old, and longer")

    def refuse(*paths: Any) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(os, "replace", refuse)
    File("a").write("new")
    assert Path("a").read_text() == "new"


def test_other_programs_write_to_the_stream() -> None:
    with File("a").open("w") as stream:
        subprocess.run(["echo", "by number"], stdout=stream, check=True)
    assert Path("a").read_text() == "by number\n"
    with File("a").open("w") as stream:
        subprocess.run(["bash", "-c", f"echo by name > {stream.name}"], check=True)
    assert Path("a").read_text() == "by name\n"
    File("b").write("sorted\na")
    with File("a").open("wb") as binary, File("b").open() as source:
        subprocess.run(["sort"], stdin=source, stdout=binary, check=True)
    assert Path("a").read_text() == "a\nsorted\n"


def test_libraries_write_to_the_stream() -> None:
    numpy = pytest.importorskip("numpy")
    with File("a.txt").open("w") as stream:
        numpy.savetxt(stream, [1, 2], fmt="%d")
    assert File("a.txt").read() == "1\n2\n"
    with File("a.npy").open("wb") as stream:
        numpy.save(stream, numpy.arange(3))
        numpy.arange(2, dtype="u1").tofile(stream)
    assert Path("a.npy").read_bytes()[-2:] == b"\0\1"
    with File("a.csv").open("w", newline="") as stream:
        csv.writer(stream).writerow([1, "x y"])
        print("printed", file=stream)
    assert Path("a.csv").read_bytes() == b"1,x y\r\nprinted\n"
    packed = []
    for name in ("x/a.gz", "y/a.gz"):
        with File(name).open("wb") as stream, gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as packer:
            packer.write(b"same")
        packed.append(Path(name).read_bytes())
    # The name that gzip notes is the file's own.
    assert packed[0] == packed[1]
    with File("w.txt").open("wb") as stream, io.TextIOWrapper(stream, encoding="utf-8") as text:
        text.write("wrapped")
    assert File("w.txt").read() == "wrapped"
    stream = File("lines").open("w", buffering=1)
    stream.write("line\n")
    assert Path(stream.name).read_text() == "line\n"
    stream.close()
    assert isinstance(stream, io.TextIOBase)
    assert (stream.closed, stream.encoding, stream.mode) == (True, "utf-8", "w")


def test_a_stream_that_nobody_closes_is_closed_when_it_goes() -> None:
    stream = File("a").open("w")
    stream.write("x")
    gone = weakref.ref(stream)
    del stream
    assert gone() is None
    assert File("a").read() == "x"


def test_a_forked_child_leaves_its_parents_file_alone() -> None:
    Path("a").write_text("old")
    stream = File("a").open("w")
    child = os.fork()
    if child == 0:
        stream.write("child")
        stream.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert Path("a").read_text() == "old"
    stream.write(" and parent")
    stream.close()
    assert Path("a").read_text() == "child and parent"


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_an_unknown_encoding_leaves_the_old_content_and_nothing_to_complain_of() -> None:
    Path("a").write_text("old")
    with pytest.raises(LookupError, match="bogus"):
        File("a").open("w", encoding="bogus")
    gc.collect()
    assert Path("a").read_text() == "old"
    assert os.listdir(".") == ["a"]

"""Files of web servers, against a real one."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redun.file import ContentFile, Dir, File, copy_file, glob_file
from redun.filesystems.errors import RedunFileNotFoundError, RedunOSError, RedunPermissionError
from redun.value.seal import seal, unseal


class Handler(http.server.SimpleHTTPRequestHandler):
    """The working directory, with some pages of its own."""

    tag = '"v1"'
    asked: list[str]
    DATE = "Tue, 01 Jan 2030 00:00:00 GMT"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        self.asked.append(f"{self.command} {self.path}")

    def do_HEAD(self) -> None:
        if self.path == "/nohead":
            self.send_error(405)
        elif not self.page():
            super().do_HEAD()

    def do_GET(self) -> None:
        if not self.page():
            super().do_GET()

    def page(self) -> bool:
        status = {"/secret": 403, "/broken": 500}.get(self.path)
        if status:
            self.send_error(status)
            return True
        if self.path not in ("/tagged", "/nohead", "/short", "/untagged"):
            return False
        self.send_response(200)
        if self.path == "/tagged":
            self.send_header("ETag", self.tag)
        self.send_header("Content-Length", "100" if self.path == "/short" else "4")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(self.tag.encode()[:4])
        return True


@pytest.fixture
def server(here: Path) -> Iterator[str]:
    Handler.asked, Handler.tag = [], '"v1"'
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def recorded(value: Any) -> Any:
    return unseal(seal(value).payload)


def test_reading(server: str) -> None:
    Path("a b.txt").write_text("ä\nb\n")
    file = File(f"{server}/a%20b.txt")
    assert (file.read(), file.read("rb"), file.readlines()) == ("ä\nb\n", b"\xc3\xa4\nb\n", ["ä\n", "b\n"])
    assert (file.exists(), file.isfile(), file.isdir(), file.size()) == (True, True, False, 5)
    assert file.stage("x.txt").stage().read() == "ä\nb\n"
    assert glob_file(file.path) == [file.path]
    big = b"0123456789" * 100_000
    Path("big").write_bytes(big)
    copy_file(f"{server}/big", "copy")
    assert Path("copy").read_bytes() == big


def test_without_a_tag_the_bytes_count(server: str) -> None:
    Path("a").write_text("one")
    result = recorded(File(f"{server}/a"))
    assert result.is_valid()
    Path("a").write_text("two")
    assert not result.is_valid()
    Path("a").write_text("one")
    assert result.is_valid()
    Path("a").unlink()
    assert not result.is_valid()


def test_a_settled_date_spares_fetching(server: str) -> None:
    import os

    Path("a").write_text("one")
    os.utime("a", (1_000_000, 1_000_000))
    result = recorded(File(f"{server}/a"))
    Handler.asked.clear()
    assert result.is_valid()
    assert Handler.asked == ["HEAD /a"]
    os.utime("a")
    assert result.is_valid()
    assert "GET /a" in Handler.asked


def test_a_strong_tag_counts_and_nothing_is_fetched(server: str) -> None:
    result = recorded(File(f"{server}/tagged"))
    assert result.is_valid()
    assert {request.split()[0] for request in Handler.asked} == {"HEAD"}
    content = recorded(ContentFile(f"{server}/tagged"))
    assert "GET /tagged" in Handler.asked
    Handler.tag = '"v2"'
    assert (result.is_valid(), content.is_valid()) == (False, False)
    # A weak tag says that the content means the same, not that it is the same.
    Handler.tag = 'W/"v3"'
    result = recorded(File(f"{server}/tagged"))
    Handler.asked.clear()
    assert result.is_valid()
    assert "GET /tagged" in Handler.asked


def test_a_server_that_knows_no_head(server: str) -> None:
    file = File(f"{server}/nohead")
    assert (file.exists(), file.size(), file.hash) == (True, 4, file.hash)


def test_errors_name_the_url(server: str) -> None:
    missing = File(f"{server}/nope")
    assert not missing.exists()
    assert missing.hash == File(f"{server}/nope").hash
    for act in (missing.read, missing.size):
        with pytest.raises(RedunFileNotFoundError, match=f"{server}/nope"):
            act()
    for act in (File(f"{server}/secret").read, File(f"{server}/secret").exists):
        with pytest.raises(RedunPermissionError, match=r"HTTP status 403 Forbidden: 'http.*/secret'"):
            act()
    with pytest.raises(RedunOSError, match="HTTP status 500 Internal Server Error"):
        File(f"{server}/broken").read()
    with pytest.raises(RedunOSError, match="The connection ended 96 bytes early"):
        File(f"{server}/short").read()
    with pytest.raises(RedunOSError, match="The connection ended 96 bytes early"):
        File(f"{server}/short").copy_to("copy")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/x"
        with pytest.raises(RedunOSError, match=r"The server cannot be reached: .*refused"):
            File(url).read()
    with pytest.raises(RedunOSError, match="The request failed"):
        File("http://[bad/x").read()


def test_nothing_can_be_written_or_listed(server: str) -> None:
    file, directory = File(f"{server}/x"), Dir(f"{server}/d")
    for act in (lambda: file.write("x"), file.touch, lambda: File(f"{server}/tagged").copy_to(file)):
        with pytest.raises(RedunOSError, match="Files of http:// cannot be written, only read"):
            act()
    for act in (file.remove, lambda: directory.rmdir(recursive=True)):
        with pytest.raises(RedunOSError, match="cannot be removed, only read"):
            act()
    for act in (directory.files, lambda: glob_file(f"{server}/*")):
        with pytest.raises(RedunOSError, match="cannot be listed, only read"):
            act()

"""Texts that are no INI text: the error names file, line and section."""

from __future__ import annotations

from pathlib import Path

import pytest
from redun.config import Config, load_config
from redun.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n", "F, line 1: 'x = 1' stands before any [section]"),
        ("[a]\nx = 1\n\n[b]\nnonsense\n", "F, line 5, section [b]: cannot read 'nonsense"),
        ("[a]\nx = 1\nx = 2\n", "F, line 3: section [a] sets 'x' twice"),
        ("[a]\nx = 1\n[b]\n[a]\n", "F, line 4: section [a] is there twice"),
    ],
)
def test_ill_formed_text(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "redun.ini"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path)
    assert str(caught.value).startswith(message.replace("F", str(path), 1))


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "redun.ini").mkdir()
    with pytest.raises(ConfigError, match=r"redun\.ini cannot be read"):
        load_config(tmp_path)
    (tmp_path / "redun.ini").rmdir()
    (tmp_path / "redun.ini").symlink_to(tmp_path / "gone")
    with pytest.raises(ConfigError, match=r"redun\.ini cannot be read"):
        load_config(tmp_path)


def test_file_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "redun.ini"
    path.write_bytes("[a]\nx = 1\ny = \xe9\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="line 3: the text is not UTF-8"):
        Config().read_path(path)


def test_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "redun.ini"
    path.write_bytes(b"\xef\xbb\xbf[a]\nx = \xc3\xa9\n")
    config = Config()
    config.read_path(path)
    assert config["a"]["x"] == "é"


def test_indented_options_are_found_for_errors() -> None:
    config = Config(environ={})
    config.read_string("[a]\n  x = 1\n  xy: no\n", "f.ini")
    with pytest.raises(ConfigError, match=r"^f\.ini, line 3, section \[a\], option 'xy'"):
        config.section("a").get_int("xy")

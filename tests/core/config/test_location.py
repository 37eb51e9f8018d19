"""Which folder holds the configuration, what stands in it by default, and where the database is."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from redun.config import (
    Config,
    database_path,
    database_uri,
    find_config_dir,
    init_config,
    load_config,
)
from redun.errors import ConfigError


def test_explicit_folder_wins(tmp_path: Path) -> None:
    (tmp_path / ".redun").mkdir()
    environ = {"REDUN_CONFIG": "env"}
    assert find_config_dir("given", environ, tmp_path) == tmp_path / "given"
    assert find_config_dir(tmp_path / "abs", environ, tmp_path) == tmp_path / "abs"
    assert find_config_dir(None, environ, tmp_path) == tmp_path / "env"


def test_nearest_folder_upward(tmp_path: Path) -> None:
    (tmp_path / ".redun").mkdir()
    (tmp_path / "a" / ".redun").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "a" / "b" / ".redun").write_text("a file is no folder")
    assert find_config_dir(None, {}, tmp_path / "a" / "b" / "c") == tmp_path / "a" / ".redun"
    assert find_config_dir(None, {"REDUN_CONFIG": ""}, tmp_path) == tmp_path / ".redun"


def test_folder_here_when_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REDUN_CONFIG", raising=False)
    assert find_config_dir() == tmp_path / ".redun"


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_config_dir("~/conf", {}, "/") == tmp_path / "conf"


def test_missing_file_means_the_defaults(tmp_path: Path) -> None:
    config = load_config(tmp_path / "absent")
    default = config.section("executors.default")
    assert (default.get_str("type"), default.get_int("max_workers")) == ("local", 20)
    assert database_path(config) == tmp_path / "absent" / "redun.db"
    assert not (tmp_path / "absent").exists()


def test_init_writes_the_defaults(tmp_path: Path) -> None:
    path = init_config(tmp_path / "x" / ".redun")
    assert path == tmp_path / "x" / ".redun" / "redun.ini"
    written, absent = load_config(path.parent), load_config(tmp_path / "absent")
    assert written.get_config_dict() == absent.get_config_dict()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(os.listdir(path.parent)) == ["redun.ini"]


def test_init_leaves_a_file_alone(tmp_path: Path) -> None:
    (tmp_path / "redun.ini").write_text("[mine]\n")
    init_config(tmp_path)
    assert (tmp_path / "redun.ini").read_text() == "[mine]\n"


def test_init_of_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"redun\.ini cannot be written"):
        init_config(tmp_path / "file" / ".redun")


def test_many_inits_at_once_agree(tmp_path: Path) -> None:
    start = threading.Barrier(8)
    seen: list[str] = []

    def init() -> None:
        start.wait()
        seen.append(init_config(tmp_path / ".redun").read_text())

    threads = [threading.Thread(target=init) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len(set(seen)) == 1
    assert os.listdir(tmp_path / ".redun") == ["redun.ini"]


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sqlite:///redun.db", "/conf/redun.db"),
        ("sqlite:///sub/other.db?timeout=3", "/conf/sub/other.db"),
        ("sqlite:////abs/redun.db", "/abs/redun.db"),
        ("sqlite:///.redun/redun.db", "/conf/redun.db"),
    ],
)
def test_database_of_sqlite_is_relative_to_the_folder(uri: str, expected: str) -> None:
    config = Config({"backend": {"db_uri": uri}}, configdir="/conf")
    assert database_path(config) == Path(expected)


def test_other_databases_have_no_path() -> None:
    for uri in ("postgresql://host/db", "sqlite://", "sqlite:///:memory:"):
        config = Config({"backend": {"db_uri": uri}}, configdir="/conf")
        assert database_uri(config) == uri
        with pytest.raises(
            ConfigError, match=r"section \[backend\], option 'db_uri': .* no SQLite file"
        ) as caught:
            database_path(config)
        assert ("redun db copy" in str(caught.value)) == uri.startswith("postgresql:")


def test_query_of_the_address_is_kept() -> None:
    config = Config({"backend": {"db_uri": "sqlite:///a.db?timeout=3"}}, configdir="/conf")
    assert database_uri(config) == "sqlite:////conf/a.db?timeout=3"


def test_configparser_is_imported_only_to_read_a_file() -> None:
    code = (
        "import sys, redun.config as c; c.Config({'a': {'b': '1'}})['a']['b']; "
        "sys.exit('configparser' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

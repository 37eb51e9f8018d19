from __future__ import annotations

import importlib.util
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest
from redun_cli.main import main

HERE = Path(__file__).parent


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules.setdefault(name, importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


@attrs.frozen
class Shown:
    """What a command wrote, as bytes on their way to a terminal."""

    words: tuple[str, ...]
    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        return self.out.decode()


@pytest.fixture(scope="session")
def strings() -> dict[str, str]:
    texts: dict[str, str] = _load("hostile_strings").STRINGS
    return texts


@pytest.fixture(scope="session")
def record(strings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A record that holds every text everywhere; its folder is a configuration."""
    folder = tmp_path_factory.mktemp("hostile") / ".redun"
    folder.mkdir()
    made = _load("hostile_record").HostileRecord(folder / "redun.db")
    made.fill(strings)
    (folder / "redun.ini").write_text("[backend]\ndb_uri = sqlite:///redun.db\n")
    return made


@pytest.fixture(scope="session")
def plain(record: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A record like the hostile one, of harmless texts."""
    folder = tmp_path_factory.mktemp("plain") / ".redun"
    folder.mkdir()
    made = type(record)(folder / "redun.db")
    made.fill(
        {"one": "one", "two": "two two", "lines": "a\nb\nc", "path": "dir/file.txt", "long": "x" * 5_000}
    )
    (folder / "redun.ini").write_text("[backend]\ndb_uri = sqlite:///redun.db\n")
    return made


@pytest.fixture
def redun(record: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Shown]]:
    """Run the command line in this process; whatever is no mistake of the user's is raised."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str, config: Path | None = None) -> Shown:
        streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)]
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(sys, "stdout", streams[0])
            patched.setattr(sys, "stderr", streams[1])
            code = main(["-c", str(config or record.path.parent), *words])
            written = [stream.buffer.getvalue() for stream in streams]  # type: ignore[attr-defined]
        return Shown(words, code, *written)

    yield run
    assert not record.trap.exists(), "a payload was unpickled"
    assert not (tmp_path / "executed").exists(), "a text was executed"

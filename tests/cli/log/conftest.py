from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redun.errors import RedunError
from redun_cli.log.command import log

_BUILDER = Path(__file__).parents[2] / "core" / "reader" / "record_builder.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("record_builder", _BUILDER)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules.setdefault("record_builder", importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def records() -> ModuleType:
    return sys.modules.get("record_builder") or _load()


@pytest.fixture
def builder(tmp_path: Path, records: ModuleType) -> Iterator[Any]:
    made = records.RecordBuilder(tmp_path / "redun.db")
    yield made
    made.close()
    assert not made.trap.exists(), "a payload was unpickled"


@pytest.fixture
def example(builder: Any, records: ModuleType) -> Any:
    made = records.CompileExample(builder)
    builder.save()
    return made


@pytest.fixture
def show(builder: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run `redun log` with some words and return its standard output."""
    monkeypatch.setenv("TZ", "UTC")

    def run(*words: str) -> str:
        builder.save()
        result: Result = CliRunner().invoke(
            log, words, obj=SimpleNamespace(database=builder.path), catch_exceptions=False
        )
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


@pytest.fixture
def fails(builder: Any) -> Callable[..., str]:
    """Run `redun log` with some words and return the message of the error that it raises; stdout stays empty."""

    def run(*words: str) -> str:
        builder.save()
        result = CliRunner().invoke(log, words, obj=SimpleNamespace(database=builder.path))
        assert isinstance(result.exception, RedunError), result.output
        assert result.stdout == ""
        return str(result.exception)

    return run

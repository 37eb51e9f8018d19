from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redun_cli.invocation import Invocation
from redun_cli.tag.command import tag

_BUILDER = Path(__file__).parents[2] / "core" / "reader" / "record_builder.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("record_builder", _BUILDER)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules.setdefault("record_builder", importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def example(tmp_path: Path) -> Iterator[Any]:
    records: Any = sys.modules.get("record_builder") or _load()
    builder = records.RecordBuilder(tmp_path / "redun.db")
    made = records.CompileExample(builder)
    builder.connection.execute("COMMIT")
    yield made
    builder.connection.close()
    assert not builder.trap.exists(), "a payload was unpickled"


@pytest.fixture
def invoke(example: Any) -> Callable[..., Result]:
    """Run `redun tag` with some words."""

    def run(*words: str) -> Result:
        invocation = Invocation()
        # In place of what follows from the configuration.
        vars(invocation)["database"] = example.builder.path
        return CliRunner().invoke(tag, words, obj=invocation)

    return run


@pytest.fixture
def done(invoke: Callable[..., Result]) -> Callable[..., list[str]]:
    """Run `redun tag` with some words, successfully, and return the lines of its standard output."""

    def run(*words: str) -> list[str]:
        result = invoke(*words)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout.splitlines()

    return run


@pytest.fixture
def rows(example: Any) -> Callable[[], list[tuple[Any, ...]]]:
    """Read all tags but the example's own."""

    def read() -> list[tuple[Any, ...]]:
        text = "SELECT entity, id, key, value FROM tag WHERE key <> 'user' ORDER BY entity, key, value"
        found: list[tuple[Any, ...]] = example.builder.connection.execute(text).fetchall()
        return found

    return read

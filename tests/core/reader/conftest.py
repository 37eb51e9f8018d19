from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from redun.recorder.reader import Reader, open_reader


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("record_builder", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("record_builder", module)
    spec.loader.exec_module(module)
    return module


_builders = sys.modules.get("record_builder") or _load(Path(__file__).with_name("record_builder.py"))


@pytest.fixture
def records() -> ModuleType:
    return _builders


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[Any]:
    made = _builders.RecordBuilder(tmp_path / "redun.db")
    yield made
    made.close()
    assert not made.trap.exists(), "a payload was unpickled"


@pytest.fixture
def example(builder: Any) -> Any:
    made = _builders.CompileExample(builder)
    builder.save()
    return made


@pytest.fixture
def reader(builder: Any) -> Iterator[Reader]:
    builder.save()
    with open_reader(builder.path) as opened:
        yield opened

"""Where the namespace of a task comes from."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import redun
from redun import get_current_namespace, task
from redun.namespace import compute_namespace


@pytest.fixture(autouse=True)
def without_a_fallback() -> Iterator[None]:
    redun.namespace()
    yield
    redun.namespace()


def load(folder: Path, name: str, text: str) -> ModuleType:
    """Import a module from text."""
    path = folder / f"{name}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return module


def step() -> int:
    return 1


def test_the_variable_of_the_module(tmp_path: Path) -> None:
    text = "from redun import task\nredun_namespace = 'lab.plates'\n@task\ndef read(): return 1\n"
    module = load(tmp_path, "namespaced_module", text)
    assert module.read.fullname == "lab.plates.read"
    assert module.read.namespace == "lab.plates"


def test_the_fallback_of_the_process() -> None:
    assert get_current_namespace() == ""
    assert task()(step).fullname == "step"
    redun.namespace("pool")
    assert get_current_namespace() == "pool"
    assert task()(step).fullname == "pool.step"
    redun.namespace()
    assert get_current_namespace() == ""
    redun.namespace("pool")
    redun.namespace("")
    assert task()(step).fullname == "step"


def test_the_module_goes_before_the_process_and_the_option_before_both(tmp_path: Path) -> None:
    redun.namespace("pool")
    text = (
        "from redun import task\nredun_namespace = 'lab'\n"
        "@task\ndef a(): return 1\n"
        "@task(namespace='own')\ndef b(): return 1\n"
        "@task(namespace='')\ndef c(): return 1\n"
    )
    module = load(tmp_path, "named_thrice", text)
    assert [each.fullname for each in (module.a, module.b, module.c)] == ["lab.a", "own.b", "c"]


def test_an_empty_variable_of_the_module_is_a_namespace(tmp_path: Path) -> None:
    redun.namespace("pool")
    text = "from redun import task\nredun_namespace = ''\n@task\ndef a(): return 1\n"
    assert load(tmp_path, "named_empty", text).a.fullname == "a"


@pytest.mark.parametrize(("given", "expected"), [(None, "pool"), ("", ""), ("own", "own")])
def test_compute_namespace(given: Any, expected: str) -> None:
    redun.namespace("pool")
    assert compute_namespace(step, given) == expected

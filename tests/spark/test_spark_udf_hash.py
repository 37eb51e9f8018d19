"""What of a function for columns counts in the hash of a task."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

TASKS = """
from redun import task
from redun_executor_spark import udf

@udf(return_type="{kind}")
def length(word):
    return {body}

shortened = udf(lambda word: {body}, "{kind}")

@task(namespace="udf_hash")
def decorated(word):
    return length(word)

@task(namespace="udf_hash")
def wrapped(word):
    return shortened(word)
"""


def test_code_and_type_of_a_udf_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def hashes(kind: str, body: str = "len(word)") -> tuple[str, str]:
        module = _loaded(tmp_path / f"tasks_{len(list(tmp_path.iterdir()))}.py", kind, body)
        return module.decorated.hash, module.wrapped.hash

    first = hashes("int")
    assert hashes("int") == first
    for other in (hashes("string"), hashes("int", "len(word) + 1")):
        assert other[0] != first[0]
        assert other[1] != first[1]


def _loaded(path: Path, kind: str, body: str) -> ModuleType:
    path.write_text(TASKS.format(kind=kind, body=body))
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module

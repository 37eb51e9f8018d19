"""Small projects written to disk, imported, hashed and edited."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest
from redun.hashing.code import CodeHasher

Files = dict[str, str]


class Lab:
    """Imports projects, each from a folder of its own, one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folders = (folder / f"project{number}" for number in itertools.count())
        self._entered: list[tuple[str, set[str]]] = []

    def write(self, files: Files) -> Path:
        folder = next(self._folders)
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), encoding="utf-8")
        return folder

    def enter(self, files: Files) -> Path:
        """Write a project and make it importable in place of the one before."""
        self.leave()
        folder = self.write(files)
        sys.path.insert(0, str(folder))
        importlib.invalidate_caches()
        self._entered.append((str(folder), set(sys.modules)))
        return folder

    def leave(self) -> None:
        while self._entered:
            folder, before = self._entered.pop()
            sys.path.remove(folder)
            for name in set(sys.modules) - before:
                if str(getattr(sys.modules[name], "__file__", "") or "").startswith(folder) or folder in str(
                    getattr(sys.modules[name], "__path__", "")
                ):
                    del sys.modules[name]

    def load(self, files: Files, module: str = "flow") -> ModuleType:
        self.enter(files)
        return importlib.import_module(module)

    def hash(self, files: Files, path: str = "flow.main", **options: Any) -> bytes:
        """Hash what is found at a dotted path in a fresh import of a project."""
        module, _, name = path.partition(".")
        value: Any = self.load(files, module)
        for part in name.split("."):
            value = getattr(value, part)
        return CodeHasher(**options).hash(value)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    # Edits within a second and of equal size would be taken for the compiled files before.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    found = Lab(tmp_path)
    yield found
    found.leave()


@pytest.fixture
def same(lab: Lab) -> Callable[[Files, Files], bool]:
    """Tell whether `flow.main` has one hash in two projects; the second lists only what differs."""
    return lambda files, edited: lab.hash(files) == lab.hash({**files, **edited})

"""`redun.tools`: tasks that copy files, fill in templates and open the debugger."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun import Dir, File, Scheduler, get_task_registry
from redun.file import IDir
from redun.tools import copy_dir, copy_file, copy_files, debug_task, render_template

Reopen = Callable[[], Scheduler]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def jobs(scheduler: Scheduler, expression: Any) -> tuple[Any, int]:
    """Return a result and how many bodies ran for it."""
    copied: list[str] = []
    copy = File.copy_to

    def counting(self: File, *args: Any, **options: Any) -> File:
        copied.append(self.path)
        return copy(self, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(File, "copy_to", counting)
        return scheduler.run(expression), len(copied)


def test_names_and_versions() -> None:
    for task in (copy_file, copy_files, copy_dir, render_template, debug_task):
        assert task.fullname == f"redun.{task.name}"
        assert task.version == "1"
        assert get_task_registry().get(task.fullname) is task


def test_copying_a_file(reopen: Reopen) -> None:
    File("a").write("one")
    for skip in (False, True):
        copied, ran = jobs(reopen(), copy_file(File("a"), "copies/", skip_if_exists=skip))
        # Whether to skip is no part of the key.
        assert (copied.path, copied.read(), ran) == ("copies/a", "one", not skip)
    File("copies/a").remove()
    assert jobs(reopen(), copy_file(File("a"), "copies/"))[1] == 1
    File("a").write("two")
    copied, ran = jobs(reopen(), copy_file(File("a"), "copies/"))
    assert (copied.read(), ran) == ("two", 1)


def test_copying_files(reopen: Reopen) -> None:
    files = [File(name) for name in "abc"]
    for file in files:
        file.write(file.path)
    copied, ran = jobs(reopen(), copy_files(files, ["x", "d/y", "z/"]))
    assert ([file.path for file in copied], ran) == (["x", "d/y", "z/c"], 3)
    copied, ran = jobs(reopen(), copy_files(files, "d/", copy_options={"tags": [("step", "copy")]}))
    assert ([file.read() for file in copied], ran) == (["a", "b", "c"], 3)
    File("b").write("new")
    assert jobs(reopen(), copy_files(files, "d/"))[1] == 1
    with pytest.raises(ValueError, match="into the directory 'd', end its path with '/'"):
        reopen().run(copy_files(files, "d"))
    with pytest.raises(ValueError, match="3 files cannot be copied to 1 paths; give a path for each"):
        reopen().run(copy_files(files, ["x"]))


def test_copying_a_directory(reopen: Reopen) -> None:
    for name in ("a", "deep/b", ".hidden"):
        File(f"d/{name}").write(name)
    copied, ran = jobs(reopen(), copy_dir(Dir("d"), "e"))
    assert ([copied.rel_path(file.path) for file in copied], ran) == ([".hidden", "a", "deep/b"], 3)
    assert jobs(reopen(), copy_dir(Dir("d"), "e"))[1] == 0
    File("e/a").remove()
    assert jobs(reopen(), copy_dir(Dir("d"), "e"))[1] == 1
    File("d/new").write("new")
    copied, ran = jobs(reopen(), copy_dir(Dir("d"), "into/"))
    assert (copied.path, copied.file("new").read(), ran) == ("into/d", "new", 4)
    Dir("empty").mkdir()
    for name in ("e1", "e2"):
        copied, ran = jobs(reopen(), copy_dir(Dir("empty"), name))
        assert (copied.path, copied.exists(), ran) == (name, True, 0)
    assert type(reopen().run(copy_dir(IDir("d"), "f"))) is IDir


def test_templates(reopen: Reopen) -> None:
    jinja2 = pytest.importorskip("jinja2")
    File("t/page.txt").write("{% include 'head.txt' %}Dear {{ name }},\n")
    File("t/head.txt").write("Letter\n")
    page = reopen().run(render_template("out/page.txt", File("t/page.txt"), {"name": "Ada"}))
    assert (page.path, page.read()) == ("out/page.txt", "Letter\nDear Ada,\n")
    File("other/head.txt").write("Other\n")
    page = reopen().run(render_template("page", File("t/page.txt"), {"name": "Ada"}, template_dir="other"))
    assert page.read() == "Other\nDear Ada,\n"
    with pytest.raises(jinja2.UndefinedError, match="name"):
        reopen().run(render_template("page", File("t/page.txt"), {}))


def test_templates_without_jinja(reopen: Reopen, monkeypatch: pytest.MonkeyPatch) -> None:
    importing = builtins.__import__

    def missing(name: str, *args: Any, **options: Any) -> Any:
        if name == "jinja2":
            raise ImportError("No module named 'jinja2'")
        return importing(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", missing)
    File("t").write("")
    with pytest.raises(ImportError, match="Templates need jinja2: pip install jinja2"):
        reopen().run(render_template("out", File("t"), {}))


def test_the_debugger_opens_each_time(reopen: Reopen, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    monkeypatch.setattr(sys, "breakpointhook", lambda: opened.append(sys._getframe(1).f_locals["value"]))
    for _ in range(2):
        assert reopen().run(debug_task([1])) == [1]
    assert opened == [[1], [1]]

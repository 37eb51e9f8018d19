"""Workflows are loaded from files and modules; what is wrong with them is told in the user's own terms."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redun_cli.run.script import ScriptError, load_script


@pytest.fixture(autouse=True)
def _undo_imports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(path: str, text: str) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)
    return path


def test_a_file_finds_the_modules_beside_it() -> None:
    write("sub/neighbour.py", "VALUE = 3")
    script = load_script(
        write("sub/wf.py", "import neighbour\nredun_namespace = 'n.s'\nVALUE = neighbour.VALUE")
    )
    assert script.module.VALUE == 3
    assert script.namespace == "n.s"


def test_a_module_is_looked_for_from_the_current_folder() -> None:
    write("package/__init__.py", "")
    write("package/part.py", "VALUE = 4")
    script = load_script(write("package/wf.py", "from .part import VALUE") and "package.wf")
    assert script.module.VALUE == 4
    assert script.namespace == ""


def test_a_file_runs_neither_as_main_nor_as_a_test() -> None:
    script = load_script(
        write("wf.py", "NAME = __name__\nif __name__ == '__main__':\n    raise SystemExit(3)")
    )
    assert script.module.NAME == "wf"
    assert sys.modules["wf"] is script.module


def test_a_file_of_the_name_of_another_module_does_not_hide_it() -> None:
    script = load_script(write("json.py", "import json\nVALUE = json.dumps([1])"))
    assert script.module.VALUE == "[1]"
    assert script.module.__name__ == "redun_script_json"


def test_module_names_with_dots_and_dashes_load() -> None:
    assert load_script(write("my-flow.v2.py", "VALUE = 1")).module.VALUE == 1


@pytest.mark.parametrize("target", ["nowhere.py", "no/where.py", "nowhere", "no.where"])
def test_nothing_there(target: str) -> None:
    with pytest.raises(ScriptError, match="no such file"):
        load_script(target)


def test_a_folder_is_no_file() -> None:
    Path("folder.py").mkdir()
    with pytest.raises(ScriptError, match="is a folder"):
        load_script("folder.py")


def test_a_file_that_is_no_python() -> None:
    with pytest.raises(ScriptError, match=r"must end in \.py"):
        load_script(write("notes.txt", "hello"))


def test_a_syntax_error_shows_the_line() -> None:
    with pytest.raises(ScriptError) as caught:
        load_script(write("wf.py", "x = 1\ndef f(:\n    pass\n"))
    message = str(caught.value)
    assert message.startswith("cannot load wf.py\n")
    assert f'File "{Path("wf.py").resolve()}", line 2' in message
    assert "def f(:" in message
    assert message.splitlines()[-1].startswith("SyntaxError: ")


def test_an_error_shows_the_users_frames_only() -> None:
    write("part.py", "def check(x):\n    raise ValueError(f'bad {x}')\n")
    with pytest.raises(ScriptError) as caught:
        load_script(write("wf.py", "from part import check\ncheck(7)\n"))
    lines = str(caught.value).splitlines()
    assert lines[0] == "cannot load wf.py"
    files = [line.split('"')[1] for line in lines if line.startswith("  File")]
    assert files == [str(Path("wf.py").resolve()), str(Path("part.py").resolve())]
    assert lines[-1] == "ValueError: bad 7"


def test_the_causes_of_an_error_are_shown_without_our_frames() -> None:
    text = "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise RuntimeError('outer') from error\n"
    with pytest.raises(ScriptError) as caught:
        load_script(write("wf.py", text))
    message = str(caught.value)
    assert "ZeroDivisionError: division by zero" in message
    assert message.endswith("RuntimeError: outer")
    assert "redun_cli" not in message
    assert "importlib" not in message


def test_a_missing_import_is_that_of_the_user() -> None:
    with pytest.raises(ScriptError) as caught:
        load_script(write("wf.py", "import not_installed_anywhere\n"))
    assert str(caught.value).endswith("ModuleNotFoundError: No module named 'not_installed_anywhere'")
    write("package/__init__.py", "")
    write("package/wf.py", "import not_installed_anywhere\n")
    with pytest.raises(ScriptError, match="No module named 'not_installed_anywhere'"):
        load_script("package.wf")


def test_a_script_that_exits_is_a_script_that_cannot_be_loaded() -> None:
    with pytest.raises(ScriptError, match="SystemExit: 4"):
        load_script(write("wf.py", "raise SystemExit(4)\n"))


def test_a_wrong_task_declaration_names_the_users_line() -> None:
    with pytest.raises(ScriptError) as caught:
        load_script(
            write("wf.py", "from redun.task import task\n\n@task(name='not a name')\ndef f():\n    pass\n")
        )
    lines = str(caught.value).splitlines()
    assert [line for line in lines if "File" in line] == [
        f'  File "{Path("wf.py").resolve()}", line 3, in <module>'
    ]
    assert lines[-1].startswith("redun.errors.TaskDefinitionError: ")

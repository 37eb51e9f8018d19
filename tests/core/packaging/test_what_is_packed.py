"""Which files a code package holds: patterns, what git ignores, links, and what is no code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import redun.executors.packaging.selection as selection
from redun.config import Config
from redun.errors import ConfigError, ExecutorError
from redun.executors.packaging import Packaging, archive


def packed(project: Path, **options: object) -> list[str]:
    return list(archive(str(project), Packaging.from_options(options)).files)


def test_python_files_of_all_folders(project, write) -> None:
    write("workflow.py", "data.csv", "lib/a.py", "lib/deep/b.py", "name space/c.py")
    assert packed(project) == ["lib/a.py", "lib/deep/b.py", "name space/c.py", "workflow.py"]


def test_patterns_are_split_as_a_shell_does(project, write) -> None:
    write("a.py", "b.R", "my data/x.csv", "my data/deep/y.csv", "z.csv")
    assert packed(project, code_includes="*.R 'my data/*.csv'") == ["b.R", "my data/x.csv"]
    assert packed(project, code_includes=["**/*.csv"], code_excludes="'my data'") == ["z.csv"]
    assert packed(project, code_includes="**/*.csv", code_excludes="**/y.*") == ["my data/x.csv", "z.csv"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("**", ["a.py", "b.txt", "lib/c.py", "lib/deep/d.py"]),
        ("*", ["a.py", "b.txt"]),
        ("?.py", ["a.py"]),
        ("lib/**/*.py", ["lib/c.py", "lib/deep/d.py"]),
        ("**/deep/*", ["lib/deep/d.py"]),
        ("lib/*/*", ["lib/deep/d.py"]),
        ("[ab].*", ["a.py", "b.txt"]),
        ("[!a].*", ["b.txt"]),
        ("./a.py", ["a.py"]),
        ("lib", ["lib/c.py", "lib/deep/d.py"]),
        ("lib/", ["lib/c.py", "lib/deep/d.py"]),
        ("[.py", []),
    ],
)
def test_patterns(project, write, pattern: str, found: list[str]) -> None:
    write("a.py", "b.txt", "lib/c.py", "lib/deep/d.py", ".hidden/e.py", ".env")
    assert packed(project, code_includes=[pattern]) == found


def test_absolute_pattern_below_the_project(project, write) -> None:
    write("src/a.py", "b.py")
    assert packed(project, code_includes=f"{project}/src/*.py") == ["src/a.py"]


def test_hidden_files_are_sent_only_where_a_pattern_says_so(project, write) -> None:
    write(".env", ".hidden/a.py", "b.py", ".hidden/.c.py")
    assert packed(project, code_includes="**") == ["b.py"]
    assert packed(project, code_includes="**/.env .hidden/*.py") == [".env", ".hidden/a.py"]
    assert packed(project, code_includes=".hidden") == [".hidden/.c.py", ".hidden/a.py"]


def test_what_is_no_code_is_left_out(project, write) -> None:
    write("a.py", "env/pyvenv.cfg", "env/lib/b.py", "conda/conda-meta/x.json", "conda/c.py")
    write(*(f"lib/{folder}/d.py" for folder in selection.LEFT_OUT))
    assert packed(project, code_includes="**/*.py .git/config") == ["a.py"]


def test_gitignore(project, write) -> None:
    (project / ".git").mkdir()
    write("a.py", "made/b.py", "lib/made.py", "lib/c.py", "lib/keep/d.py", "lib/keep/tmp_e.py", "x/d.py")
    write(**{".gitignore": "made/\ntmp_*\n/x\n", "lib/.gitignore": "*.py\n!c.py\n!keep/*\n"})
    assert packed(project) == ["a.py", "lib/c.py", "lib/keep/d.py", "lib/keep/tmp_e.py"]


def test_gitignore_above_the_project_counts_within_a_repository(project, write) -> None:
    write("a.py", "b.py", "sub/a.py")
    (project.parent / ".gitignore").write_text("project/sub\nb.py\n")
    assert packed(project) == ["a.py", "b.py", "sub/a.py"]
    (project.parent / ".git").mkdir()
    assert packed(project) == ["a.py"]


def test_what_is_named_is_sent_though_ignored(project, write) -> None:
    write("a.py", "pkg/_version.py", "pkg/other_version.py", "made/deep/b.py")
    write(**{".gitignore": "*_version.py\nmade\n"})
    assert packed(project, code_includes="**/*.py pkg/_version.py made") == [
        *("a.py", "made/deep/b.py", "pkg/_version.py")
    ]


def test_missing_name_is_told(project, write, caplog) -> None:
    write("a.py")
    assert packed(project, code_includes="*.py gone.txt") == ["a.py"]
    assert "code_includes names gone.txt, which does not exist" in caplog.text


def test_links_are_followed(project, write, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "s.py").write_text("s")
    write("lib/a.py")
    (project / "shared").symlink_to(shared)
    (project / "lib" / "back").symlink_to(project)
    (project / "alias.py").symlink_to("lib/a.py")
    (project / "gone.py").symlink_to("nowhere")
    os.mkfifo(project / "pipe.py")
    assert packed(project) == ["alias.py", "lib/a.py", "shared/s.py"]


@pytest.mark.parametrize("pattern", ["../other/*.py", "/etc/*", "."])
def test_pattern_that_leads_out(project, pattern: str) -> None:
    with pytest.raises(ConfigError, match="must name what lies below the project's folder"):
        packed(project, code_includes=[pattern])


def test_far_too_many_files(project, write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "MAX_LOOKED_AT", 3)
    write("a.py", "b/c", "b/d", "b/e")
    with pytest.raises(ExecutorError, match=r"More than 3 files lie below .*code_package = false"):
        packed(project)
    assert packed(project, code_excludes="b/*", code_includes="*.py") == ["a.py"]


def test_missing_project(project) -> None:
    with pytest.raises(ExecutorError, match=r"nowhere, whose code is to be sent along, does not exist"):
        packed(project / "nowhere")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("code_package", "perhaps", "'perhaps' is neither true nor false"),
        ("code_includes", "'**/*.py", "cannot be split into words: no closing quotation"),
    ],
)
def test_ill_formed_options(option: str, value: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f"The option {option}: .*{message}"):
        Packaging.from_options({option: value})
    section = Config({"executors.batch": {option: value}}).section("executors.batch")
    with pytest.raises(ConfigError, match=rf"\[executors.batch\], option '{option}': .*{message}"):
        Packaging.from_options(section)


def test_options_of_a_task_prevail() -> None:
    section = {"code_package": "false", "code_includes": "*.R", "type": "docker"}
    assert Packaging.from_options(section) == Packaging(enabled=False, includes=("*.R",))
    assert Packaging.from_options(section, {"code_package": True}).enabled
    assert Packaging.from_options(None, {"code_excludes": None}) == Packaging()

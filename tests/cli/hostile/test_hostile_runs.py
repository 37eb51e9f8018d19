"""What a workflow can do by itself: hostile values, errors, tags, files and words, through a run and after it."""

from __future__ import annotations

import json
import os
import pty
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
import warm

pytestmark = pytest.mark.slow
Redun = Callable[..., Any]

WORKFLOW = '''
import json
from pathlib import Path

from redun import File, apply_tags, catch, task

redun_namespace = "hostile"
TEXTS = json.loads(Path("texts.json").read_text())


class Odd:
    """Shows itself as what it was given."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text

    def __reduce__(self):
        return (Odd, (self.text,))


@task()
def show(text, odd):
    return [text, odd, {text: odd}]


@task()
def fail(text):
    raise ValueError(text)


@task()
def write(name):
    file = File("files/" + name)
    file.write("content")
    return file


@task()
def recover(error):
    return str(error)


@task()
def main(word: str = ""):
    results = [show(text, Odd(text)) for text in TEXTS]
    caught = [catch(fail(text), ValueError, recover) for text in TEXTS]
    names = [text.replace("/", "_").replace(chr(0), "0")[:50] for text in TEXTS]
    files = [write(f"{number} {name}") for number, name in enumerate(names)]
    tagged = [apply_tags(text, tags=[(text or "x", text)], job_tags=[(text or "x", [text])]) for text in TEXTS]
    return [results, caught, files, tagged]


@task()
def ending(text: str):
    return fail(text)


@task()
def odd(text: str):
    return Odd(text)
'''
# Ours are colours, and moves of the cursor by which the table stays in its place.
OWN = re.compile(r"\x1b\[(?:[0-9;]*m|\?25[hl]|[0-9]*[AK]|2K)|\r")


@attrs.frozen
class Project:
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / ".redun" / "redun.db"

    def on_terminal(self, *words: str) -> str:
        """Run the command on a terminal and return all that was written there."""
        ours, theirs = pty.openpty()
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "150", "LINES": "50"}
        command = [Path(sys.executable).with_name("redun"), *words]
        with warm.Popen(
            command, cwd=self.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
        ):
            os.close(theirs)
            written = b""
            try:
                while block := os.read(ours, 65536):
                    written += block
            except OSError:
                pass
        os.close(ours)
        return written.decode("utf-8", "surrogateescape").replace("\r\n", "\n")


@pytest.fixture(scope="module")
def project(strings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("project")
    (folder / "texts.json").write_text(json.dumps([text for text in strings.values() if len(text) < 500]))
    (folder / "workflow.py").write_text(WORKFLOW)
    return Project(folder)


@pytest.fixture(scope="module")
def live(project: Project, strings: dict[str, str]) -> str:
    """What the terminal got while the workflow ran."""
    return project.on_terminal("run", "workflow.py", "main", "--word", strings["osc title"])


def check_own(text: str) -> None:
    rest = OWN.sub("", text)
    steering = {mark for mark in set(rest) if unicodedata.category(mark) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert not steering - {"\n", "\t"}, sorted(steering)


def check_lines(text: str) -> None:
    assert not re.search(r"^(\[redun\] Failed Job 00000000|Exec 00000000)", OWN.sub("", text), re.MULTILINE)


def test_the_report_of_a_run_on_a_terminal(live: str) -> None:
    assert "Run    Job" in live
    check_own(live)
    check_lines(live)


@pytest.mark.parametrize("name", ["osc clipboard", "rich broken"])
def test_a_failure_and_a_result_on_a_terminal(project: Project, strings: dict[str, str], name: str) -> None:
    for task in ("ending", "odd"):
        check_own(project.on_terminal("run", "workflow.py", task, "--text", strings[name]))


def test_what_was_recorded_is_shown_drawn_and_exported(
    live: str, project: Project, redun: Redun, tmp_path: Path
) -> None:
    config = project.path.parent
    for words in (
        ["log"],
        ["log", "--all", "--limit", "0"],
        ["log", "~1"],
        ["why", "~1"],
        ["tag", "list", "--values"],
    ):
        for form in ("text", "json"):
            shown = redun(*words, "--format", form, config=config)
            assert shown.code == 0, shown.err
            check_own(shown.text)
            check_lines(shown.text)
    lines = redun("export", config=config)
    assert lines.code == 0, lines.err
    (tmp_path / "lines.jsonl").write_bytes(lines.out)
    folder = tmp_path / ".redun"
    folder.mkdir()
    (folder / "redun.ini").write_text("[backend]\ndb_uri = sqlite:///redun.db\n")
    taken = redun("import", "--file", "lines.jsonl", config=folder)
    assert taken.code == 0, taken.err
    shown = redun("log", "--all", "--limit", "0", config=folder)
    assert shown.code == 0, shown.err
    check_own(shown.text)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".redun", "lines.jsonl"]

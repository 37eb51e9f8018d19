"""Long answers on a terminal go through a pager; anywhere else none is started."""

from __future__ import annotations

import os
import pty
import sys
from pathlib import Path

import pytest
from redun_cli.log.pager import paged, pager_command

_PAGER = """#!/bin/sh
echo "paged with $*"
exec cat
"""


@pytest.fixture
def own_pager(tmp_path: Path) -> Path:
    path = tmp_path / "own pager"
    path.write_text(_PAGER)
    path.chmod(0o700)
    return path


def _on_a_terminal(body: str, environment: dict[str, str]) -> str:
    """Run Python code whose standard output is a terminal and return what appears there."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(environment)
        os.execv(sys.executable, [sys.executable, "-c", body])
    seen = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.waitpid(child, 0)
    os.close(terminal)
    return seen.decode().replace("\r\n", "\n")


_BODY = "from redun_cli.log.pager import paged\nwith paged(wanted={wanted}) as out: out.write('answer\\n')"


def test_a_terminal_gets_the_pager_that_was_chosen(own_pager: Path) -> None:
    environment = {"PAGER": f"'{own_pager}' -x"}
    assert _on_a_terminal(_BODY.format(wanted=True), environment) == "paged with -x\nanswer\n"
    assert _on_a_terminal(_BODY.format(wanted=False), environment) == "answer\n"
    assert _on_a_terminal(_BODY.format(wanted=True), {"PAGER": ""}) == "answer\n"
    assert _on_a_terminal(_BODY.format(wanted=True), {"PAGER": "/no/such/pager"}) == "answer\n"


def test_a_pager_that_is_left_early_is_no_error(own_pager: Path) -> None:
    own_pager.write_text("#!/bin/sh\nexit 0\n")
    body = "from redun_cli.log.pager import paged\nwith paged() as out:\n for n in range(100000): out.write('line\\n')"
    assert _on_a_terminal(body, {"PAGER": f"'{own_pager}'"}) == ""


def test_elsewhere_there_is_none(
    own_pager: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PAGER", str(own_pager))
    with paged() as out:
        out.write("answer\n")
        out.flush()
    assert capfd.readouterr().out == "answer\n"


def test_less_is_told_to_leave_the_text_on_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    less = tmp_path / "less"
    less.write_text("#!/bin/sh\n")
    less.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PAGER", raising=False)
    assert pager_command() == [str(less), "-F", "-K", "-R", "-S", "-X"]
    monkeypatch.setenv("PAGER", "less")
    assert pager_command() == ["less", "-F", "-K", "-R", "-S", "-X"]
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert pager_command() is None

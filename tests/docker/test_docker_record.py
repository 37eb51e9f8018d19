"""What the record says of jobs in containers, and a shell in the place of one."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from redun import task
from redun.errors import ScriptError
from services.engine import Engine

redun_namespace = "recorded"


@task(script=True, executor="docker", version="1")
def sh(command: str) -> str:
    return command


def outputs(project: Path) -> dict[int, str]:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(project / ".redun" / "redun.db")) as connection:
        return dict(connection.execute("select stream, text from output order by execution, number"))


def test_the_image_and_what_was_printed(run: Any, project: Path, engine: Engine, tags: Any) -> None:
    import docker

    assert run(sh("echo out; echo err >&2")) == b"out\n"
    client = docker.DockerClient(base_url=engine.host)
    image = client.images.get(engine.plain_image)
    client.close()
    assert tags("-.1") == {"image_digest": [image.id]}
    found = outputs(project)
    assert found[1] == "out\n"
    assert "err\n" in found[2]
    # What was sent is no longer needed.
    assert [path for path in (project / ".redun" / "scratch").rglob("*") if path.is_file()] == []


def test_a_failure_says_what_its_container_was_like(run: Any, tags: Any, project: Path) -> None:
    with pytest.raises(ScriptError):
        run(sh.options(memory=0.5, env={"PASSWORD": "secret"}, user="1000")("exit 3"))
    found = tags("-.1")
    trace = found["container"][0]
    assert (trace["memory"], trace["user"], trace["network"]) == (0.5, "1000", "none")
    scratch = str(project / ".redun" / "scratch")
    assert trace["volumes"] == [[scratch, scratch, "rw"]]
    assert "secret" not in str(found)


def in_terminal(command: list[str], typed: list[tuple[str, str]], **options: Any) -> tuple[int, str]:
    """Run a program in a terminal; type each text once what it answers has been shown."""
    mine, theirs = pty.openpty()
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, **options)
    os.close(theirs)
    shown = ""
    deadline = time.monotonic() + 60
    pending = list(typed)
    while time.monotonic() < deadline:
        if pending and pending[0][0] in shown:
            os.write(mine, pending.pop(0)[1].encode())
        ready, _, _ = select.select([mine], [], [], 0.1)
        if ready:
            try:
                shown += os.read(mine, 4096).decode(errors="replace")
            except OSError:
                break
        elif process.poll() is not None:
            break
    os.close(mine)
    return process.wait(10), shown


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["docker", "podman"], indirect=True)
def test_a_shell_in_the_place_of_a_job(
    run: Any, project: Path, section: dict[str, Any], engine: Engine
) -> None:
    pytest.importorskip("redun_cli")
    with pytest.raises(ScriptError):
        run(sh.options(user="1000", memory=0.5)("exit 3"))
    lines = "\n".join(f"{name} = {value}" for name, value in section.items())
    (project / ".redun" / "redun.ini").write_text(
        f"[backend]\ndb_uri = sqlite:///redun.db\n[executors.docker]\n{lines}\n"
    )
    code, shown = in_terminal(
        [sys.executable, "-m", "redun_cli", "docker", "shell", "-.1"],
        [("$ ", "id -u; ls .redun; echo $((6 * 7)); exit 5\r")],
        cwd=project,
    )
    assert "The job ran: /bin/sh -c" in shown
    assert "1000" in shown
    assert "42" in shown
    assert code == 5, shown


@pytest.mark.slow
def test_a_shell_needs_a_terminal(project: Path, section: dict[str, Any], run: Any) -> None:
    pytest.importorskip("redun_cli")
    lines = "\n".join(f"{name} = {value}" for name, value in section.items())
    (project / ".redun" / "redun.ini").write_text(f"[executors.docker]\n{lines}\n")
    command = [sys.executable, "-m", "redun_cli", "docker", "shell"]
    ended = subprocess.run(command, cwd=project, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert ended.returncode == 1
    assert "needs a terminal" in ended.stderr or "it has none" in ended.stderr


INTERACTIVE = """
from redun import Scheduler, task
from redun.config import load_config

@task(namespace="recorded", script=True, executor="docker", interactive=True)
def ask():
    return 'echo name? >/dev/tty; read name </dev/tty; echo hello $name'

if __name__ == "__main__":
    with Scheduler(load_config(".redun")) as scheduler:
        print(scheduler.run(ask()))
"""


def test_interactive(project: Path, section: dict[str, Any], engine: Engine) -> None:
    lines = "\n".join(f"{name} = {value}" for name, value in section.items())
    (project / ".redun" / "redun.ini").write_text(
        f"[backend]\ndb_uri = sqlite:///redun.db\n[executors.docker]\n{lines}\n"
    )
    (project / "workflow.py").write_text(INTERACTIVE)
    code, shown = in_terminal([sys.executable, "workflow.py"], [("name?", "ada\r")], cwd=project)
    assert code == 0, shown
    assert "b'hello ada\\n'" in shown

"""Examples that need servers run by one command from a fresh clone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from services.venv import folder

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of this repository as git knows them."""
    copy = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


def run_example(checkout: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Run an example; what servers are made of is kept for other tests."""
    dropped = ("TOX", "VIRTUAL_ENV", "REDUN_", "AWS_", "DOCKER_", "PYTHON", "UV_COMPILE_BYTECODE")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    return subprocess.run(
        [sys.executable, "tools/dev.py", "example", name],
        cwd=checkout,
        env=kept | {"REDUN_SERVICES": str(folder())},
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.mark.slow
def test_an_array_of_jobs_on_batch(checkout: Path) -> None:
    done = run_example(checkout, "batch")
    assert done.returncode == 0, done.stderr[-3000:]
    sizes = re.findall(r"submit redun (\w+) jobs \(examples\.batch\.throw\)", done.stderr)
    assert sizes == ["6", "6"]
    assert re.findall(r"^b'PI IS ABOUT 3\.\d+\\n'$", done.stdout, re.M)
    assert re.search(r"^SUCCEEDED .*examples\.batch\.throw \[6\]", done.stdout, re.M)
    assert left_running(checkout) == []


@pytest.mark.slow
@pytest.mark.engine
def test_one_workflow_in_four_places(checkout: Path) -> None:
    done = run_example(checkout, "mixed")
    assert done.returncode == 0, done.stderr[-3000:]
    first, second = done.stderr.split("[redun] redun :: version")[1:3]
    places = dict(re.findall(r"Run    Job \S+  mixed\.(\w+)\(.*\) on (\w+)$", first, re.M))
    assert places == {
        "main": "default",
        "search": "process",
        "longest": "batch",
        "pick": "default",
        "highest": "container",
        "report": "default",
    }
    assert first.count("(mixed.longest) as AWS Batch job") == 2
    # The first ten thousand numbers are known.
    assert len(re.findall(r"Cached Job .*mixed\.longest\(first=1,", second)) == 1
    assert second.count("(mixed.longest) as AWS Batch job") == 2
    reports = re.findall(r"^File\(path=s3://redun-example/collatz\.txt, hash=(\w+)\)$", done.stdout, re.M)
    assert len(set(reports)) == 2
    assert left_running(checkout) == []


def test_the_exit_code_of_an_example_is_passed_on(checkout: Path) -> None:
    (checkout / "examples" / "failing").mkdir()
    (checkout / "examples" / "failing" / "example.toml").write_text('commands = ["exit 7", "echo never"]\n')
    done = run_example(checkout, "failing")
    assert (done.returncode, done.stdout) == (7, "$ exit 7\n")


def test_an_unknown_example_is_answered_with_all_names(checkout: Path) -> None:
    done = run_example(checkout, "mixd")
    assert done.returncode == 1
    assert "There is no example 'mixd' to run; there are async, batch, compile," in done.stderr


def left_running(checkout: Path) -> list[str]:
    """Return the commands of processes that belong to a checkout."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
        if str(checkout) in command:
            found.append(command)
    return found

"""Set up what is needed and run an example or the tests.

    python3 tools/dev.py example [NAME]
    python3 tools/dev.py test [TOX ENVIRONMENT ...]

Needs Python 3.11 or newer and nothing else: everything is installed into `.venv` and `.tox` of this folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from report import count_engine_tests, summarize
from wheels import with_needed

from examples import read_example, serve

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHONS = ("3.11", "3.12", "3.13")
RESULTS = ROOT / ".tox" / "results"


def main(arguments: Sequence[str]) -> int:
    """Run the command named by the first argument and return its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036  the one file that an older Python may meet
        sys.exit(f"redun needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    command, *rest = arguments or ["help"]
    if command == "example" and len(rest) <= 1:
        return example(*rest)
    if command == "test":
        return test(rest)
    print(__doc__)
    return 2


def example(name: str = "compile") -> int:
    """Run the commands of an example, with the local servers that it needs."""
    chosen = read_example(ROOT / "examples", name)
    chosen.check_programs()
    editable = [part for known in with_needed(chosen.distributions) for part in ("-e", f"packages/{known}")]
    if sys.dont_write_bytecode:
        # What is imported would be compiled each time.
        os.environ["UV_COMPILE_BYTECODE"] = "1"
    environment = prepare(*editable, *chosen.requirements)
    # What starts servers finds uv and Python there too.
    os.environ["PATH"] = environment["PATH"]
    with serve(chosen) as variables:
        for command in chosen.commands:
            print("$", command, flush=True)
            ended = subprocess.run(command, shell=True, cwd=chosen.folder, env=environment | variables)
            if ended.returncode:
                return ended.returncode
    if chosen.hint:
        print(f"\n{chosen.hint}")
    return 0


def test(environments: Sequence[str]) -> int:
    """Run tox on every supported Python and sum up what the test runners counted."""
    environment = prepare("--group", "tox")
    provide_interpreters(environment)
    shutil.rmtree(RESULTS, ignore_errors=True)
    chosen = ["-e", ",".join(environments)] if environments else []
    # Tests wait for servers and processes about as much as they compute.
    at_once = min((os.cpu_count() or 1) + 1, 4)
    tox = [str(BIN / "tox"), "run-parallel", "--parallel", str(at_once), *chosen]
    code = subprocess.run(tox, cwd=ROOT, env=environment).returncode
    total = summarize(RESULTS)
    if code or total["failed"]:
        return code or 1
    if environments:
        # Environments such as lint count nothing.
        return 0
    if os.environ.get("CI") and not count_engine_tests(RESULTS)["ran"]:
        print("No test with a container engine ran: in CI that is a failure.")
        return 1
    return int(not total["passed"])


def prepare(*requirements: str) -> dict[str, str]:
    """Make `.venv` hold the requirements; return the environment in which to run its commands."""
    environment = os.environ | {
        "PATH": os.pathsep.join([str(BIN), os.environ.get("PATH", ""), *pyenv_folders()]),
        "VIRTUAL_ENV": str(VENV),
    }
    environment.pop("PYTHONHOME", None)
    uv = provide_uv()
    if not (BIN / "python").exists():
        subprocess.run(
            [*uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, VENV], check=True
        )
    install = [*uv, "pip", "install", "--quiet", "--python", str(BIN / "python"), *requirements]
    if code := subprocess.run(install, cwd=ROOT, env=environment).returncode:
        sys.exit(code)
    return environment


def provide_uv() -> list[str]:
    """Return the command of a working uv, installed into `.venv` if the machine has none."""
    for candidate in (str(BIN / "uv"), "uv"):
        # A launcher may be on the path without the program behind it, so that only running it tells.
        found = shutil.which(candidate)
        if found and not subprocess.run([found, "--version"], capture_output=True).returncode:
            return [found]
    try:
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    except subprocess.CalledProcessError as error:
        raise SystemExit("Python's venv module is incomplete here: apt-get install python3-venv.") from error
    subprocess.run([BIN / "python", "-m", "pip", "install", "--quiet", "uv"], check=True)
    return [str(BIN / "uv")]


def provide_interpreters(environment: dict[str, str]) -> None:
    """See to it that every supported Python is there; a missing one is an error, never a skipped test."""
    for version in PYTHONS:
        find = ["uv", "python", "find", "--no-project", "--system", version]
        if subprocess.run(find, env=environment, capture_output=True).returncode == 0:
            continue
        if subprocess.run(["uv", "python", "install", version], env=environment).returncode:
            sys.exit(f"Python {version} is not installed and could not be fetched; the tests need {PYTHONS}.")


def pyenv_folders() -> list[str]:
    """Return the folders of the interpreters that pyenv holds, newest first."""
    if shutil.which("pyenv") is None:
        return []
    root = subprocess.run(["pyenv", "root"], capture_output=True, text=True).stdout.strip()
    return (
        [str(path) for path in sorted(Path(root, "versions").glob("3.*/bin"), reverse=True)] if root else []
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Finding a Java for Spark: which is taken, and what is said if there is none."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from redun.errors import ExecutorError
from redun_executor_spark.java import find_java, java_environment
from services.missing import require

pytestmark = pytest.mark.slow

SPARK = version("pyspark")


@pytest.fixture(scope="module")
def real() -> str:
    """The folder of this machine's Java."""
    require("Java", ["java"], "openjdk-17-jre-headless")
    return find_java().home


def pretend(folder: Path, script: str) -> Path:
    """Make a folder of a Java that answers by a script."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return folder


def properties(home: Path, specified: str) -> str:
    return f"echo '    java.home = {home}' >&2; echo '    java.specification.version = {specified}' >&2"


def test_java_home_comes_first_then_the_path_then_usual_places(real: str, tmp_path: Path) -> None:
    path = tmp_path / "path"
    path.mkdir()
    # As Debian, and tools that switch between versions, lead to it.
    (path / "java").symlink_to(Path(real, "bin", "java"))
    by_home = find_java({"JAVA_HOME": real, "PATH": ""}, places=[])
    assert os.path.samefile(by_home.home, real)
    assert by_home.version >= 8
    assert find_java({"PATH": str(path)}, places=[]) == by_home
    assert find_java({}, places=[f"{Path(real).parent}/*"]).version in {17, 21, by_home.version}
    assert set(java_environment()) == {"JAVA_HOME"}


def test_a_shim_that_runs_java_is_as_good(real: str, tmp_path: Path) -> None:
    shim = pretend(tmp_path / "shims", f'exec {real}/bin/java "$@"')
    assert find_java({"PATH": str(shim / "bin")}, places=[]) == find_java({"JAVA_HOME": real}, places=[])


def test_what_cannot_be_used_is_passed_over(real: str, tmp_path: Path) -> None:
    old = tmp_path / "old"
    pretend(old, f'case "$*" in *add-modules*) exit 1;; esac; {properties(old, "1.7")}')
    found = find_java({"JAVA_HOME": str(old), "PATH": f"{real}/bin"}, places=[])
    assert os.path.samefile(found.home, real)


def test_without_java_the_error_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ExecutorError) as caught:
        find_java({"PATH": str(tmp_path)}, places=[f"{tmp_path}/*"])
    message = str(caught.value)
    assert message.startswith(f"No Java was found, and Spark {SPARK} needs Java ")
    assert "apt-get install openjdk-17-jre-headless" in message
    assert "set JAVA_HOME" in message


def test_the_error_says_what_was_found_and_why_it_is_of_no_use(tmp_path: Path) -> None:
    old, slim, broken = tmp_path / "old", tmp_path / "jvm" / "slim", tmp_path / "jvm" / "a-broken"
    modular = (
        'case "$*" in *add-modules*) echo "Error occurred during initialization of boot layer"; exit 1;; esac'
    )
    pretend(old, f"{modular}; {properties(old, '1.7')}")
    pretend(slim, f"{modular}; {properties(slim, '17')}")
    pretend(
        broken,
        "echo 'Picked up JAVA_TOOL_OPTIONS: -Xmx1g'; echo 'The operation could not be completed.'; exit 1",
    )
    missing = tmp_path / "gone"
    with pytest.raises(ExecutorError) as caught:
        find_java({"JAVA_HOME": str(missing), "PATH": f"{old}/bin"}, places=[f"{tmp_path}/jvm/*"])
    assert str(caught.value).split("Looked at:\n")[1].splitlines()[:4] == [
        f"  - JAVA_HOME, {missing}/bin/java: no such file",
        f"  - {old}/bin/java, on the PATH: Java 7, too old for Spark {SPARK}",
        f"  - {broken}/bin/java: it does not run: The operation could not be completed.",
        f"  - {slim}/bin/java: a slim image of Java 17 without the module jdk.incubator.vector, which Spark needs",
    ]


def test_something_else_of_that_name_is_no_java(tmp_path: Path) -> None:
    pretend(tmp_path, "echo coffee")
    with pytest.raises(ExecutorError, match="it is no Java: coffee"):
        find_java({"JAVA_HOME": str(tmp_path)}, places=[])
    other = tmp_path / "other"
    (other / "bin").mkdir(parents=True)
    shutil.copy(sys.executable, other / "bin" / "java")
    (other / "bin" / "java").write_bytes(b"\x7fELF of another machine")
    with pytest.raises(ExecutorError, match="it does not run: Exec format error"):
        find_java({"JAVA_HOME": str(other)}, places=[])

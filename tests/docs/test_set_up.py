"""The set-up script and the summing up of results, which decide what a green run means."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(TOOLS)
    return load("dev")


def junit(folder: Path, name: str, *cases: str) -> None:
    inner = "".join(
        f'<testcase classname="tests.a" name="t{number}">{case}</testcase>'
        for number, case in enumerate(cases)
    )
    (folder / f"{name}.xml").write_text(f'<testsuites><testsuite time="1.5">{inner}</testsuite></testsuites>')


@pytest.mark.parametrize(
    ("cases", "counts"),
    [
        (["", ""], (2, 0, 0)),
        (["", "<skipped/>"], (1, 0, 1)),
        (["", "<failure/>"], (1, 1, 0)),
        (["", "<error/>"], (1, 1, 0)),
        ([], (0, 0, 0)),
    ],
)
def test_results_are_summed_up(
    cases: list[str], counts: tuple[int, int, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    junit(tmp_path, "core", *cases)
    assert tuple(load("report").summarize(tmp_path).values()) == counts
    passed, failed, skipped = counts
    assert capsys.readouterr().out.splitlines()[-1] == f"{passed} passed, {failed} failed, {skipped} skipped"


def test_failures_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    junit(tmp_path, "core-py311", "")
    junit(tmp_path, "core-py312", "", "<failure/>")
    load("report").summarize(tmp_path)
    assert "FAILED tests.a::t1" in capsys.readouterr().out


def test_a_second_attempt_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    test = tmp_path / "test_moody.py"
    test.write_text(
        "tried = []\ndef test_it():\n    tried.append(1)\n    assert len(tried) > 1, 'too early'\n"
    )
    shutil.copy(TOOLS.parent / "tests" / "conftest.py", tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--reruns", "1"]
    ran = subprocess.run([*command, f"--junitxml={tmp_path}/moody.xml", test], cwd=tmp_path)
    assert ran.returncode == 0
    total = load("report").summarize(tmp_path)
    assert total == {"passed": 1, "failed": 0, "skipped": 0}
    told = capsys.readouterr().out
    assert "PASSED AT THE SECOND ATTEMPT test_moody::test_it" in told
    assert "AssertionError: too early" in told


@pytest.mark.parametrize(
    ("environments", "total", "code"),
    [
        ([], {"passed": 5, "failed": 0}, 0),
        ([], {"passed": 5, "failed": 1}, 1),
        ([], {"passed": 0, "failed": 0}, 1),
        (["lint"], {"passed": 0, "failed": 0}, 0),
    ],
)
def test_a_run_that_tests_nothing_is_no_success(
    environments: list[str],
    total: dict[str, int],
    code: int,
    dev: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dev, "prepare", lambda *_: dict(os.environ))
    monkeypatch.setattr(dev, "provide_interpreters", lambda _: None)
    monkeypatch.setattr(dev, "BIN", Path("/nowhere"))
    monkeypatch.setattr(dev, "RESULTS", Path("/nowhere"))
    monkeypatch.setattr(dev.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0))
    monkeypatch.setattr(dev, "summarize", lambda _: total)
    monkeypatch.delenv("CI", raising=False)
    assert dev.test(environments) == code


@pytest.mark.parametrize(("ran", "code"), [(["<skipped/>"], 1), (["<skipped/>", ""], 0), ([], 1)])
def test_in_ci_some_test_must_have_had_a_container_engine(
    ran: list[str],
    code: int,
    dev: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mark = '<properties><property name="needs a container engine" value="yes"/></properties>'
    junit(tmp_path, "core", "", *(case + mark for case in ran))
    monkeypatch.setattr(dev, "prepare", lambda *_: dict(os.environ))
    monkeypatch.setattr(dev, "provide_interpreters", lambda _: None)
    monkeypatch.setattr(dev, "RESULTS", tmp_path)
    monkeypatch.setattr(dev.shutil, "rmtree", lambda *_, **__: None)
    monkeypatch.setattr(dev.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0))
    monkeypatch.setenv("CI", "true")
    assert dev.test([]) == code
    printed = capsys.readouterr().out
    assert ("No test with a container engine ran" in printed) == bool(code)
    if ran:
        assert f"With a container engine: {len(ran) - 1} ran, 1 skipped" in printed
    monkeypatch.delenv("CI")
    assert dev.test([]) == 0


def test_results_tell_which_tests_need_an_engine(tmp_path: Path, dev: ModuleType) -> None:
    (tmp_path / "conftest.py").write_text((TOOLS.parent / "tests" / "conftest.py").read_text())
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = engine: needs one\n")
    (tmp_path / "test_a.py").write_text(
        "import pytest\n"
        "@pytest.fixture\n"
        "def docker_engine(): pytest.skip('none')\n"
        "def test_fixture(docker_engine): pass\n"
        "@pytest.mark.engine\n"
        "def test_mark(): pass\n"
        "def test_other(): pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "--junitxml=a.xml"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert dev.count_engine_tests(tmp_path) == {"ran": 1, "skipped": 1}


def test_missing_interpreter_is_an_error(dev: ModuleType, tmp_path: Path) -> None:
    uv = tmp_path / "uv"
    uv.write_text('#!/bin/sh\ncase "$*" in *3.12*) exit 1;; esac\n')
    uv.chmod(0o755)
    with pytest.raises(SystemExit, match=r"3\.12"):
        dev.provide_interpreters({"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"})


def test_tox_tests_every_python_that_the_distributions_support(dev: ModuleType) -> None:
    for path in TOOLS.parent.glob("packages/*/pyproject.toml"):
        classifiers = tomllib.loads(path.read_text())["project"]["classifiers"]
        versions = {text.rpartition(" ")[2] for text in classifiers if "Python :: 3." in text}
        assert versions == set(dev.PYTHONS), path
    environments = (TOOLS.parent / "tox.ini").read_text().partition("env_list =")[2].splitlines()[0]
    distributions = list(TOOLS.parent.glob("packages/*/pyproject.toml"))
    assert environments.count(",".join(version.replace(".", "") for version in dev.PYTHONS)) == len(
        distributions
    )


def test_unknown_command_prints_the_usage(dev: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["nonsense"]) == 2
    assert "tools/dev.py test" in capsys.readouterr().out

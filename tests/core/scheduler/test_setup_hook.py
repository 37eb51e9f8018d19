"""The function of a project that makes its scheduler."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redun
from redun import task
from redun.config import Config, load_config
from redun.errors import ConfigError
from redun.session import make_scheduler, setup_parameters

HOOK = """
from redun import Scheduler

made = []


def make(config, workers: int = 2, name: str = "x", wide: bool = False, ratio: "float | None" = None):
    made.append((workers, name, wide, ratio))
    scheduler = Scheduler(config)
    scheduler.config.read_dict({"scheduler": {"context": '{"workers": %d}' % workers}})
    return scheduler


def needs(config, profile):
    return Scheduler(config)


def nothing(config):
    return None


def fails(config):
    raise KeyError("profile")
"""


@task(namespace="setup_hook", version="1")
def workers(n: Any = redun.get_context("workers")) -> Any:
    return n


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "project"
    (folder / ".redun").mkdir(parents=True)
    (folder / "deep").mkdir()
    (folder / "hook_of_project.py").write_text(HOOK)
    # Neither the folder of the project nor that of the configuration.
    monkeypatch.chdir(folder / "deep")
    modules, path = set(sys.modules), list(sys.path)
    yield folder
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def config_of(project: Path, target: str) -> Config:
    (project / ".redun" / "redun.ini").write_text(
        f"[backend]\ndb_uri = sqlite:///:memory:\n\n[scheduler]\nsetup_scheduler = {target}\n"
    )
    return load_config(project / ".redun")


@pytest.mark.parametrize(
    "target", ["hook_of_project.py::make", "hook_of_project::make", "../hook_of_project.py::make"]
)
def test_found_from_a_subfolder(target: str, project: Path) -> None:
    config = config_of(project, target)
    with make_scheduler(config) as scheduler:
        assert scheduler.run(workers()) == 2
    with make_scheduler(config, {"workers": "7"}) as scheduler:
        assert scheduler.run(workers()) == 7
    assert redun.run(workers(), config_dir=project / ".redun") == 2


def test_arguments_become_what_the_signature_says(project: Path) -> None:
    config = config_of(project, "hook_of_project.py::make")
    make_scheduler(config, {"workers": "3", "name": "4", "wide": "yes", "ratio": "0.5"}).close()
    make_scheduler(config, {"workers": 5, "wide": True}).close()
    made = sys.modules["redun_setup_hook_of_project"].made
    assert made == [(3, "4", True, 0.5), (5, "x", True, None)]


def test_parameters_for_help(project: Path) -> None:
    parameters = setup_parameters(config_of(project, "hook_of_project.py::make"))
    assert [(each.name, each.type, each.required, each.default) for each in parameters] == [
        ("workers", "int", False, 2),
        ("name", "str", False, "x"),
        ("wide", "bool", False, False),
        ("ratio", "float | None", False, None),
    ]
    (needed,) = setup_parameters(config_of(project, "hook_of_project.py::needs"))
    assert (needed.name, needed.required) == ("profile", True)
    assert setup_parameters(Config()) == []


def test_observers_are_told(project: Path, witness: Any) -> None:
    with make_scheduler(config_of(project, "hook_of_project.py::make"), observers=[witness]) as scheduler:
        scheduler.run(workers())
    assert witness.ran() == 2


@pytest.mark.parametrize(
    ("target", "arguments", "message"),
    [
        (
            "hook_of_project.py",
            {},
            "'hook_of_project.py' is not of the form file.py::function or module::function",
        ),
        ("absent.py::make", {}, "there is no file absent.py in"),
        ("absent_module::make", {}, "absent_module cannot be loaded: ModuleNotFoundError: No module named"),
        ("hook_of_project.py::absent", {}, "hook_of_project.py defines no function 'absent'"),
        ("hook_of_project.py::nothing", {}, "must return a Scheduler, not None"),
        ("hook_of_project.py::fails", {}, "hook_of_project.py::fails raised KeyError: 'profile'"),
        ("hook_of_project.py::needs", {}, "also wants the arguments profile"),
        (
            "hook_of_project.py::make",
            {"worker": "1"},
            "takes no argument worker; it takes: workers, name, wide, ratio",
        ),
        ("hook_of_project.py::make", {"workers": "many"}, "workers must be a whole number, not 'many'"),
        ("hook_of_project.py::make", {"wide": "perhaps"}, "wide must be true or false, not 'perhaps'"),
    ],
)
def test_mistakes(target: str, arguments: dict[str, str], message: str, project: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        make_scheduler(config_of(project, target), arguments)
    text = str(caught.value)
    assert message in text
    assert "redun.ini, line 5, section [scheduler], option 'setup_scheduler'" in text


def test_arguments_without_a_hook() -> None:
    with pytest.raises(
        ConfigError, match=r"section \[scheduler\] names no setup_scheduler.* the arguments a"
    ):
        make_scheduler(Config(), {"a": "1"})

"""Who supplies what: look-ups by name, conflicts, answers that are wrong, and names that nobody has."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from redun.errors import PluginConflictError, PluginError, UnknownProviderError
from redun.host import Host, Origin, PluginFailure, Selection
from redun.host.unknown import explain

MakeHost = Callable[..., Host]
Install = Callable[..., None]
SUPPLY = """
@hookimpl
def {hook}():
    return [{spec}]
"""
EXECUTOR = SUPPLY.format(hook="redun_executors", spec="ExecutorSpec('gpu', 'json:JSONDecoder')")


def test_redun_supplies_its_own(make_host: MakeHost) -> None:
    host = make_host()
    for spec in [*host.executors(), *host.recorders(), *host.filesystems(), *host.value_types()]:
        assert host.origin_of(spec).distribution == "redun-core"
    from redun.executors.local import LocalExecutor
    from redun.recorder.sqlite import SqliteRecorder

    assert host.executor("local") is LocalExecutor
    assert host.executor("default") is LocalExecutor
    assert host.recorder("sqlite") is SqliteRecorder
    assert host.filesystem("file") is host.filesystem("local")
    for spec in host.value_types():
        assert isinstance(host.value_type(spec.type_name), type)


@pytest.mark.parametrize(
    ("hook", "spec", "plural", "singular", "name"),
    [
        ("redun_executors", "ExecutorSpec('x', 'json:JSONDecoder')", "executors", "executor", "x"),
        ("redun_recorders", "RecorderSpec('x', 'json:JSONDecoder')", "recorders", "recorder", "x"),
        ("redun_filesystems", "FileSystemSpec('x', 'json:JSONDecoder')", "filesystems", "filesystem", "x"),
        ("redun_value_types", "ValueTypeSpec('a.X', 'json:JSONDecoder')", "value_types", "value_type", "a.X"),
        ("redun_commands", "CommandSpec('a x', 'json:JSONDecoder')", "commands", "command", "a x"),
    ],
)
def test_plugins_supply_every_kind(
    install: Install, make_host: MakeHost, hook: str, spec: str, plural: str, singular: str, name: str
) -> None:
    install("new", SUPPLY.format(hook=hook, spec=spec))
    host = make_host()
    assert getattr(host, singular)(name) is json.JSONDecoder
    specs = [each for each in getattr(host, plural)() if host.origin_of(each).name == "new"]
    assert len(specs) == 1


def test_plugins_supply_task_options(install: Install, make_host: MakeHost) -> None:
    install("new", SUPPLY.format(hook="redun_task_options", spec="TaskOptionSpec('breed', str, 'Breed.')"))
    options = {spec.name: spec.type for spec in make_host().task_options()}
    assert options["breed"] is str
    assert options["cache"] is bool


def test_two_claimants_of_a_name_get_nothing(
    install: Install, make_host: MakeHost, reports: list[PluginFailure]
) -> None:
    install("one", EXECUTOR, distribution="redun-executor-one", version="1.0")
    install("two", EXECUTOR, distribution="redun-executor-two", version="2.0")
    host = make_host()
    assert "gpu" not in {spec.name for spec in host.executors()}
    with pytest.raises(PluginConflictError) as caught:
        host.executor("gpu")
    message = str(caught.value)
    assert message == (
        "the executor 'gpu' is claimed by plugin 'one' (redun-executor-one 1.0) and by plugin 'two' "
        "(redun-executor-two 2.0); none of them is used. Leave one out, e.g. `redun -p no:two`"
    )
    assert [(each.name, each.stage, each.error) for each in reports] == [
        ("one", "conflict", message),
        ("two", "conflict", message),
    ]
    assert make_host(Selection.read(["no:two"])).executor("gpu") is json.JSONDecoder


@pytest.mark.parametrize(
    ("hook", "spec", "singular", "name"),
    [
        ("redun_executors", "ExecutorSpec('local', 'json:JSONDecoder')", "executor", "local"),
        ("redun_executors", "ExecutorSpec('default', 'json:JSONDecoder')", "executor", "default"),
        ("redun_recorders", "RecorderSpec('sqlite', 'json:JSONDecoder')", "recorder", "sqlite"),
        ("redun_filesystems", "FileSystemSpec('file', 'json:JSONDecoder')", "filesystem", "file"),
    ],
)
def test_what_redun_supplies_stays_when_a_plugin_claims_it(
    install: Install,
    make_host: MakeHost,
    reports: list[PluginFailure],
    hook: str,
    spec: str,
    singular: str,
    name: str,
) -> None:
    install("thief", SUPPLY.format(hook=hook, spec=spec), distribution="redun-executor-thief")
    host = make_host()
    host.load_plugins()
    assert getattr(host, singular)(name).__module__.startswith("redun.")
    assert [(each.name, each.stage) for each in reports] == [("thief", "conflict")]
    error = reports[0].error
    assert "redun-core" in error
    assert "redun-executor-thief 1.0" in error
    assert error.endswith("that of redun-core is used")


def test_a_provider_that_raises_supplies_nothing(
    install: Install, make_host: MakeHost, reports: list[PluginFailure]
) -> None:
    install("bad", "@hookimpl\ndef redun_executors():\n    raise KeyError('x')\n")
    install("good", EXECUTOR)
    host = make_host()
    assert host.executor("gpu") is json.JSONDecoder
    assert [(each.name, each.stage) for each in reports] == [("bad", "redun_executors")]
    assert reports[0].error.startswith("KeyError: 'x' (")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("None", "redun_executors answered None; it must return a list of ExecutorSpec"),
        ("['gpu']", "redun_executors answered 'gpu'; it must return a list of ExecutorSpec"),
        ("[FileSystemSpec('a', 'b:c')]", "it must return a list of ExecutorSpec"),
        ("[ExecutorSpec('not a name', 'b:c')]", "name 'not a name' is ill-formed"),
        ("[ExecutorSpec('a', 'b:c'), 3]", "redun_executors answered 3"),
        ("(1 / 0 for _ in 'x')", "ZeroDivisionError"),
    ],
)
def test_wrong_answers_supply_nothing(
    install: Install, make_host: MakeHost, reports: list[PluginFailure], answer: str, error: str
) -> None:
    install("bad", f"@hookimpl\ndef redun_executors():\n    return {answer}\n")
    host = make_host()
    assert [spec.name for spec in host.executors() if host.origin_of(spec).name == "bad"] == []
    assert [each.stage for each in reports] == ["redun_executors"]
    assert error in reports[0].error


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("no_such_module_here:X", "ModuleNotFoundError: No module named 'no_such_module_here'"),
        ("json:Nothing", "AttributeError: module 'json' has no attribute 'Nothing'"),
    ],
)
def test_what_cannot_be_imported_is_an_error_of_who_asks(
    install: Install, make_host: MakeHost, reports: list[PluginFailure], target: str, error: str
) -> None:
    install("bad", SUPPLY.format(hook="redun_executors", spec=f"ExecutorSpec('gpu', {target!r})"))
    host = make_host()
    assert "gpu" in {spec.name for spec in host.executors()}
    with pytest.raises(PluginError) as caught:
        host.executor("gpu")
    assert (
        f"the executor 'gpu' of plugin 'bad' (redun-observer-bad 1.0) cannot be imported from {target}"
        in str(caught.value)
    )
    assert error in str(caught.value)
    assert isinstance(caught.value.__cause__, ImportError | AttributeError)
    # Recorded for the listing, but not reported besides: the exception says it.
    assert not reports
    assert [each.stage for each in host.failures()] == ["target"]


def no_plugins() -> Selection:
    return Selection(all_left_out="this test")


@pytest.mark.parametrize(
    ("method", "name", "message"),
    [
        (
            "executor",
            "lcal",
            "no plugin supplies the executor 'lcal'; known: alias, default, local, process. Did you mean 'local'?",
        ),
        (
            "executor",
            "aws_batch",
            "no plugin supplies the executor 'aws_batch'; it comes with redun-executor-batch: "
            "pip install redun-executor-batch",
        ),
        ("executor", "aws_bach", "Did you mean 'aws_batch'"),
        ("recorder", "postgresql", "pip install redun-backend-postgres"),
        ("filesystem", "s3", "pip install redun-fs-s3"),
        ("command", "aws logs", "pip install redun-executor-batch"),
        ("command", "lgo", "no plugin supplies the command 'lgo'; known: none"),
        ("value_type", "x.Y", "no plugin supplies the value type 'x.Y'"),
    ],
)
def test_unknown_names_are_explained(make_host: MakeHost, method: str, name: str, message: str) -> None:
    with pytest.raises(UnknownProviderError) as caught:
        getattr(make_host(no_plugins()), method)(name)
    assert message in str(caught.value)


def test_what_is_meant_is_proposed_once_even_if_it_is_installed() -> None:
    known = ["postgres", "postgresql", "sqlite"]
    told = explain("recorder", "postgresq", known, [], {}, ["redun-backend-postgres"])
    assert told.endswith(" Did you mean 'postgresql' or 'postgres'?")


def test_the_failure_of_the_plugin_that_should_supply_it_is_quoted(
    install: Install, make_host: MakeHost
) -> None:
    install("batch", "import no_such_thing", distribution="redun-executor-batch")
    install("other", "1 / 0", distribution="redun-executor-other")
    with pytest.raises(UnknownProviderError) as caught:
        make_host().executor("aws_batch")
    assert "plugin 'batch' (redun-executor-batch 1.0), import: ModuleNotFoundError" in str(caught.value)
    assert "pip install" not in str(caught.value)
    assert "ZeroDivisionError" not in str(caught.value)


def test_what_went_wrong_elsewhere_is_not_quoted(install: Install, make_host: MakeHost) -> None:
    install("thief", SUPPLY.format(hook="redun_executors", spec="ExecutorSpec('local', 'json:JSONDecoder')"))
    install("fickle", "@hookimpl\ndef redun_recorders():\n    raise ValueError('no')\n")
    host = make_host()
    with pytest.raises(UnknownProviderError) as caught:
        host.executor("mine")
    assert len(host.failures()) == 2
    assert (
        str(caught.value) == "no plugin supplies the executor 'mine'; known: alias, default, local, process"
    )
    with pytest.raises(UnknownProviderError, match=r"plugin 'fickle' .*ValueError: no"):
        host.recorder("mine")


def test_every_failure_is_quoted_when_nobody_knows_who_should_supply_it(
    install: Install, make_host: MakeHost
) -> None:
    install("one", "1 / 0")
    install("two", "")
    with pytest.raises(UnknownProviderError) as caught:
        make_host(Selection.read(["no:two"])).executor("mine")
    assert "ZeroDivisionError" in str(caught.value)
    assert "plugin 'two' (redun-observer-two 1.0) is left out by -p no:two" in str(caught.value)


def test_origin_of_what_nobody_supplies(make_host: MakeHost) -> None:
    from redun.plugin import ExecutorSpec

    with pytest.raises(KeyError):
        make_host().origin_of(ExecutorSpec("stranger", "a:b"))


def test_a_plugin_of_the_program_keeps_its_names(install: Install, make_host: MakeHost) -> None:
    from redun.plugin import CommandSpec, hookimpl

    class Program:
        @hookimpl
        def redun_commands(self) -> list[CommandSpec]:
            return [CommandSpec("run", "json:JSONEncoder")]

    install("thief", SUPPLY.format(hook="redun_commands", spec="CommandSpec('run', 'json:JSONDecoder')"))
    host: Any = make_host()
    host.add_plugin(Program(), Origin("cli", "redun-cli", "1", builtin=True))
    host.load_plugins()
    assert host.command("run") is json.JSONEncoder
    assert "that of redun-cli is used" in host.failures()[0].error

"""Commands of plugins, and plugins that are broken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace

DEMO_PLUGIN = """
    from redun.plugin import CommandSpec, hookimpl

    REDUN_API = 1


    @hookimpl
    def redun_commands():
        return [
            CommandSpec("demo", "demo_commands:demo", "Say hello."),
            CommandSpec("cluster jobs list", "demo_commands:jobs", "List jobs."),
            CommandSpec("cluster stop", "demo_commands:stop", "Stop all."),
            CommandSpec("run", "demo_commands:demo", "Not what you think."),
            CommandSpec("gone", "demo_commands:missing", "Cannot be imported."),
            CommandSpec("odd", "demo_commands:NUMBER", "No command."),
        ]
"""
DEMO_COMMANDS = """
    import click

    NUMBER = 3


    @click.command()
    @click.option("--times", type=int, default=1)
    @click.pass_obj
    def demo(invocation, times):
        click.echo("hello " * times + str(invocation.config_dir))


    @click.command()
    def jobs():
        click.echo("no jobs")


    @click.command()
    def stop():
        raise click.ClickException("nothing runs")
"""


def with_demo(workspace: Workspace) -> Workspace:
    workspace.install_plugin("demo", DEMO_PLUGIN, demo_commands=DEMO_COMMANDS)
    return workspace


def test_help_names_the_origin_of_each_command(workspace: Workspace) -> None:
    text = with_demo(workspace).redun("--help").stdout
    core, plugin = text.split("Commands of plugin 'demo' (redun-demo 1.2):\n")
    assert "  run      Run a task" in core
    assert "  demo     Say hello.\n" in plugin
    assert "  cluster  " in plugin
    assert "Not what you think." not in text


def test_help_imports_no_command_of_a_plugin(workspace: Workspace) -> None:
    workspace.install_plugin("demo", DEMO_PLUGIN, demo_commands="raise RuntimeError('imported')")
    assert "Say hello." in workspace.redun("--help").stdout


def test_a_command_runs_and_finds_the_invocation(workspace: Workspace) -> None:
    done = with_demo(workspace).redun("demo", "--times", "2")
    assert done.stdout == f"hello hello {workspace.folder / '.redun'}\n"


def test_commands_of_several_words_are_groups(workspace: Workspace) -> None:
    with_demo(workspace)
    assert workspace.redun("cluster", "jobs", "list").stdout == "no jobs\n"
    done = workspace.redun("cluster", "--help")
    assert "jobs" in done.stdout
    assert "stop" in done.stdout
    assert "Did you mean 'stop'?" in workspace.redun("cluster", "stpo", code=2).stderr
    assert workspace.redun("cluster", "stop", code=1).stderr.endswith("Error: nothing runs\n")


def test_commands_that_cannot_be_used_say_whose_they_are(workspace: Workspace) -> None:
    with_demo(workspace)
    for name in ("gone", "odd"):
        done = workspace.redun(name, code=1)
        assert "redun: error: " in done.stderr
        assert "redun-demo 1.2" in done.stderr


def test_plugins_are_left_out_on_demand(workspace: Workspace) -> None:
    with_demo(workspace)
    for words in (["-p", "no:demo"], ["--no-plugins"]):
        assert "Say hello." not in workspace.redun(*words, "--help").stdout
        done = workspace.redun(*words, "demo", code=2)
        assert "No such command 'demo'" in done.stderr
        assert words[0] in done.stderr


def test_two_claimants_of_a_name_get_neither(workspace: Workspace) -> None:
    with_demo(workspace)
    workspace.install_plugin("rival", DEMO_PLUGIN)
    done = workspace.redun("demo", code=1)
    assert "redun-demo 1.2" in done.stderr
    assert "redun-rival 1.2" in done.stderr
    assert workspace.redun("-p", "no:rival", "demo").stdout.startswith("hello")


def test_everything_basic_works_with_broken_plugins(workspace: Workspace) -> None:
    workspace.install_plugin("broken", "raise RuntimeError('no luck')")
    workspace.install_plugin("future", "REDUN_API = 99")
    assert "Commands:" in workspace.redun("--help").stdout
    assert workspace.redun("--version").stdout.startswith("redun ")
    assert workspace.redun("init").stdout.startswith("Initialised")
    listed = {each["name"]: each for each in json.loads(workspace.redun("plugins", "--json").stdout)}
    assert listed["redun"]["status"] == "active"
    assert listed["broken"]["status"] == "failed"
    assert "no luck" in listed["broken"]["problems"][0]
    assert listed["future"]["status"] == "failed"
    assert "99" in listed["future"]["problems"][0]
    workspace.write("wf.py", "from redun import task\n\n@task\ndef f():\n    return 1\n")
    assert workspace.redun("run", "wf.py", "f").stdout == "1\n"


def test_plugins_as_text(workspace: Workspace) -> None:
    with_demo(workspace)
    workspace.install_plugin("broken", "raise RuntimeError('no luck')")
    done = workspace.redun("plugins")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["redun", "active", "redun-core", lines[0].split()[-1]]
    rows = [line.split() for line in lines]
    assert ["demo", "active", "redun-demo", "1.2"] in rows
    assert ["broken", "failed", "redun-broken", "1.2"] in rows
    assert any("no luck" in line for line in lines)
    assert any(line.startswith("    command: ") and "cluster jobs list" in line for line in lines)
    assert done.stderr == ""

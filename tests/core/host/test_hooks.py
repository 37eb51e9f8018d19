"""Each hook: described with the same skeleton, its example runs, the host has a typed method, docs give its
arguments."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType

import pytest
from redun.host import Host, Origin, PluginFailure, Selection
from redun.host.hookspecs import MODULES, hook_names

SPECS: dict[str, FunctionType] = {
    name: vars(module)[name] for module in MODULES for name in hook_names() if name in vars(module)
}
DOCS = Path(__file__).parents[3] / "docs" / "plugins.md"


def test_there_are_the_hooks_of_the_blueprint() -> None:
    assert list(SPECS) == [
        "redun_executors",
        "redun_recorders",
        "redun_filesystems",
        "redun_value_types",
        "redun_commands",
        "redun_task_options",
        "redun_value_hasher",
        "redun_task_hasher",
        "redun_select_executor",
        "redun_configure",
        "redun_session_started",
        "redun_session_finished",
        "redun_execution_started",
        "redun_execution_finished",
        "redun_jobs",
        "redun_error_hints",
        "redun_execution_tags",
    ]


@pytest.mark.parametrize("name", SPECS)
def test_descriptions_share_a_skeleton(name: str) -> None:
    text = inspect.getdoc(SPECS[name]) or ""
    headings = re.findall(r"^(\w+):", text, flags=re.MULTILINE)
    assert headings == ["When", "Thread", "Returns", "Order", "Worker", "Example"]
    assert re.match(r"[A-Z][^\n]*\.\n", text)


def example(name: str) -> ModuleType:
    """Run the example in a hook's description."""
    text = inspect.getdoc(SPECS[name]) or ""
    module = ModuleType(f"example_of_{name}")
    exec(textwrap.dedent(text.partition("Example::\n")[2]), vars(module))
    return module


@pytest.mark.parametrize("name", SPECS)
def test_examples_are_plugins(
    name: str, make_host: Callable[..., Host], reports: list[PluginFailure]
) -> None:
    host = make_host(Selection(all_left_out="this test"))
    host.add_plugin(example(name), Origin("example", "example", "1"))
    assert not reports
    assert host.implements(name)


@pytest.mark.parametrize("name", SPECS)
def test_the_host_has_a_typed_method_for_each_hook(name: str) -> None:
    method = getattr(Host, name.removeprefix("redun_"))
    parameters = list(inspect.signature(method).parameters)[1:]
    assert parameters == list(inspect.signature(SPECS[name]).parameters)
    assert method.__annotations__["return"]


def test_docs_describe_each_hook_with_its_arguments() -> None:
    documented = re.findall(r"^### `(redun_\w+)\((.*?)\)`$", DOCS.read_text(), flags=re.MULTILINE)
    actual = [(name, ", ".join(inspect.signature(spec).parameters)) for name, spec in SPECS.items()]
    assert sorted(documented) == sorted(actual)

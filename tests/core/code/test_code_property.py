"""In a random project a random edit changes the hashes of exactly the functions that reach it."""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redun.hashing.code import CodeHasher

Graph = dict[str, frozenset[str]]
KINDS = ("function", "class", "constant", "decorated", "lambda", "nested")
REFERENCES = ("imported", "attribute", "body import")


@st.composite
def projects(draw: Callable[..., object]) -> tuple[Graph, dict[str, str], dict[str, int], int]:
    """Draw the definitions of a project: what each refers to, its kind, its module, and a seed for details."""
    count = draw(st.integers(2, 14))
    names = [f"d{number}" for number in range(count)]
    kinds = {name: draw(st.sampled_from(KINDS)) for name in names}
    modules = {name: draw(st.integers(0, 3)) for name in names}
    graph: Graph = {}
    for position, name in enumerate(names):
        # Anything may refer to any function, cycles included; what runs at import only to what is defined before.
        allowed = names[:position] if kinds[name] == "lambda" else names
        graph[name] = (
            frozenset()
            if kinds[name] == "constant" or not allowed
            else draw(st.frozensets(st.sampled_from(allowed), max_size=3))
        )
    return graph, kinds, modules, draw(st.integers(0, 2**32))


def write(
    graph: Graph,
    kinds: dict[str, str],
    modules: dict[str, int],
    seed: int,
    values: dict[str, int],
    *,
    noise: bool,
) -> dict[str, str]:
    """Write the project; `values` is a number in each definition, `noise` the layout."""
    texts = {module: ["import functools", "import shared"] for module in range(4)}
    for module in texts:
        texts[module] += [f"import m{other}" for other in range(4)]
    order = list(graph)
    for name in order:
        choose = random.Random(f"{seed} {name}")
        module = modules[name]
        head: list[str] = []
        uses: list[str] = []
        for target in sorted(graph[name]):
            how = choose.choice(REFERENCES)
            if how == "body import" and kinds[name] != "lambda":
                head.append(f"from m{modules[target]} import {target}")
                uses.append(target)
            elif modules[target] == module and how == "imported":
                uses.append(target)
            else:
                uses.append(f"m{modules[target]}.{target}")
        expression = " + ".join([*uses, str(values[name])])
        body = [*head, f"return {expression}"]
        if noise:
            body = ['"""Documented."""', "# a comment", *head, f"return ({expression})"]
        match kinds[name]:
            case "constant":
                lines = [f"{name} = [{values[name]}]"]
            case "lambda":
                lines = [f"{name} = lambda: {expression}"]
            case "class":
                lines = [f"class {name}:", "    def method(self):", *(f"        {line}" for line in body)]
            case "nested":
                lines = [
                    f"def {name}():",
                    "    def inner():",
                    *(f"        {line}" for line in body),
                    "    return inner",
                ]
            case kind:
                decorator = ["@shared.decorate"] if kind == "decorated" else []
                lines = [*decorator, f"def {name}():", *(f"    {line}" for line in body)]
        texts[module] += ["", "", "# and noise", *lines] if noise else lines
    files = {f"m{module}.py": "\n".join(lines) + "\n" for module, lines in texts.items()}
    files["shared.py"] = (
        "import functools\ndef decorate(f):\n    @functools.wraps(f)\n    def run(): return f()\n    return run\n"
    )
    return files


def reaching(graph: Graph, edited: str) -> set[str]:
    """Return what reaches a definition, itself included."""
    found = {edited}
    while True:
        more = {name for name, targets in graph.items() if targets & found} | found
        if more == found:
            return found
        found = more


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(projects(), st.data())
def test_an_edit_changes_exactly_what_reaches_it(lab, project, data):
    graph, kinds, modules, seed = project
    values = dict.fromkeys(graph, 1)
    functions = [name for name in graph if kinds[name] != "constant"]

    def hashes(values: dict[str, int], *, noise: bool) -> dict[str, bytes]:
        lab.enter(write(graph, kinds, modules, seed, values, noise=noise))
        for module in range(4):
            importlib.import_module(f"m{module}")
        hasher = CodeHasher()
        order = data.draw(st.permutations(functions))
        found = {name: hasher.hash(getattr(sys.modules[f"m{modules[name]}"], name)) for name in order}
        assert found == {
            name: CodeHasher().hash(getattr(sys.modules[f"m{modules[name]}"], name)) for name in order
        }
        return found

    before = hashes(values, noise=False)
    assert hashes(values, noise=True) == before
    edited = data.draw(st.sampled_from(sorted(graph)))
    after = hashes({**values, edited: 2}, noise=data.draw(st.booleans()))
    changed = {name for name in functions if before[name] != after[name]}
    assert changed == reaching(graph, edited) - {name for name in graph if kinds[name] == "constant"}

"""The upstream dataflow of a value, in the notation of `x <-- <hash> task(a, b)`.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterator

from redun.recorder.ids import short
from redun.recorder.lineage_records import Derivation, Derived, Made, Passed, Step, Upstream
from redun.recorder.reader_records import ValueRecord

from redun_cli.log.writing import cut

__all__ = ["dataflow_lines"]

_PREVIEW_WIDTH = 160


def dataflow_lines(upstream: Upstream) -> Iterator[str]:
    """Yield the lines: the value, then a section for each variable, separated by blank lines."""
    first = upstream.derivations[0]
    yield f"{first.name} = {cut(first.value.preview, _PREVIEW_WIDTH)}"
    for derivation in upstream.derivations:
        yield ""
        yield from _section(derivation)
    if upstream.truncated:
        yield ""
        yield "... (more variables follow; `--limit 0` shows them all)"


def _section(derivation: Derivation) -> Iterator[str]:
    margin = derivation.name
    for step in derivation.steps:
        yield f"{margin} <-- {_step(step)}"
        yield from _inputs(step)
        margin = " " * len(derivation.name)
    if derivation.origin:
        yield f"{margin} <-- origin"


def _step(step: Step) -> str:
    if isinstance(step, Made):
        names = ", ".join(name for name, _ in step.arguments)
        return f"<{short(step.call.hash)}> {step.call.task}({names})"
    if isinstance(step, Passed):
        return f"argument of <{short(step.call_hash)}> {step.task}({', '.join(step.parameters)})"
    return "derives from"


def _inputs(step: Step) -> Iterator[str]:
    inputs: tuple[tuple[str, ValueRecord], ...] = ()
    if isinstance(step, Made):
        inputs = step.arguments
    elif isinstance(step, Derived):
        inputs = step.parts
    width = max((len(name) for name, _ in inputs), default=0)
    for name, value in inputs:
        yield f"  {name:<{width}} = <{short(value.hash)}> {cut(value.preview, _PREVIEW_WIDTH)}"

"""The context example: where settings come from, and that only what gets another one runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RESULT = "{'raw': '2.38 ppm per year', 'smooth': '1.71 ppm per year'}"


def test_settings_come_from_files_command_line_and_calls(copy_of: Callable[[str], Any]) -> None:
    example = copy_of("context")
    first = example.run("workflow.py", "main")
    assert first.stdout == RESULT
    assert first.ran == {"main": 1, "read": 1, "growth": 2, "smooth": 2, "fastest": 2, "say": 2}

    assert not example.run("workflow.py", "main").ran

    # `say` is called with other digits; nobody on the way to it is asked again.
    fewer = example.run("--context", "report.digits=0", "workflow.py", "main")
    assert fewer.stdout == "{'raw': '2 ppm per year', 'smooth': '2 ppm per year'}"
    assert fewer.ran == {"say": 2}

    both = example.run(
        "--context-file", "decade.json", "--context", "report.unit=µmol/mol", "workflow.py", "main"
    )
    assert both.stdout == "{'raw': '2.38 µmol/mol per year', 'smooth': '1.65 µmol/mol per year'}"
    assert both.ran == {"smooth": 1, "fastest": 1, "say": 2}

    example.edit("settings.json", '"window": 5', '"window": 1')
    assert not example.run("workflow.py", "main").ran
    example.edit("workflow.py", 'raw = growth.update_context(smooth={"window": 1})', "raw = growth")
    assert example.run("workflow.py", "main").ran == {"main": 1}

"""The example of tasks in containers, by an engine of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from services.engine import any_engine
from services.venv import worker_venv


@pytest.mark.engine
def test_it_counts_in_containers(copy_of: Callable[[str], Any]) -> None:
    with any_engine() as engine:
        engine.load_worker("redun-example:1", worker_venv("redun-core"))
        example = copy_of("docker")
        first = example.run("workflow.py", "main", **engine.environment())
        assert "'letters': {'e': 6, 'o': 6, 't': 3}" in first.stdout
        assert "'words': b'14\\n'" in first.stdout
        assert "'a gigabyte': 'more memory than there is'" in first.stdout
        assert first.failed["too_much"] == 1
        assert "counting in" in example.log("-.2", "--output")

        again = example.run("workflow.py", "main", **engine.environment())
        assert (again.ran["letters"], again.ran["words"]) == (0, 0)

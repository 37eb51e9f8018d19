"""The notebook, executed by a Jupyter kernel: what is printed shows which bodies ran."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nbclient
import nbformat

SLOPES = ["slope 1960 1969", "slope 1970 1979", "slope 1980 1989"]


def execute(notebook: Any, example: Any) -> tuple[list[list[str]], list[str]]:
    """Run all cells in a new kernel; return what each cell that runs something printed, and their values."""
    kernel = nbclient.NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(example.folder)}}
    )
    kernel.execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and "run(" in cell.source]
    printed, values = [], []
    for cell in cells:
        text = "".join(output.text for output in cell.outputs if output.output_type == "stream")
        printed.append(text.split("\n")[:-1])
        values += [o.data["text/plain"] for o in cell.outputs if o.output_type == "execute_result"]
    return printed, values


def test_cells_run_again_only_what_changed(copy_of: Callable[[str], Any]) -> None:
    example = copy_of("notebook")
    notebook = nbformat.read(example.folder / "co2.ipynb", as_version=4)
    printed, values = execute(notebook, example)
    first, again, reworded, other = printed
    assert (first[0], sorted(first[1:-1]), first[-1]) == ("read", SLOPES, "report")
    assert again == []
    assert reworded == ["report"]
    assert other == ["slope 1959 1988"]
    assert values[0] == values[1]
    assert "1960s: 0.8 ppm per year" in values[0]
    assert "In the 1960s CO₂ rose by 0.81 ppm per year." in values[2]
    assert values[3] == "1.22"

    # In another kernel, with a cell edited.
    (cell,) = (cell for cell in notebook.cells if "def slope" in cell.source)
    cell.source = cell.source.replace("first <= year <= last", "first - 1 < year <= last")
    first, again, reworded, other = execute(notebook, example)[0]
    assert sorted(first) == SLOPES
    assert again == reworded == []
    assert other == ["slope 1959 1988"]
    assert example.log().count("examples.notebook.main(") == 6


def test_no_outputs_are_kept_in_the_file(copy_of: Callable[[str], Any]) -> None:
    notebook = nbformat.read(copy_of("notebook").folder / "co2.ipynb", as_version=4)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None

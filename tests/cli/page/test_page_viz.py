"""Drawings of an execution and of lineage, in each format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from redun_cli.main import redun

Run = Callable[..., str]
CALLS = [
    ("lab.main", "lab.sample_of"),
    *(("lab.sample_of", f"lab.{name}") for name in ("trim", "align", "check")),
]


def test_the_call_graph_as_dot(laboratory: Any, run: Run) -> None:
    text = run(laboratory.path, "viz", "~3", "-o", "-", "--format", "dot")
    names = {}
    for line in text.splitlines():
        if "[label=" in line and " -> " not in line:
            names[line.split()[0]] = line.split('"')[1].split("\\n")
    assert {label: detail.split(" · ")[0] for label, detail in names.values()} == {
        "lab.main": "1 job",
        "lab.sample_of": "3 jobs",
        "lab.trim": "3 jobs",
        "lab.align": "3 jobs",
        "lab.check": "3 jobs",
    }
    arrows = {
        tuple(names[part][0] for part in line.split("[")[0].split(" -> ") for part in [part.strip()])
        for line in text.splitlines()
        if " -> " in line
    }
    assert arrows == set(CALLS)
    assert all('[label="×3"]' in line for line in text.splitlines() if " -> " in line)


def test_depth_folds_and_says_so(laboratory: Any, tmp_path: Path) -> None:
    (laboratory.folder / "redun.ini").write_text(f"[backend]\ndb_uri = sqlite:///{laboratory.path}\n")
    words = ["-c", str(laboratory.folder), "viz", "~3", "-o", "-", "--format", "mmd", "--depth", "1"]
    result = CliRunner().invoke(redun, words)
    assert result.stdout.splitlines() == [
        "---",
        result.stdout.splitlines()[1],
        "---",
        "flowchart LR",
        "  %% written by redun and replaced when it is written again",
        "  %% 3 tasks that lie deeper than 1 calls are left out.",
        *result.stdout.splitlines()[6:8],
        '  n0 -->|"×3"| n1',
        "  classDef task fill:#eef2fb,stroke:#5b6572,color:#1b2330",
    ]
    assert result.stderr == "redun: 3 tasks that lie deeper than 1 calls are left out.\n"


def test_lineage_of_a_file(laboratory: Any, run: Run, tmp_path: Path) -> None:
    target = tmp_path / "lineage.svg"
    path = f"{laboratory.folder}/s1.bam"
    assert run(laboratory.path, "viz", path, "-o", str(target)) == ""
    tree = ElementTree.parse(target).getroot()
    space = "{http://www.w3.org/2000/svg}"
    title, description = tree.find(f"{space}title"), tree.find(f"{space}desc")
    assert title is not None
    assert title.text == f"Where {path} came from"
    assert description is not None
    arrows = set((description.text or "").split("; ")[1:])
    assert arrows == {
        "sample to lab.trim",
        "folder to lab.trim",
        "lab.trim to reads",
        "reads to lab.align",
        "reference to lab.align",
        "lab.align to file",
    }
    assert tree.attrib["role"] == "img"
    text = target.read_text()
    assert text.splitlines()[1] == "<!-- written by redun and replaced when it is written again -->"
    run(laboratory.path, "viz", "-", "-o", str(target))
    assert target.read_text() != text


def test_what_was_made_of_a_file(laboratory: Any, run: Run) -> None:
    text = run(
        laboratory.path,
        "viz",
        f"{laboratory.folder}/s1.trimmed",
        "-o",
        "-",
        "--format",
        "dot",
        "--downstream",
    )
    labels = [
        line.split('"')[1].split("\\n")[0]
        for line in text.splitlines()
        if "[label=" in line and "->" not in line
    ]
    assert labels[0].endswith("s1.trimmed")
    assert sorted(labels[1:]) == ["lab.align", "lab.check", "lab.check"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-", "-o", "-"], "standard output does not say the format: add --format svg, dot or mmd"),
        (["-", "-o", "graph.png"], "'graph.png' does not say the format: add --format svg, dot or mmd"),
        (["-"], "Missing option '-o' / '--output'"),
    ],
)
def test_wrong_usage(laboratory: Any, words: list[str], message: str) -> None:
    (laboratory.folder / "redun.ini").write_text(f"[backend]\ndb_uri = sqlite:///{laboratory.path}\n")
    result = CliRunner().invoke(redun, ["-c", str(laboratory.folder), "viz", *words])
    assert result.exit_code == 2
    assert message in result.stderr


def test_what_has_no_result_has_no_lineage(laboratory: Any, refusal: Any) -> None:
    message = refusal(laboratory.path, "viz", "-.1", "-o", "x.svg")
    assert message.endswith(
        "has no result, and so no lineage; `redun log " + message.split()[0] + "` says why"
    )


def test_a_drawing_that_nobody_could_read_is_refused(
    builder: Any, refusal: Any, run: Run, tmp_path: Path
) -> None:
    tasks = [builder.task(f"wide.t{n}", [], "…") for n in range(200)]
    calls = [builder.call(task, {}, builder.value(str(n))) for n, task in enumerate(tasks)]
    builder.execution(
        builder.call(builder.task("wide.main", [], "…"), {}, builder.value("x"), children=calls), ["run"]
    )
    builder.save()
    assert refusal(builder.path, "viz", "-", "-o", str(tmp_path / "x.svg")) == (
        "a drawing of 201 boxes cannot be read: fold it with --depth 3, say, or write .dot or .mmd and draw it with a "
        "program for large graphs"
    )
    assert not (tmp_path / "x.svg").exists()
    assert run(builder.path, "viz", "-", "-o", "-", "--format", "dot").count('[label="wide.t') == 200

"""Pages, pictures and graphs of hostile records: a parser finds nothing in them that we did not write."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import html5lib
import pytest
from redun.visible import visible

pytestmark = pytest.mark.slow

Redun = Callable[..., Any]

SVG = "{http://www.w3.org/2000/svg}"
# Texts that would show in a page if one place forgot to escape them.
MARKUP = [
    "script",
    "end of script",
    "comment in script",
    "svg foreign",
    "attribute",
    "attribute single",
    "style",
    "cdata",
    "comment",
    "jinja",
    "lone surrogate",
    "nul",
]


def page_of(redun: Redun, made: Any, execution: bytes) -> str:
    shown = redun("report", execution.hex(), "-o", "-", config=made.path.parent)
    assert shown.code == 0, shown.err
    text: str = shown.text
    return text


def parse(page: str) -> Any:
    return html5lib.parse(page, namespaceHTMLElements=False)


def parts(tree: Any) -> Iterator[tuple[str, str]]:
    """Yield each element with each of its attributes."""
    for element in tree.iter():
        if isinstance(element.tag, str):
            yield element.tag, ""
            yield from ((element.tag, str(name)) for name in element.attrib)


def check_page(tree: Any, known: set[tuple[str, str]]) -> None:
    new = set(parts(tree)) - known
    assert not new
    (script,) = tree.iter("script")
    assert "alert" not in (script.text or "")
    for element in tree.iter():
        for name, text in element.attrib.items():
            assert not str(name).startswith("on"), (element.tag, name)
            if str(name).rpartition("}")[2] in ("href", "src", "action", "srcdoc"):
                assert text == "data:," or text.startswith("#"), (element.tag, name, text)
            if name == "id":
                assert re.fullmatch(r"[\w-]+", text), text


def test_reports(redun: Redun, record: Any, plain: Any) -> None:
    executions = [plain.together, plain.written["lines"].execution]
    known = {part for one in executions for part in parts(parse(page_of(redun, plain, one)))}
    tree = parse(page_of(redun, record, record.together))
    check_page(tree, known)
    text = "".join(tree.itertext())
    for name in ("script", "osc clipboard", "jinja", "bidi override", "attribute"):
        assert visible(record.written[name].text) in text, name
    for name in ("end of script", "attribute", "lone surrogate"):
        check_page(parse(page_of(redun, record, record.written[name].execution)), known)


DOT_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|->|[\w.#-]+|[\[\]{}=,;]|\s+')
DOT_LINE = re.compile(r'  n\d+ (\[label="|-> n\d+)')
MERMAID_LINE = re.compile(
    r"""
    \ \ n\d+[(\[]"[^"<>`&]*(?:<br/>[^"<>`&]*)?"[)\]]:::\w+
    | \ \ n\d+\ -->(?:\|"[^"<>`&]*"\|)?\ n\d+
    | \ \ classDef\ [^"]*
    | \ \ %%\ [^"<>`{}]*
    """,
    re.VERBOSE,
)


def graph_subjects(record: Any) -> list[str]:
    chosen = ["dot breakout", "dot escapes", "mermaid breakout", "newlines", *MARKUP]
    ids = [item for name in chosen for item in (record.written[name].execution, record.written[name].file)]
    return [record.together.hex(), *(identity.hex() for identity in ids)]


def drawn(redun: Redun, record: Any, form: str) -> Iterator[str]:
    for subject in graph_subjects(record):
        shown = redun("viz", subject, "-o", "-", "--format", form)
        if form == "svg" and b"cannot be read" in shown.err:
            continue
        assert shown.code == 0, (subject, shown.err)
        yield shown.text


def test_dot(redun: Redun, record: Any) -> None:
    for text in drawn(redun, record, "dot"):
        assert not DOT_TOKEN.sub("", text)
        first, second, *lines, last = [line for line in text.splitlines() if not line.startswith("  //")]
        assert first.startswith('digraph "')
        assert second.startswith("  graph [")
        assert last == "}"
        assert all(DOT_LINE.match(line) for line in lines[2:]), lines
        quoted = re.findall(r'"(?:[^"\\]|\\.)*"', text)
        assert not any(re.search(r'\\[^"\\n]', one.replace("\\\\", "")) for one in quoted)


def test_mermaid(redun: Redun, record: Any) -> None:
    for text in drawn(redun, record, "mmd"):
        lines = text.splitlines()
        assert lines[0] == lines[2] == "---"
        assert re.fullmatch(r'title: "[^"\\<>]*"', lines[1]), lines[1]
        assert lines[3] == "flowchart LR"
        wrong = [line for line in lines[4:] if not MERMAID_LINE.fullmatch(line)]
        assert not wrong


def test_svg(redun: Redun, record: Any, plain: Any) -> None:
    known = {"svg", "title", "desc", "style", "g", "rect", "path", "text", "tspan", "defs", "marker", "line"}
    count = 0
    for text in drawn(redun, record, "svg"):
        for element in ElementTree.fromstring(text).iter():
            assert element.tag.removeprefix(SVG) in known, element.tag
            for name, held in element.attrib.items():
                assert not name.startswith("on"), name
                assert "href" not in name, (name, held)
        count += 1
    assert count > 10


def test_files_are_written_where_they_were_asked_for(redun: Redun, record: Any, tmp_path: Path) -> None:
    assert redun("report", record.together.hex(), "-o", "page.html").code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]

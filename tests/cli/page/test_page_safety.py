"""Whatever was recorded is text on the page: nothing runs, nothing is fetched, nothing hides."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from redun.recorder.batch import ExecutionStatus, JobStatus, ValueFlag

Page = Callable[..., Any]

NASTY = [
    "</script><script>alert(1)</script>",
    "\"'><img src=x onerror=alert(2)>",
    "</style><style>*{display:none}</style><!--",
    "{{ 7 * 191 }}{% raw %}{# gone #}",
    "]]></title></svg><svg onload=alert(3)>",
    "\x1b[2J\x1b]0;owned\x07\x9b31m\x00\x08",
    "\u202egnp.exe\u2066\u200b\u2028\ufeff\ufffe\U000e0041",
    "javascript:alert(4)",
    "&lt;b&gt; &amp;amp;",
    "a\nb\r\nc",
    '"]; evil -> node; "',
    '"#quot;]\n  click n0 "javascript:alert(5)"\n%%{init: {}}%%',
]
SOUP = " ".join(NASTY)
# No system has files with this character in their names.
PATH = f"out/{SOUP}".replace("\x00", "")


@pytest.fixture
def hostile(builder: Any) -> Any:
    """A record that holds hostile texts wherever one can be."""
    error = builder.value(
        f"ValueError: {SOUP}",
        "redun.ErrorValue",
        flags=ValueFlag.ERROR,
        json_text=json.dumps({"type": SOUP, "message": SOUP, "traceback": SOUP}),
    )
    source = builder.task(f"lab.{SOUP.replace('.', '')}", ["x"], f"def f():\n    {SOUP}")
    root_task = builder.task("lab.root", ["x"], SOUP)
    file = builder.file(PATH, "content")
    made = builder.call(source, {SOUP: builder.value(f"'{SOUP}'", SOUP)}, file)
    bad = builder.call(source, {"y": builder.value(SOUP)}, error, failed=True)
    root = builder.call(root_task, {SOUP: file}, error, children=[made, bad], failed=True)
    builder.execution(
        root,
        ["redun", "run", SOUP],
        tags={"user": SOUP, "doc": SOUP, "git_commit": SOUP, SOUP[:40]: SOUP},
        error=SOUP,
        host=SOUP,
        status=ExecutionStatus.FAILED,
    )
    key = builder.connection.execute("SELECT MAX(key) FROM execution").fetchall()[0][0]
    for stream in (1, 2, 3):
        builder.insert("output", key, 3, stream, SOUP, 17)
    builder.insert("attempt", key, 3, 1, SOUP, "error", 5, 7)
    builder.connection.execute("UPDATE job SET executor = ?", (SOUP,))
    ok = builder.call(root_task, {SOUP: builder.value(SOUP)}, file, children=[made])
    builder.execution(ok, [SOUP], statuses={made: JobStatus.DONE})
    builder.save()
    return builder


@pytest.mark.parametrize("execution", ["~2", "-"])
def test_nothing_of_it_is_markup(hostile: Any, page: Page, execution: str) -> None:
    shown = page(hostile.path, execution)
    everything = shown.all()
    assert {element.name for element in everything} <= KNOWN
    assert len(shown.all("script")) == len(shown.all("style")) == 1
    for element in everything:
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if name.startswith("on")]
        for name in ("href", "src", "action", "data", "srcset", "xlink:href"):
            target = element.attributes.get(name)
            assert target is None or re.fullmatch(r"#[\w-]+|data:,", target), target
    ids = [element.attributes["id"] for element in everything if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    text = shown.one("body").raw()
    assert "1337" not in text
    for piece in ("</script><script>alert(1)</script>", "{{ 7 * 191 }}", "&lt;b&gt; &amp;amp;"):
        assert piece in text


KNOWN = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "link",
        "style",
        "script",
        "body",
        "header",
        "nav",
        "main",
        "section",
        "footer",
    ),
    *(
        "article",
        "h1",
        "h2",
        "h3",
        "p",
        "a",
        "span",
        "code",
        "pre",
        "strong",
        "small",
        "time",
        "details",
        "summary",
    ),
    *("div", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("svg", "desc", "defs", "marker", "g", "rect", "path", "text"),
}


@pytest.mark.parametrize("execution", ["~2", "-"])
def test_nothing_hides(hostile: Any, page: Page, execution: str) -> None:
    shown = page(hostile.path, execution)
    body = shown.one("body")
    texts = [body.raw(), shown.one("head").one("title").raw()]
    texts += [value for element in body.all() for value in element.attributes.values()]
    for text in texts:
        hidden = {letter for letter in text if unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs")}
        assert hidden <= {"\n"}, hidden
    assert "\\x1b[2J" in body.raw()
    assert "\\u202egnp.exe" in body.raw()


def test_the_policy_allows_the_page_its_own_parts_alone(hostile: Any, page: Page) -> None:
    shown = page(hostile.path)
    (policy,) = [meta.attributes["content"] for meta in shown.all("meta") if "http-equiv" in meta.attributes]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))

    def source(name: str) -> str:
        digest = hashlib.sha256(shown.one(name).raw().encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"

    assert rules == {
        "default-src": "'none'",
        "style-src": source("style"),
        "script-src": source("script"),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_drawings(hostile: Any, run: Callable[..., str]) -> None:
    for words in (["~2"], ["-"], ["-.1"], ["-.2", "--downstream"], [PATH], [PATH, "--downstream"]):
        svg = run(hostile.path, "viz", *words, "-o", "-", "--format", "svg")
        tree = ElementTree.fromstring(svg)
        names = {element.tag.rpartition("}")[2] for element in tree.iter()}
        assert names <= {"svg", "title", "desc", "style", "rect", "defs", "marker", "path", "g", "text"}
        for element in tree.iter():
            assert not [name for name in element.attrib if name.startswith("on") or "href" in name]
        dot = run(hostile.path, "viz", *words, "-o", "-", "--format", "dot")
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', "S", dot)
        assert "evil" not in bare
        assert all(
            re.fullmatch(
                r"digraph S \{|  (?://.*|graph \[.*\]|node \[.*\]|edge \[.*\]|n\d+ \[.*\]|n\d+ -> n\d+.*)|\}",
                line,
            )
            for line in bare.splitlines()
        )
        mermaid = run(hostile.path, "viz", *words, "-o", "-", "--format", "mmd")
        for line in mermaid.splitlines():
            assert re.fullmatch(MERMAID, line), line
        for text in (svg, dot, mermaid):
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u200b]", text)


MERMAID = (
    r'---|title: "[^"<>`]*"|flowchart LR|  %% .*|  n\d+[\[(]"[^"`]*"[\])]:::\w+|  n\d+ -->(\|"[^"<>`]*"\|)? n\d+'
    r"|  classDef \w+ [\w:#, .-]+"
)

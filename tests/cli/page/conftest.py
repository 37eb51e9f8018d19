"""Pages made by the commands, in this process, and read as a browser would."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import attrs
import pytest
from click.testing import CliRunner
from redun.errors import RedunError
from redun_cli.main import redun

HERE = Path(__file__).parent
BUILDER = HERE.parents[1] / "core" / "reader" / "record_builder.py"
VOID = {"meta", "link", "br", "hr", "img", "input"}


@attrs.define
class Element:
    """A node of a page."""

    name: str
    attributes: dict[str, str]
    parent: Element | None = None
    children: list[Element | str] = attrs.field(factory=list)

    def text(self) -> str:
        """All text below, with single spaces."""
        return " ".join("".join(self._texts()).split())

    def raw(self) -> str:
        """All text below."""
        return "".join(self._texts())

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()

    def all(self, name: str | None = None, **attributes: str) -> list[Element]:
        """Elements below, by name and attributes; a class by one of its words."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                if name in (None, child.name) and all(
                    child.has(key, value) for key, value in attributes.items()
                ):
                    found.append(child)
                found.extend(child.all(name, **attributes))
        return found

    def has(self, key: str, value: str) -> bool:
        """Tell whether an attribute has a value; `class_` is one of the words of `class`."""
        if key == "class_":
            return value in self.attributes.get("class", "").split()
        return self.attributes.get(key) == value

    def one(self, name: str | None = None, **attributes: str) -> Element:
        """The only such element."""
        (found,) = self.all(name, **attributes)
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.open = Element("", {})

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {key: value or "" for key, value in attributes}, self.open)
        assert len(element.attributes) == len(attributes), f"an attribute stands twice in {tag}"
        self.open.children.append(element)
        if tag not in VOID:
            self.open = element

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.name == tag, f"</{tag}> ends <{self.open.name}>"
        assert self.open.parent is not None
        self.open = self.open.parent

    def handle_data(self, data: str) -> None:
        self.open.children.append(data)


def parse(text: str) -> Element:
    """Read a page; every element must be closed where it should."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open is reader.root, f"<{reader.open.name}> is never closed"
    return reader.root


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules.setdefault(path.stem, importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The workflow and the path of its record: executions ~1 failed, ~2 was replayed, ~3 ran."""
    module = load(HERE / "laboratory.py")
    folder = tmp_path_factory.mktemp("laboratory")
    return SimpleNamespace(path=module.make(folder), folder=folder, hostile=module.HOSTILE)


@pytest.fixture(scope="session")
def records() -> ModuleType:
    return sys.modules.get("record_builder") or load(BUILDER)


@pytest.fixture
def builder(tmp_path: Path, records: ModuleType) -> Iterator[Any]:
    made = records.RecordBuilder(tmp_path / "redun.db")
    yield made
    made.close()
    assert not made.trap.exists(), "a payload was unpickled"


def invoke(path: Path, *words: str) -> str:
    """Run the command line on a record and return its standard output."""
    (path.parent / "redun.ini").write_text(f"[backend]\ndb_uri = sqlite:///{path}\n")
    result = CliRunner().invoke(redun, ["-c", str(path.parent), *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def run() -> Callable[..., str]:
    """Run the command line on a record and return its standard output."""
    return invoke


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Element]:
    """Make a report, and read it."""
    monkeypatch.setenv("TZ", "UTC")
    return lambda path, execution="-": parse(invoke(path, "report", execution, "-o", "-"))


@pytest.fixture
def read() -> Callable[[str], Element]:
    """Read a page."""
    return parse


@pytest.fixture
def refusal() -> Callable[..., str]:
    """Run a command that must fail, and return its message."""

    def failing(path: Path, *words: str) -> str:
        with pytest.raises(RedunError) as caught:
            invoke(path, *words)
        return str(caught.value)

    return failing

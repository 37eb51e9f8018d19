"""The text of a module, taken apart: what its top level binds, and which statement stands on a line.

Floor: hashing. Parsing a whole module costs a hundred times what parsing one of its functions does, so functions and
classes of the top level are cut out of the text unparsed and parsed when they are asked for.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from itertools import pairwise

from attrs import frozen

from redun.hashing.code.names import ImportedName, imports_of

__all__ = ["UNPARSABLE", "Source", "Sources", "first_line"]

_STRING_OR_COMMENT = re.compile(
    r'"""(?:\\.|[^\\])*?"""'
    r"|'''(?:\\.|[^\\])*?'''"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'(?:\\.|[^'\\\n])*'"
    r"|#[^\n]*",
    re.S,
)
_TOP_LEVEL = re.compile(r"^(?:(@)|((?:async[ \t]+)?def|class)[ \t]+(\w+)|[^\s#)\]}])", re.M)
# Code that the two expressions above might misread: strings within long f-strings.
_LONG_FORMAT = re.compile(r"[fF][rR]?(?:\"\"\"|''')")
UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What the parser and the compiler raise for text that is no Python, or too deeply nested for them."""

_NOT_TEXT = (".so", ".pyd", ".dylib", ".pyc")


@frozen
class _Definition:
    """A function or class at the top level of a module, not parsed."""

    name: str
    text: str
    first: int
    last: int

    def parse(self) -> ast.stmt:
        (statement,) = ast.parse("\n" * (self.first - 1) + self.text).body
        return statement


class Source:
    """A module's text.

    Parameters
    ----------
    text : str
        The text, with ``\\n`` as line end.

    Raises
    ------
    SyntaxError, ValueError, RecursionError, MemoryError
        It is not Python that can be parsed.
    """

    def __init__(self, text: str) -> None:
        rest, self._definitions = _split(text)
        try:
            self._statements = ast.parse(rest).body
        except UNPARSABLE:
            self._take_whole(text)
        self._text = text
        self._latest: tuple[_Definition | None, ast.stmt | None] = None, None
        self._bindings: dict[str, list[ast.stmt | _Definition]] = {}
        self.stars: list[ImportedName] = []
        """Modules of which everything is imported."""
        self._index()

    def _take_whole(self, text: str) -> None:
        self._definitions = []
        self._statements = ast.parse(text).body

    def _index(self) -> None:
        self._bindings.clear()
        self.stars.clear()
        for definition in self._definitions:
            self._bindings.setdefault(definition.name, []).append(definition)
        for name, statement in _bound_names(self._statements):
            if name == "*":
                assert isinstance(statement, ast.ImportFrom)
                self.stars.append(ImportedName(statement.module or "", "*", statement.level))
            else:
                self._bindings.setdefault(name, []).append(statement)

    def _parsed(self, definition: _Definition) -> ast.stmt | None:
        """Parse a definition; if it was cut out wrongly, parse the module as a whole and answer None."""
        if definition is self._latest[0]:
            return self._latest[1]
        try:
            statement = definition.parse()
            # Not all that was ever parsed: syntax trees take a hundred times the space of their text.
            self._latest = definition, statement
            return statement
        except UNPARSABLE:
            try:
                self._take_whole(self._text)
            except UNPARSABLE:
                self._definitions, self._statements = [], []
            self._index()
            return None

    def bindings(self, name: str) -> list[ast.stmt]:
        """List the statements of the module's top level that bind a name, in their order."""
        found: dict[int, ast.stmt] = {}
        for entry in self._bindings.get(name, ()):
            statement = self._parsed(entry) if isinstance(entry, _Definition) else entry
            if statement is None:
                return self.bindings(name)
            found[id(statement)] = statement
        return sorted(found.values(), key=lambda statement: statement.lineno)

    def text_of(self, node: ast.stmt | ast.expr) -> str:
        """Return the lines on which a node stands, its decorators included, without their common margin."""
        from textwrap import dedent

        lines = self._text.split("\n")[first_line(node) - 1 : node.end_lineno or node.lineno]
        return dedent("\n".join(lines))

    def statement_at(self, line: int) -> ast.stmt | None:
        """Return the statement of the module's top level that stands on a line, decorators included."""
        for definition in self._definitions:
            if definition.first <= line <= definition.last:
                return self._parsed(definition) or self.statement_at(line)
        for statement in self._statements:
            if first_line(statement) <= line <= (statement.end_lineno or statement.lineno):
                return statement
        return None


def first_line(node: ast.stmt | ast.expr) -> int:
    """Return the line on which a node begins, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min((node.lineno, *(decorator.lineno for decorator in decorators)))


def _split(text: str) -> tuple[str, list[_Definition]]:
    """Cut the definitions out of a module's text, leaving empty lines in their place."""
    # Before a page break, too, a statement would not be seen.
    if "\f" in text or _LONG_FORMAT.search(text):
        return text, []
    inside = [match.span() for match in _STRING_OR_COMMENT.finditer(text) if "\n" in match.group()]
    inside.append((len(text) + 1, len(text) + 1))
    string = iter(inside)
    begin, end = next(string)
    starts: list[tuple[int, str, str]] = []
    for match in _TOP_LEVEL.finditer(text):
        while end <= match.start():
            begin, end = next(string)
        if not begin < match.start():
            decorator, keyword, name = match.groups(default="")
            starts.append((match.start(), decorator or keyword, name))
    starts.append((len(text), "", ""))

    rest: list[str] = []
    definitions: list[_Definition] = []
    position, line = 0, 1
    decorated: int | None = None
    for (start, kind, name), (stop, *_) in pairwise(starts):
        if kind == "@":
            decorated = start if decorated is None else decorated
        elif kind:
            start = start if decorated is None else decorated
            rest.append(before := text[position:start])
            line += before.count("\n")
            definition = text[start:stop].rstrip("\n")
            definitions.append(_Definition(name, definition, line, line + definition.count("\n")))
            lines = text.count("\n", start, stop)
            rest.append("\n" * lines)
            position, line, decorated = stop, line + lines, None
        else:
            decorated = None
    rest.append(text[position:])
    return "".join(rest), definitions


def _bound_names(statements: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """Yield each name bound by the statements, and by those in their branches, with the statement that binds it."""
    todo = list(reversed(statements))
    while todo:
        statement = todo.pop()
        targets: list[ast.expr] = []
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield statement.name, statement
            case ast.Import() | ast.ImportFrom():
                for name, _ in imports_of(statement):
                    yield name, statement
            case ast.Assign():
                targets = statement.targets
            case ast.AnnAssign() if statement.value is None:
                continue
            case ast.AnnAssign() | ast.AugAssign() | ast.For() | ast.AsyncFor():
                targets = [statement.target]
            case ast.With() | ast.AsyncWith():
                targets = [item.optional_vars for item in statement.items if item.optional_vars is not None]
            case _ if isinstance(alias := getattr(statement, "name", None), ast.Name):
                # A `type` statement, which Python 3.11 does not know.
                targets = [alias]
        for target in targets:
            for node in ast.walk(target):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id, statement
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for suite in ("body", "orelse", "finalbody"):
                todo += reversed(getattr(statement, suite, ()))
            for branch in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
                todo += reversed(branch.body)


class Sources:
    """Reads modules and keeps what was read, until a file changes."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[object, Source | None]] = {}

    def of(self, filename: str) -> Source | None:
        """Return the source of a file, notebook cell or interactive input, or None if there is none."""
        if filename.endswith(_NOT_TEXT):
            return None
        try:
            status = os.stat(filename)
            stamp: object = status.st_mtime_ns, status.st_size, status.st_ino
        except (OSError, ValueError):
            stamp = None
        known = self._read.get(filename)
        if known is not None and known[0] == stamp and stamp is not None:
            return known[1]
        text = _read_file(filename) if stamp is not None else _read_line_cache(filename)
        if stamp is None:
            stamp = text
            if known is not None and known[0] == text:
                return known[1]
        source = None
        if text is not None:
            try:
                source = Source(text)
            except UNPARSABLE:
                source = None
        self._read[filename] = stamp, source
        return source

    def changed_at(self, filename: str) -> float:
        """Return when a file was last written, as seconds since the epoch; 0 if there is no such file."""
        known = self._read.get(filename)
        return known[0][0] / 1e9 if known is not None and isinstance(known[0], tuple) else 0.0

    def compiled_at(self, filename: str) -> float | None:
        """Return when Python stored the compiled form of a file, as seconds since the epoch; None if it did not."""
        from importlib.util import cache_from_source

        try:
            return os.stat(cache_from_source(filename)).st_mtime
        except (OSError, ValueError, NotImplementedError):
            return None


def _read_file(filename: str) -> str | None:
    try:
        with open(filename, "rb") as file:
            content = file.read()
        if b"coding" in b"".join(content.split(b"\n", 2)[:2]):
            from importlib.util import decode_source

            return decode_source(content)
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except (OSError, SyntaxError, UnicodeDecodeError, LookupError):
        return None


def _read_line_cache(filename: str) -> str | None:
    import linecache

    return "".join(linecache.getlines(filename)) or None

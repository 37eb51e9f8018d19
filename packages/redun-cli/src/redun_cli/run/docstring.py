"""What a docstring says of each parameter: numpy, Google and Sphinx styles.

Floor: command line.
"""

from __future__ import annotations

import inspect
import re

__all__ = ["split_docstring"]

_NUMPY = re.compile(r"^(?:Parameters|Arguments)\n-{3,}\n", re.MULTILINE)
_NUMPY_END = re.compile(r"^\S[^\n]*\n-{3,}\n", re.MULTILINE)
_GOOGLE = re.compile(r"^(?:Args|Arguments|Parameters):\n", re.MULTILINE)
_SPHINX = re.compile(r"^:param(?: [^:\n]+?)? (\w+):[ \t]*((?:.*)(?:\n[ \t]+.+)*)", re.MULTILINE)
_ENTRY = re.compile(r"^(\*{0,2}\w+)[ \t]*(?:\([^)]*\))?[ \t]*(?::[ \t]*(.*))?$")


def split_docstring(doc: str | None) -> tuple[str, dict[str, str]]:
    """Return what precedes the description of parameters, and the text about each of them."""
    text = inspect.cleandoc(doc or "")
    for heading, read in ((_NUMPY, _numpy_entries), (_GOOGLE, _google_entries)):
        found = heading.search(text)
        if found:
            return text[: found.start()].rstrip(), read(text[found.end() :])
    found = _SPHINX.search(text)
    if found:
        return text[: found.start()].rstrip(), {name: _joined(body) for name, body in _SPHINX.findall(text)}
    return text, {}


def _numpy_entries(text: str) -> dict[str, str]:
    end = _NUMPY_END.search(text)
    entries: dict[str, str] = {}
    names: list[str] = []
    for line in text[: end.start() if end else None].splitlines():
        if line[:1].strip():
            names = [name.strip().lstrip("*") for name in line.partition(":")[0].split(",")]
        for name in names:
            if not line[:1].strip():
                entries[name] = f"{entries.get(name, '')} {line.strip()}".strip()
    return entries


def _google_entries(text: str) -> dict[str, str]:
    entries: dict[str, str] = {}
    name, indent = "", None
    for line in text.splitlines():
        if not line.strip():
            continue
        depth = len(line) - len(line.lstrip())
        if depth == 0:
            break
        indent = depth if indent is None else indent
        entry = _ENTRY.match(line.strip()) if depth == indent else None
        if entry:
            name = entry[1].lstrip("*")
            entries[name] = (entry[2] or "").strip()
        elif name:
            entries[name] = f"{entries[name]} {line.strip()}".strip()
    return entries


def _joined(body: str) -> str:
    return " ".join(body.split())

"""Make a page of templates: all text escaped and made visible at one place, scripts and styles known by their hashes.

Floor: command line. The only module that imports jinja2.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from redun_cli.log.lines import arguments_text
from redun_cli.log.moments import iso, local
from redun_cli.log.writing import cut
from redun_cli.page.amounts import count_text, size_text, span
from redun_cli.viz.graph import drawable
from redun_cli.viz.svg import STYLE

__all__ = ["render"]

_FOLDER = files("redun_cli") / "page"


def render(template: str, **context: Any) -> Iterator[str]:
    """Yield the page in pieces.

    Parameters
    ----------
    template : str
        A file of `templates/`.
    **context
        What the template shows. A string is text, whatever is in it.
    """
    environment = Environment(
        autoescape=True,
        loader=FunctionLoader(lambda name: _read("templates", name)),
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        span=span,
        count=count_text,
        size=size_text,
        iso=iso,
        local=local,
        cut=cut,
        lines=_lines,
        call=arguments_text,
    )
    style, script = _read("static", "report.css") + STYLE, _read("static", "report.js")
    page = environment.get_template(template).generate(
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
        **context,
    )
    yield from _joined(page)


def _visible(value: Any) -> Any:
    """Write out what could hide or reorder text, wherever a template shows something."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return drawable(value)


def _lines(text: str) -> Markup:
    """Return a text of several lines, each made visible."""
    return Markup("\n").join(escape(drawable(line.expandtabs(4))) for line in text.split("\n"))


def _policy(style: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_source(style)}",
            f"script-src {_source(script)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _read(folder: str, name: str) -> str:
    return (_FOLDER / folder / name).read_text("utf-8")


def _joined(pieces: Iterator[str], size: int = 2_000) -> Iterator[str]:
    """Yield pieces of a page in larger pieces."""
    pending: list[str] = []
    for piece in pieces:
        pending.append(piece)
        if len(pending) >= size:
            yield "".join(pending)
            pending.clear()
    yield "".join(pending)

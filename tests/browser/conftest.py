"""Reports opened in a headless Chromium, where there is one; in CI a missing one is a failure."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner
from redun_cli.main import redun

LABORATORY = Path(__file__).parents[1] / "cli" / "page" / "laboratory.py"
NAMES = ("chromium", "chromium-browser", "google-chrome")
# It runs as root in a container, and must not ask for anything of its own.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""


@attrs.define
class Opened:
    """A page in the browser, and what it did that it should not have done."""

    page: Any
    said: list[str] = attrs.field(factory=list)
    asked: list[str] = attrs.field(factory=list)

    def offences(self) -> list[str]:
        return [*self.said, *self.asked, *self.page.evaluate("window.violations || []")]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    program = next(filter(None, map(shutil.which, NAMES)), None)
    installed = importlib.util.find_spec("playwright") is not None
    if program is None or not installed:
        message = "needs Chromium, such as Debian's package chromium, and the distribution playwright"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with reports of an execution that ran, was replayed, failed; and two drawings."""
    folder = tmp_path_factory.mktemp("reports")
    spec = importlib.util.spec_from_file_location("laboratory", LABORATORY)
    assert spec is not None
    assert spec.loader is not None
    # A module is asked for its namespace by its name.
    module = sys.modules.setdefault("laboratory", importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    path = module.make(folder)
    (folder / "redun.ini").write_text(f"[backend]\ndb_uri = sqlite:///{path}\n")
    for words in (
        ["report", "~3", "-o", str(folder / "ran.html")],
        ["report", "~2", "-o", str(folder / "replayed.html")],
        ["report", "~1", "-o", str(folder / "failed.html")],
        ["viz", "~1", "-o", str(folder / "calls.svg")],
        ["viz", f"{folder}/s1.bam", "-o", str(folder / "lineage.svg")],
    ):
        result = CliRunner().invoke(redun, ["-c", str(folder), *words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def visit(browser: Any, files: Path) -> Iterator[Callable[..., Opened]]:
    """Open a file; options are those of the browser's context, such as `color_scheme`."""
    contexts = []

    def visiting(name: str, **options: Any) -> Opened:
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **options})
        contexts.append(context)
        context.add_init_script(WATCH)
        opened = Opened(context.new_page())
        url = (files / name).as_uri()
        opened.page.on(
            "console",
            lambda message: message.type in ("error", "warning") and opened.said.append(message.text),
        )
        opened.page.on("pageerror", lambda error: opened.said.append(str(error)))
        opened.page.on("dialog", lambda dialog: opened.said.append(f"dialog {dialog.message}"))
        opened.page.on(
            "request", lambda asked: asked.url not in (url, "data:,") and opened.asked.append(asked.url)
        )
        opened.page.goto(url)
        return opened

    yield visiting
    for context in contexts:
        context.close()

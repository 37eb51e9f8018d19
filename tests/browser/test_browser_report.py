"""A report as people meet it: by mouse, keyboard or screen reader, bright or dark, on a phone and on paper."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

Visit = Callable[..., Any]
PAGES = ["ran.html", "replayed.html", "failed.html"]

# The contrast of every text with what is behind it, by the formula of WCAG 2: elements with less than AA asks for.
CONTRAST = """
() => {
  const numbers = (colour) => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => {
    const [r, g, b] = numbers(colour).slice(0, 3).map((v) => v / 255)
      .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      if (one.tagName === "g") return getComputedStyle(one.querySelector(".box")).fill;
      const colour = getComputedStyle(one).backgroundColor;
      if (numbers(colour)[3] === 255) return colour;
    }
    return "white";
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const poor = []; let checked = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility()) continue;
    if (["SCRIPT", "STYLE", "title", "desc"].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const ink = element instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(ink), light(behind(element))].sort((x, y) => y - x);
    checked += 1;
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(`${element.tagName} ${walker.currentNode.textContent}`);
  }
  return [checked, poor];
}
"""


@pytest.mark.parametrize("name", PAGES)
def test_it_asks_for_nothing_and_complains_of_nothing(visit: Visit, name: str) -> None:
    opened = visit(name)
    opened.page.get_by_role("button", name="Open all").first.click()
    assert opened.offences() == []


def test_the_policy_is_in_force(visit: Visit) -> None:
    opened = visit("ran.html")
    opened.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = 1";
          document.body.append(script);
          const image = new Image();
          image.src = "https://example.org/x.png";
          const trap = "<p onclick='window.ran = 2' id='trap' style='color: red'>x</p>";
          document.body.insertAdjacentHTML("beforeend", trap);
        }"""
    )
    opened.page.click("#trap")
    assert opened.page.evaluate("window.ran") is None
    assert opened.page.evaluate("getComputedStyle(document.querySelector('#trap')).color") != "rgb(255, 0, 0)"
    assert set(opened.page.evaluate("violations")) == {
        "script-src-elem",
        "script-src-attr",
        "style-src-attr",
        "img-src",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_contrast(visit: Visit, name: str, scheme: str) -> None:
    page = visit(name, color_scheme=scheme).page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    checked, poor = page.evaluate(CONTRAST)
    assert checked > 150
    assert poor == []
    bright = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 252, 253)"
    assert bright == (scheme == "light")


def test_sorting_by_keyboard(visit: Visit) -> None:
    page = visit("failed.html").page
    table = page.locator("#tasks table")
    column = table.locator("thead th").all_inner_texts().index("Jobs")

    def order() -> list[str]:
        return [row.locator("th, td").nth(0).inner_text() for row in table.locator("tbody tr").all()]

    before = order()
    button = table.get_by_role("button", name="Jobs")
    button.focus()
    states = []
    for _ in range(3):
        page.keyboard.press("Enter")
        states.append(button.locator("xpath=..").get_attribute("aria-sort"))
        jobs = [
            int(row.locator("th, td").nth(column).inner_text()) for row in table.locator("tbody tr").all()
        ]
        if states[-1]:
            assert jobs == sorted(jobs, reverse=states[-1] == "descending")
    assert states == ["descending", "ascending", None]
    assert order() == before
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.closest('th') !== null"), (
        "the header before it comes before it"
    )


def test_folding_and_filtering_by_keyboard(visit: Visit) -> None:
    page = visit("failed.html").page
    root = page.locator("#tree > li > details")
    page.locator("#tree > li > details > summary").focus()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    assert root.get_attribute("open") is not None
    page.keyboard.press("Enter")
    assert root.get_attribute("open") is None
    page.keyboard.press("Space")
    assert root.get_attribute("open") is not None
    page.locator("#jobs").get_by_label("Filter").fill("lab.check(bam=")
    assert page.locator("#jobs output").inner_text() == "4 lines"
    assert page.locator("#tree .leaf:visible").count() == 4
    page.locator("#jobs").get_by_label("Filter").fill("")
    assert page.locator("#tree .leaf:visible").count() >= 4
    page.locator("#jobs").get_by_role("button", name="Close all").press("Enter")
    assert page.locator("#tree details[open]").count() == 0


def test_the_first_tab_skips_to_the_content(visit: Visit) -> None:
    page = visit("ran.html").page
    page.keyboard.press("Tab")
    link = page.locator(".skip")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.wait_for_function("document.querySelector('.skip').getBoundingClientRect().top >= 0")
    assert link.is_visible()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_scrolls_one_way(visit: Visit, name: str) -> None:
    page = visit(name, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True).page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("visualViewport.scale") == 1
    # What is wider scrolls in a frame that can be reached by keyboard.
    for frame in page.locator(".scroll").all():
        assert frame.get_attribute("tabindex") == "0"
        assert frame.bounding_box()["width"] <= 390


def test_paper_shows_what_is_folded(visit: Visit) -> None:
    page = visit("failed.html", color_scheme="dark").page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = false })")
    page.emulate_media(media="print")
    for place in ("#failures pre >> nth=0", "#tree .leaf >> nth=0"):
        assert page.locator(place).bounding_box()["height"] > 5
    assert page.locator("nav").is_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert (
        page.evaluate("getComputedStyle(document.querySelector('section')).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    assert (
        page.locator("#code pre").first.bounding_box() is None
        or not page.locator("#code pre").first.is_visible()
    )
    pdf = page.pdf(format="A4")
    assert pdf.startswith(b"%PDF-")
    assert len(pdf) > 20_000


def test_without_scripts_the_page_is_whole(visit: Visit) -> None:
    page = visit("failed.html", java_script_enabled=False).page
    assert page.locator("#tasks button").count() == 0
    assert page.locator(".tools:visible").count() == 0
    assert page.locator("#failures pre").first.is_visible()
    hidden = page.locator("#code pre").first
    assert not hidden.is_visible()
    page.locator("#code summary").first.click()
    assert hidden.is_visible()


@pytest.mark.parametrize("name", PAGES)
def test_what_a_screen_reader_is_told(visit: Visit, name: str) -> None:
    page = visit(name).page
    session = page.context.new_cdp_session(page)
    nodes = [node for node in session.send("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]

    def role(node: Any) -> str:
        return str(node.get("role", {}).get("value"))

    def label(node: Any) -> str:
        return str(node.get("name", {}).get("value", "")).strip()

    def level(node: Any) -> int:
        return int(next(one["value"]["value"] for one in node["properties"] if one["name"] == "level"))

    roles = [role(node) for node in nodes]
    for landmark in ("banner", "navigation", "main", "contentinfo"):
        assert roles.count(landmark) == 1, landmark
    levels = [level(node) for node in nodes if role(node) == "heading"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for node in nodes:
        if role(node) in (
            "link",
            "button",
            "image",
            "searchbox",
            "region",
            "heading",
            "columnheader",
            "rowheader",
        ):
            assert label(node), node
        if role(node) == "table":
            assert label(node), node
    images = [label(node) for node in nodes if role(node) == "image"]
    assert "Calls of execution" in " ".join(images)
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("name", ["calls.svg", "lineage.svg"])
def test_drawings_open_on_their_own(visit: Visit, name: str) -> None:
    opened = visit(name)
    assert opened.page.evaluate("document.documentElement.tagName") == "svg"
    assert opened.page.evaluate("document.querySelectorAll('rect.box').length") >= 5
    assert opened.offences() == []

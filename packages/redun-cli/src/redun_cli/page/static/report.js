"use strict";
// The page is whole without this: sorting, filtering and folding are conveniences.

function sortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const original = [...body.rows];
  const key = (row, column) => {
    const cell = row.cells[column];
    return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent.trim();
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    const arrow = document.createElement("span");
    arrow.setAttribute("aria-hidden", "true");
    button.append(arrow);
    head.append(button);
    button.addEventListener("click", () => {
      // Numbers begin with the largest, texts with the first; the third time restores the order of the page.
      const numeric = head.classList.contains("number");
      const order = numeric ? ["descending", "ascending", null] : ["ascending", "descending", null];
      const next = order[(order.indexOf(head.getAttribute("aria-sort")) + 1) % 3];
      for (const other of heads) {
        other.removeAttribute("aria-sort");
        other.querySelector("button > span:last-child").textContent = "";
      }
      const rows = [...original];
      if (next) {
        head.setAttribute("aria-sort", next);
        arrow.textContent = next === "ascending" ? " ↑" : " ↓";
        const sign = next === "ascending" ? 1 : -1;
        const keys = new Map(rows.map((row) => [row, key(row, column)]));
        const compare = numeric ? (a, b) => a - b : new Intl.Collator(undefined, { numeric: true }).compare;
        rows.sort((a, b) => sign * compare(keys.get(a), keys.get(b)));
      }
      body.append(...rows);
    });
  });
}

function foldable(tools) {
  const list = document.getElementById(tools.dataset.for);
  if (!list || !list.querySelector("details")) return;
  for (const [text, open] of [["Open all", true], ["Close all", false]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => {
      for (const details of list.querySelectorAll("details")) details.open = open;
    });
    tools.append(button);
  }
  const label = document.createElement("label");
  const input = document.createElement("input");
  const found = document.createElement("output");
  input.type = "search";
  label.append("Filter", input);
  tools.prepend(label);
  tools.append(found);
  const before = new Map();
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    const items = [...list.querySelectorAll("li")];
    if (!wanted) {
      for (const item of items) item.hidden = false;
      for (const [details, open] of before) details.open = open;
      before.clear();
      found.textContent = "";
      return;
    }
    if (!before.size) for (const details of list.querySelectorAll("details")) before.set(details, details.open);
    const kept = new Set();
    let count = 0;
    for (const item of items) {
      const own = item.querySelector(":scope > details > summary") || item;
      if (!own.textContent.toLowerCase().includes(wanted)) continue;
      count += 1;
      for (let one = item; one && one !== list; one = one.parentElement) {
        kept.add(one);
        if (one !== item && one.tagName === "DETAILS") one.open = true;
      }
    }
    for (const item of items) item.hidden = !kept.has(item);
    found.textContent = count === 1 ? "1 line" : `${count} lines`;
  });
}

for (const table of document.querySelectorAll("table.sortable")) sortable(table);
for (const tools of document.querySelectorAll(".tools")) foldable(tools);

// Browsers that cannot open what is folded by a style alone do it for the time of printing.
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll(".essential:not([open]), #jobs .tree details:not([open])")];
  for (const details of closed) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of closed) details.open = false;
});

/*
 * table.js - sorting and filtering of the table of policies.
 */
"use strict";

const Policies = (() => {
  const table = Dom.id("policy-table");
  let status;

  const name = (row) => (row.querySelector("bdi") || row.cells[0]).textContent;
  const has = (mark) => table.querySelector(`tbody tr[data-${mark}]`) !== null;
  const valueOf = (row, column) => {
    if (column === 0) return name(row);
    const cell = row.cells[column];
    return cell && cell.dataset.v !== undefined ? Number(cell.dataset.v) : null;
  };

  /* Rows without a value stand last, whatever the direction. */
  function sort(column, direction) {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [valueOf(row, column), row]);
    rows.sort(([a, x], [b, y]) => {
      if (a === null || b === null)
        return (a === null) - (b === null) || x.dataset.place - y.dataset.place;
      const d = typeof a === "string" ?
        a.localeCompare(b, "en", { numeric: true }) : a - b;
      return direction * d || x.dataset.place - y.dataset.place;
    });
    body.append(...rows.map(([, row]) => row));
    [...table.tHead.rows[0].cells].forEach((cell, i) => {
      if (i === column)
        cell.setAttribute("aria-sort",
                          direction > 0 ? "ascending" : "descending");
      else cell.removeAttribute("aria-sort");
    });
  }

  function filter(words, front, promise, known) {
    let n = 0;
    for (const row of table.tBodies[0].rows) {
      const text = name(row).toLowerCase();
      const out = (front && row.dataset.front !== "1") ||
        (promise && row.dataset.promise !== "1") ||
        (known && row.dataset.known !== "1") ||
        words.some((w) => !text.includes(w));
      row.hidden = out;
      n += !out;
    }
    status.textContent = `${Dom.plural(n, "row")} of ` +
      Dom.count(table.tBodies[0].rows.length);
  }

  function tools() {
    const box = Dom.id("policy-tools");
    if (!box) return;
    const text = Dom.make("input", { type: "search", id: "policy-text",
                                     placeholder: "deepconf, esc \u2026" });
    const tick = (id, words) => [
      Dom.make("input", { type: "checkbox", id }),
      Dom.make("label", { for: id }, words)];
    const front = tick("policy-front", "cheapest for what they change (*)");
    const promise = tick("policy-promise", "with a proven bound");
    const known = tick("policy-known", "with figures");
    status = Dom.make("span", { role: "status" });
    box.append(Dom.make("label", { for: "policy-text" }, "Filter"), text,
               ...[["front", front], ["promise", promise], ["known", known]]
                 .filter(([mark]) => has(mark))
                 .map(([, pair]) => Dom.make("span.tick", null, ...pair)),
               status);
    box.hidden = false;
    const apply = () => filter(
      text.value.toLowerCase().split(/\s+/).filter(Boolean),
      front[0].checked, promise[0].checked, known[0].checked);
    box.addEventListener("input", apply);
    apply();
  }

  function start() {
    if (!table) return;
    [...table.tBodies[0].rows].forEach((row, i) => {
      row.dataset.place ??= i;
    });
    [...table.tHead.rows[0].cells].forEach((cell, i) => {
      const button = Dom.make("button", {
        type: "button",
        title: cell.title,
        click: () => sort(
          i, cell.getAttribute("aria-sort") === "ascending" ? -1 : 1),
      }, ...cell.childNodes);
      cell.removeAttribute("title");
      cell.replaceChildren(button);
    });
    tools();
  }

  return { start };
})();

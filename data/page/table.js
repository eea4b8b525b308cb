/*
 * table.js - sorting of the long tables of a page, by a click on a column's
 * name, and filtering of the policies.
 */
"use strict";

const Tables = (() => {
  /* Those whose order is not a matter of meaning. */
  const SORTED = "#policies table, #compared table, [id^='by-'] table";

  const name = (row) => row.cells[0].textContent;
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    return cell.classList.contains("n") ? null : cell.textContent;
  };

  /* Rows without a value stand last, whatever the direction. */
  function sort(table, column, direction) {
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

  function sortable(table) {
    [...table.tBodies[0].rows].forEach((row, i) => { row.dataset.place = i; });
    [...table.tHead.rows[0].cells].forEach((cell, i) => {
      if (cell.tagName !== "TH") return;
      const button = Dom.make("button.sort", {
        type: "button",
        title: cell.title,
        click: () => sort(table, i,
          cell.getAttribute("aria-sort") === "ascending" ? -1 : 1),
      }, ...cell.childNodes);
      cell.removeAttribute("title");
      cell.replaceChildren(button);
    });
  }

  /* ---- policies ---- */

  /* Hide the rows that `keep` leaves out, in all tables of the section. */
  function filter(section, words, classes, status) {
    let n = 0, all = 0;
    for (const table of section.querySelectorAll("table"))
      for (const row of table.tBodies[0].rows) {
        const text = name(row).toLowerCase();
        row.hidden = classes.some((c) => !row.classList.contains(c)) ||
          words.some((w) => !text.includes(w));
        if (table !== section.querySelector("table")) continue;
        n += !row.hidden;
        all++;
      }
    status.textContent = `${Dom.plural(n, "row")} of ${Dom.count(all)}`;
  }

  function tools(section) {
    const text = Dom.make("input", { type: "search", id: "policy-text",
                                     placeholder: "deepconf, esc \u2026" });
    const ticks = [["front", "cheapest for what they change (*)"],
                   ["promise", "with a proven bound"]]
      .filter(([is]) => section.querySelector(`tr.${is}`))
      .map(([is, words]) => [is, Dom.make("input", {
        type: "checkbox", id: `policy-${is}` }), words]);
    const status = Dom.make("span", { role: "status" });
    const box = Dom.make("div", { id: "policy-tools" },
      Dom.make("label", { for: "policy-text" }, "Filter"), text,
      ...ticks.map(([is, input, words]) => Dom.make("span.tick", null, input,
        Dom.make("label", { for: `policy-${is}` }, words))), status);
    const apply = () => filter(section,
      text.value.toLowerCase().split(/\s+/).filter(Boolean),
      ticks.filter(([, input]) => input.checked).map(([is]) => is), status);
    section.querySelector(".card").before(box);
    box.addEventListener("input", apply);
    apply();
  }

  function start() {
    for (const table of document.querySelectorAll(SORTED))
      if (table.tHead) sortable(table);
    const policies = Dom.id("policies");
    if (policies?.querySelector("table")) tools(policies);
  }

  return { start };
})();

/*
 * search.js - what the form of filters has on every page: its words, the values
 * that prompts have, how many were found, and its events.
 */
"use strict";

const Search = (() => {
  const form = Dom.id("filters"), status = Dom.id("found");
  let folded = null;

  /* The id and text of each prompt, for words in lower case. */
  const folds = () => folded ??= Data.index.map((row) =>
    `${row[Data.ID]}\n${row[Data.TEXT]}`.toLowerCase());

  /* The values that prompts have, with their counts. */
  function values(select, name, valueOf) {
    const counts = new Map();
    for (const row of Data.index) {
      const c = valueOf(row) ?? "";
      counts.set(c, (counts.get(c) || 0) + 1);
    }
    const list = [...counts].sort(([a], [b]) => a.localeCompare(b, "en"));
    Dom.options(select, [["", `any ${Text.flat(name, 40)}`],
      ...list.map(([c, n]) => [`=${c}`,
        `${c === "" ? "(none)" : Text.flat(c, 60)} (${Dom.count(n)})`])]);
  }

  function say(n) {
    const all = Data.index.length;
    status.textContent = Dom.plural(n, "prompt") +
      (n < all ? ` of ${Dom.count(all)}` : "");
  }

  /* apply(): the filters as they are now; changed(): a reader chose others;
   * usual(): what a reset form is besides empty. */
  function start(apply, changed, usual = () => {}) {
    const chosen = () => { apply(); changed(); };
    /* A phone shows the list first. */
    if (matchMedia("(max-width: 52rem)").matches)
      form.querySelector("details").open = false;
    form.addEventListener("input", chosen);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(() => {
      usual();
      chosen();
    }));
    apply();
  }

  return { form, status, folds, values, say, start };
})();

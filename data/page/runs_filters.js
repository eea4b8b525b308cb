/*
 * runs_filters.js - which prompts of several runs are in the list, their place
 * in the address, and saving them.
 */
"use strict";

const Filters = (() => {
  const { form, folds } = Search;
  const D = Data, runs = D.meta.runs;
  const NAMES = { q: "text", decided: "differ", gold: "gold",
                  category: "category", decision: "decision", run: "run" };
  let current = -1, found = [];

  const known = (d) => d !== "open" && d !== "missing";
  /* Do runs i and j both decide it, and otherwise? */
  function apart(row, i, j) {
    const a = D.decision(row, i), b = D.decision(row, j);
    return known(a) && known(b) && a !== b;
  }

  function decided(row, v) {
    if (v === "otherwise") return row[D.DIFFERS] === 1;
    if (v === "alike") return row[D.DIFFERS] === 0;
    return apart(row, ...v.split("-").map(Number));
  }

  /* By a run, or by any. */
  function isDecision(row, decision, run) {
    return runs.some((_, k) => (run === "" || Number(run) === k) &&
      D.decision(row, k) === decision);
  }

  function apply() {
    const v = Object.fromEntries(new FormData(form));
    const words = v.text.toLowerCase().trim();
    found = [];
    D.index.forEach((row, i) => {
      if ((!v.differ || decided(row, v.differ)) &&
          (!v.gold || row[D.GOLD] === v.gold) &&
          (!v.category || (row[D.CATEGORY] ?? "") === v.category.slice(1)) &&
          (!v.decision || isDecision(row, v.decision, v.run)) &&
          (!words || folds()[i].includes(words)))
        found.push(i);
    });
    Search.say(found.length);
    List.set(found, current);
  }

  /* ---- the address ---- */

  /* What the form has when it is reset. */
  const usual = (field) => field === "differ" ?
    (D.index.some((row) => row[D.DIFFERS]) ? "otherwise" : "") : "";

  function params() {
    const out = [];
    for (const [name, field] of Object.entries(NAMES)) {
      const value = form.elements[field].value.trim();
      if (value !== usual(field))
        out.push([name, field === "category" ? value.slice(1) : value]);
    }
    return out;
  }

  /* The filters of an address; one without any leaves them as they are. */
  function setParams(pairs) {
    if (!Object.keys(NAMES).some((name) => pairs.has(name))) return;
    for (const [name, field] of Object.entries(NAMES)) {
      const e = form.elements[field], value = pairs.get(name);
      e.value = value === null ? usual(field) :
        field === "category" ? `=${value}` : value;
      if (e.selectedIndex === -1) e.value = usual(field);
    }
    apply();
  }

  /* ---- choices ---- */

  function fillChoices() {
    const e = form.elements, pairs = [];
    const name = (k) => Text.flat(runs[k].name, 40);
    runs.forEach((_, i) => runs.forEach((_, j) => {
      if (i < j && runs.length > 2)
        pairs.push([`${i}-${j}`, `otherwise by ${name(i)} and ${name(j)}`]);
    }));
    Dom.options(e.differ, [["", "alike or otherwise"],
      ["otherwise", "otherwise by two runs"], ...pairs,
      ["alike", "alike by all"]]);
    Dom.options(e.run, [["", "any run"],
      ...runs.map((_, k) => [String(k), name(k)])]);
    Search.values(e.category, "category", (row) => row[D.CATEGORY]);
    e.differ.value = usual("differ");
  }

  function saving() {
    const button = Dom.id("save-lines");
    Dom.id("save-ids").addEventListener("click", () => Save.ids(found));
    button.addEventListener("click", async () => {
      button.disabled = true;
      await Save.lines(found, () => {}, Prompt.lines);
      button.disabled = false;
    });
  }

  function start(onChange) {
    fillChoices();
    saving();
    Search.start(apply, onChange,
                 () => { form.elements.differ.value = usual("differ"); });
  }

  return { start, params, setParams, setCurrent: (ord) => { current = ord; } };
})();

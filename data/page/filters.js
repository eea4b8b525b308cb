/*
 * filters.js - which prompts are in the list, and in which order.
 *
 * All but the responses is in the index and answers at once. Responses are
 * looked through block by block, in slices of time, so that the page stays
 * usable; what was read once is kept.
 */
"use strict";

const Filters = (() => {
  const { form, status, folds } = Search;
  const SLICE_MS = 24;
  const D = Data;
  let responses = [], run = 0, current = -1;
  let found = [], changed = () => {};

  const tests = {
    gold: (row, v) => row[D.GOLD] === v,
    category: (row, v) => (row[D.CATEGORY] ?? "") === v.slice(1),
    decision: (row, v) => (row[D.DECISION] ?? "open") === v,
    disagree: (row, v) => ({
      traces: () => D.split(row) > 0,
      tie: () => D.split(row) >= 0.3,
      judges: () => row[D.JUDGES] === 1,
      decisions: () => D.contested(row),
      gold: () => ["FN", "FP"].includes(D.outcome(row)),
      unclear: () => row[D.UNDETERMINED] > 0,
    })[v](),
  };
  /* Fields of the data besides the category, by which figures are counted. */
  D.meta.fields.forEach((_, i) => {
    tests[`by${i}`] = (row, v) => (row[D.FIELDS][i] ?? "") === v.slice(1);
  });
  const ofData = (field) => field === "category" || /^by\d+$/.test(field);

  const orders = {
    run: null,
    split: (a, b) => D.split(b) - D.split(a),
    low: (a, b) => bySureness(a, b, 1),
    high: (a, b) => bySureness(a, b, -1),
    tokens: (a, b) => byValue(a[D.TOKENS], b[D.TOKENS], -1),
    refusals: (a, b) => b[D.REFUSAL] / (b[D.N] || 1) -
      a[D.REFUSAL] / (a[D.N] || 1),
  };
  /* Those without a value last in either order. */
  function byValue(x, y, order) {
    if (x === null || y === null) return (x === null) - (y === null);
    return order * (x - y);
  }
  function bySureness(a, b, order) {
    const direction = D.measure ? D.measure.direction || 1 : 1;
    return byValue(a[D.MEAN], b[D.MEAN], order * direction);
  }

  function state() {
    const v = Object.fromEntries(new FormData(form));
    const number = (x) => x === "" || x === undefined ? null : Number(x);
    return {
      words: (v.text || "").toLowerCase().trim(),
      deep: v.deep !== undefined,
      from: number(v.from), to: number(v.to),
      order: v.order || "run",
      picks: Object.keys(tests).filter((k) => v[k]).map((k) => [k, v[k]]),
    };
  }

  function keep(s) {
    const out = [];
    for (let i = 0; i < D.index.length; i++) {
      const row = D.index[i], mean = row[D.MEAN];
      if (s.from !== null && !(mean !== null && mean >= s.from)) continue;
      if (s.to !== null && !(mean !== null && mean <= s.to)) continue;
      if (s.picks.every(([k, v]) => tests[k](row, v))) out.push(i);
    }
    return out;
  }

  async function response(ord) {
    return responses[ord] ??= (await D.prompt(ord)).t
      .map((t) => t.x).join("\n").toLowerCase();
  }

  /* Those of `list` that have the words in a response too; null: overtaken. */
  async function deep(list, s, mine) {
    const out = [];
    let until = performance.now() + SLICE_MS;
    for (let i = 0; i < list.length; i++) {
      const ord = list[i];
      if (folds()[ord].includes(s.words) ||
          (await response(ord)).includes(s.words))
        out.push(ord);
      if (performance.now() < until) continue;
      status.textContent = `Looking through responses: ${
        Dom.count(i + 1)} of ${Dom.count(list.length)} prompts`;
      await new Promise((go) => setTimeout(go));
      if (mine !== run) return null;
      until = performance.now() + SLICE_MS;
    }
    return out;
  }

  function show(list, s) {
    found = list;
    if (orders[s.order])
      list.sort((a, b) => orders[s.order](D.index[a], D.index[b]) || a - b);
    Search.say(list.length);
    List.set(list, current);
  }

  async function apply() {
    const mine = ++run, s = state();
    let list = keep(s);
    if (s.words && s.deep) list = await deep(list, s, mine);
    else if (s.words) {
      const text = folds();
      list = list.filter((i) => text[i].includes(s.words));
    }
    if (list && mine === run) show(list, s);
  }

  /* ---- the address ---- */

  const NAMES = { q: "text", gold: "gold", category: "category",
                  decision: "decision", disagree: "disagree", from: "from",
                  to: "to", order: "order" };
  D.meta.fields.forEach((name, i) => { NAMES[`by.${name}`] = `by${i}`; });

  /* What differs from no filter, for an address: [[name, value], ...] */
  function params() {
    const e = form.elements, out = [];
    for (const [name, field] of Object.entries(NAMES)) {
      const value = e[field].value.trim();
      if (value !== "" && !(field === "order" && value === "run"))
        out.push([name, ofData(field) ? value.slice(1) : value]);
    }
    if (e.deep.checked) out.push(["deep", "1"]);
    return out;
  }

  /* The filters of an address; one without any leaves them as they are. What
   * this run has not is no filter. */
  function setParams(pairs) {
    const names = [...Object.keys(NAMES), "deep"];
    if (!names.some((name) => pairs.has(name))) return;
    const e = form.elements;
    for (const [name, field] of Object.entries(NAMES)) {
      let value = pairs.get(name);
      if (e[field].type === "number" && !Number.isFinite(Number(value)))
        value = null;
      e[field].value = ofData(field) && value !== null ? `=${value}` :
        value ?? (field === "order" ? "run" : "");
      if (e[field].selectedIndex === -1) e[field].selectedIndex = 0;
    }
    e.deep.checked = pairs.get("deep") === "1";
    apply();
  }

  /* ---- saving ---- */

  function saving() {
    const button = Dom.id("save-lines");
    Dom.id("save-ids").addEventListener("click", () => Save.ids(found));
    button.addEventListener("click", async () => {
      const words = button.textContent, list = found;
      button.disabled = true;
      await Save.lines(list, (n) => {
        button.textContent = `${Dom.count(n)} of ${Dom.count(list.length)}`;
      });
      button.textContent = words;
      button.disabled = false;
    });
  }

  function fillChoices() {
    const category = form.elements.category;
    Search.values(category, "category", (row) => row[D.CATEGORY]);
    let last = category;
    D.meta.fields.forEach((name, i) => {
      const select = Dom.make("select", { id: `by${i}`, name: `by${i}` });
      Search.values(select, name, (row) => row[D.FIELDS][i]);
      last.after(Dom.make("label", { for: `by${i}` }, Text.flat(name, 40)),
                 select);
      last = select;
    });
    const name = D.measure ? D.measure.name : "confidence";
    Dom.id("range-name").textContent = `${name} (mean)`;
    Dom.id("range-name").title = "over the traces of a prompt" +
      (D.measure && D.measure.unit ? `; ${D.measure.unit}` : "");
  }

  /* onChange: a reader chose other filters */
  function start(onChange) {
    changed = onChange;
    fillChoices();
    saving();
    Search.start(apply, changed);
  }

  return { start, apply, params, setParams, reset: () => form.reset(),
           pick(field, value) {
             form.elements[field].value = value;
             apply();
             changed();
           },
           setCurrent: (ord) => { current = ord; } };
})();

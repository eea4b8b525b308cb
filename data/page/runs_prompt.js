/*
 * runs_prompt.js - one prompt, open: its text, and beside each other what each
 * run made of it. The runs are named, and stand in the order of, their names or
 * a setting that differs between them: the model, the judge, the policy.
 */
"use strict";

const Prompt = (() => {
  const box = Dom.id("open"), meta = Data.meta, V = Data.vote;
  const GOLD = { refuse: "should be refused", answer: "should be answered",
                 none: "no gold label" };
  const LETTER = { refusal: "R", compliance: "C", undetermined: "?",
                   open: "\u2026", missing: "\u2013" };
  const hidden = new Set(); /* runs that are not shown */
  let ord = -1, row = null, detail = null, by = "", changed = () => {};

  /* ---- names ---- */

  const setting = () => meta.settings.indexOf(by);
  const nameOf = (k) => setting() < 0 ? meta.runs[k].name :
    meta.runs[k].settings[setting()] ?? "(not set)";
  const order = () => meta.runs.map((_, k) => k).filter((k) => !hidden.has(k))
    .sort((a, b) => setting() < 0 ? a - b : nameOf(a).localeCompare(
      nameOf(b), "en", { numeric: true }) || a - b);

  /* A mark for each run, for the list. */
  const marks = (r) => Dom.make("span.marks", null, ...meta.runs.map((run, k) => {
    const d = Data.decision(r, k);
    return Dom.make(`span.mark.${d}`, { title: `${run.name}: ${
      d === "open" ? "not decided" : d}` }, LETTER[d]);
  }));

  /* ---- traces ---- */

  function verdictOf(k, trace) {
    const v = trace.v.find((x) => meta.runs[k].judges[x[0]] ===
      meta.runs[k].judge);
    return v ? { verdict: v[2], rule: v[3], off: v[4], len: v[5] } :
      { verdict: "undetermined", rule: "", off: 0, len: 0 };
  }

  function fillBody(body, trace, v) {
    const hits = v.len > 0 ?
      [{ from: v.off, to: v.off + v.len, name: "hit" }] : [];
    if (trace.a !== 0 && trace.x.length)
      hits.push({ from: 0, to: trace.a < 0 ? trace.x.length : trace.a,
                  name: "thinking" });
    Text.inParts(body, trace.x, (part, from, to) =>
      Tokens.fill(part, trace, null, null, hits, from, to));
    if (!trace.x.length)
      body.append(Dom.make("span.note", null, "(empty response)"));
    return body;
  }

  function card(k, trace) {
    const v = verdictOf(k, trace), m = meta.runs[k].measure;
    const mean = m === null ? null : trace.m[m];
    return Dom.make("section.trace", {
      "aria-label": `Trace ${trace.i + 1} of ${meta.runs[k].name}` },
      Dom.make("header", null, Dom.make("h5", null, `Trace ${trace.i + 1}`),
        Dom.make(`span.chip.${v.verdict}`, null, v.verdict),
        mean !== null ? Dom.make("span.mean", null,
          `${meta.runs[k].measures[m]} ${mean.toPrecision(3)}`) : null),
      Text.Veil.wrap(row, ord, trace.x.length, () => fillBody(
        Dom.make("div.text.body", { dir: "auto", tabindex: 0, role: "group",
          "aria-label": `Text of trace ${trace.i + 1} of ${
            meta.runs[k].name}` }), trace, v)),
      Dom.make("p.note", { dir: "auto" }, 
        `rule: ${Text.rule(v.rule, 120)}`));
  }

  /* Right and wrong as on a run's page. */
  function outcome(decision) {
    const gold = row[Data.GOLD];
    if (gold === "none" || !["refusal", "compliance"].includes(decision))
      return null;
    const name = gold === "refuse" ? (decision === "refusal" ? "TP" : "FN") :
      decision === "refusal" ? "FP" : "TN";
    return Dom.make(`span.outcome.${name}`, null, name);
  }

  function facts(k) {
    const v = row[Data.RUNS][k], d = Data.decision(row, k);
    const list = Dom.make("dl.facts");
    const add = (name, ...words) => list.append(
      Dom.make("dt", null, name), Dom.make("dd", { dir: "auto" }, ...words));
    add("decision", Dom.make(`span.chip.${d}`, null,
      d === "open" ? "not decided yet" : d), outcome(d),
      v[V.N] ? ` ${Dom.count(v[V.REFUSAL])} of ${
        Dom.plural(v[V.N], "trace")} refuse` : null);
    add("judge", Text.flat(meta.runs[k].judge, 80));
    if (setting() >= 0) add("run", Text.flat(meta.runs[k].name, 80));
    return list;
  }

  function column(k) {
    const part = Dom.make("section", { "aria-label": meta.runs[k].name },
      Dom.make("h4", { dir: "auto" }, Text.flat(nameOf(k), 120)));
    if (!detail[k]) {
      part.append(Dom.make("p.note", null, "This run has not this prompt."));
      return part;
    }
    part.append(facts(k));
    const other = row[Data.RUNS][k][V.OTHER];
    if (other !== undefined)
      part.append(Dom.make("p.note", null, "Another text under the same id:"),
        Text.Veil.wrap(row, ord, other.length,
                       () => Text.block(other, "Its own text")));
    part.append(...detail[k].t.map((t) => card(k, t)));
    if (!detail[k].t.length) part.append(Dom.make("p.note", null, "No traces."));
    return part;
  }

  /* ---- the whole ---- */

  function tools() {
    const select = Dom.make("select", { id: "by", change: (event) => {
      by = event.target.value;
      show();
      changed();
      Dom.id("by").focus();
    } });
    Dom.options(select, [["", "run"], ...meta.settings.map((s) => [s, s])]);
    select.value = by;
    const picks = meta.runs.map((run, k) => Dom.make("span.tick", null,
      Dom.make("input", { type: "checkbox", id: `run-${k}`,
        checked: !hidden.has(k), change: (event) => {
          if (event.target.checked) hidden.delete(k); else hidden.add(k);
          show();
          Dom.id(`run-${k}`).focus();
        } }), Dom.make("label", { for: `run-${k}` }, Text.flat(run.name, 60))));
    return Dom.make("div.tools", null, Dom.make("span.pair", null,
      Dom.make("label", { for: "by" }, "Name and order by"), select),
      Dom.make("fieldset.picks", null, Dom.make("legend", null, "Runs"),
               ...picks));
  }

  function show() {
    if (!detail) return;
    box.replaceChildren(List.head(row), Dom.make("div.prompt", null,
      Text.Veil.wrap(row, ord, row[Data.TEXT].length,
        () => Text.block(row[Data.TEXT], "Text of the prompt"))),
      Dom.make("p.note", null, GOLD[row[Data.GOLD]],
        row[Data.CATEGORY] === null ? null :
          `; category ${Text.flat(row[Data.CATEGORY], 200)}`),
      tools(), Dom.make("div.runs", { tabindex: 0, role: "region",
        "aria-label": "The runs beside each other" }, ...order().map(column)));
  }

  async function open(which) {
    ord = which;
    row = Data.index[which];
    detail = null;
    document.body.classList.add("detail");
    const got = await Promise.all(meta.runs.map(
      (_, k) => Data.prompt(which, k)));
    if (ord !== which) return;
    detail = got;
    show();
    box.scrollTop = 0;
  }

  /* For saving: a line for each trace of each run. */
  async function lines(which) {
    const r = Data.index[which], out = [];
    for (const [k, run] of meta.runs.entries()) {
      const got = await Data.prompt(which, k);
      for (const t of got ? got.t : [])
        out.push(`${JSON.stringify({
          id: r[Data.ID], prompt: r[Data.RUNS][k][V.OTHER] ?? r[Data.TEXT],
          category: r[Data.CATEGORY], gold: r[Data.GOLD], label: r[Data.LABEL],
          run: run.name, decision: r[Data.RUNS][k][V.DECISION],
          judge: run.judge, trace: t.i + 1, response: t.x, finish: t.f,
          tokens: t.n, verdict: verdictOf(k, t).verdict })}\n`);
    }
    return out;
  }

  function start(onChange) {
    changed = onChange;
    Text.Veil.changed(show);
  }

  return { start, open, marks, lines, by: () => by,
           setBy: (key) => { if (meta.settings.includes(key)) by = key; } };
})();

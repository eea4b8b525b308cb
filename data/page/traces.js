/*
 * traces.js - one prompt, open: its text, decision, traces side by side with
 * heat map and marked spans, verdicts, and where each policy would have
 * stopped.
 */
"use strict";

const Traces = (() => {
  const box = Dom.id("open"), tip = Dom.id("tip");
  const heats = ["off", "conf", "logprob", "entropy"];
  let ord = -1, row = null, detail = null, tokens = [];
  let heat = "conf", policy = null, scale = null, cursor = null;
  let changed = () => {};

  const GOLD = { refuse: "should be refused", answer: "should be answered",
                 none: "no gold label" };

  /* ---- the box that follows pointer and keys ---- */

  const nats = (value, more = "") => value.x === null ? value.words :
    `${value.words} nats${more}`;

  function describe(t, i, trace) {
    const from = t.ends ? (i ? t.ends[i - 1] : 0) : 0;
    const to = t.ends ? t.ends[i] : 0;
    const logprob = Tokens.value(t, i, "logprob");
    const item = (name, words) => [Dom.make("dt", null, name),
                                   Dom.make("dd", null, words)];
    const text = Dom.make("p.token", { dir: "auto" });
    if (from === to) text.append(t.ends ? "(no text of its own)" :
                                 "(its place is not recorded)");
    else Text.put(text, JSON.stringify(trace.x.slice(from, Math.min(to,
                        from + 80))) + (to - from > 80 ? "\u2026" : ""));
    return [text, Dom.make("dl", null,
      ...item("token", `${Dom.count(i + 1)} of ${Dom.count(t.n)}`),
      ...item("confidence C", nats(Tokens.value(t, i, "conf"),
                                   `, k ${trace.k}`)),
      ...item("log-probability", nats(logprob)),
      ...item("probability", logprob.x === null ? logprob.words :
        `${(100 * Math.exp(-logprob.x)).toPrecision(3)} %`),
      ...item("entropy", nats(Tokens.value(t, i, "entropy")))),
      Alternatives.table(trace, i, { text: trace.x.slice(from, Math.min(to,
        from + 80)), logprob: -logprob.x })].filter((e) => e);
  }

  function showTip(e, body) {
    const k = Number(body.dataset.trace), i = Number(e.dataset.i);
    if (cursor) cursor.classList.remove("cursor");
    cursor = e;
    cursor.classList.add("cursor");
    tip.replaceChildren(...describe(tokens[k], i, detail.t[k]));
    tip.hidden = false;
    const at = e.getClientRects()[0] || e.getBoundingClientRect();
    const size = tip.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left, innerWidth - size.width - 8));
    const below = at.bottom + 6 + size.height < innerHeight;
    tip.style.left = `${left}px`;
    tip.style.top = `${below ? at.bottom + 6 : Math.max(8,
      at.top - size.height - 6)}px`;
  }

  function hideTip() {
    if (cursor) cursor.classList.remove("cursor");
    cursor = null;
    tip.hidden = true;
  }

  function moveCursor(event) {
    const body = event.currentTarget;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape" && cursor) hideTip();
    else if (step && body.querySelector(".tok")) {
      const at = cursor && body.contains(cursor) ?
        Number(cursor.dataset.i) + step : 0;
      const next = body.querySelector(`.tok[data-i="${at}"]`);
      if (!next) return;
      next.scrollIntoView({ block: "nearest" });
      showTip(next, body);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /* ---- a trace ---- */

  const verdicts = (trace) => trace.v.map(
    ([judge, version, verdict, rule, off, len, score, reply]) => ({
      label: Data.meta.judges[judge].label, window: Data.meta.judges[judge].window,
      version, verdict, rule, off, len, score, reply }));

  function marks(trace, label) {
    const list = [];
    if (trace.a > 0) list.push({ from: 0, to: trace.a, name: "thinking" });
    if (trace.a < 0)
      list.push({ from: 0, to: trace.x.length, name: "thinking" });
    for (const v of label === null ? [] : verdicts(trace))
      if (v.label === label && v.len > 0)
        list.push({ from: v.off, to: v.off + v.len, name: "hit" });
    return list;
  }

  function fillBody(k, body, label) {
    const trace = detail.t[k];
    body.replaceChildren();
    Text.inParts(body, trace.x, (part, from, to) => Tokens.fill(
      part, trace, tokens[k], scale, marks(trace, label), from, to));
    if (!trace.x.length)
      body.append(Dom.make("span.note", null, "(empty response)"));
  }

  function verdictItem(k, v, body) {
    const trace = detail.t[k];
    const span = v.len > 0 ? Dom.make("q", { dir: "auto" }, Text.flat(
      trace.x.slice(v.off, v.off + v.len), 120)) : null;
    const point = () => fillBody(k, body, v.label);
    const item = Dom.make("li", null,
      Dom.make("button.link", { type: "button", click: point, mouseenter: point,
        focus: point, title: `version ${v.version}; mark the span it matched`,
      }, Text.flat(v.label, 80)), " ",
      Dom.make(`span.chip.${v.verdict}`, null, v.verdict), " ",
      Dom.make("span.rule", { dir: "auto" }, Text.rule(v.rule, 200)),
      v.score !== null ? ` score ${v.score.toFixed(3)}` : null,
      span ? " " : null,
      span && Text.Veil.on(row, ord) ? null : span);
    if (v.reply !== null && !Text.Veil.on(row, ord))
      item.append(Dom.make("details", null,
        Dom.make("summary", null, "its reply"), Text.block(v.reply)));
    return item;
  }

  function measures(trace) {
    const list = Dom.make("dl.measures");
    Data.meta.measures.forEach((m, i) => {
      const x = trace.m[i];
      list.append(
        Dom.make("dt", null, m.name),
        Dom.make("dd", null, x === null ? "none" :
          `${x.toPrecision(4)}${m.unit ? ` ${m.unit}` : ""}`));
    });
    return Dom.make("details", null, Dom.make("summary", null, "Measures"),
                    list);
  }

  const ENDS = { stop: "the model ended it", length: "token limit",
                 context: "context full", filter: "blocked by the provider",
                 error: "error", unknown: "how it ended is not known" };
  const CUTS = { window: "cut by the answer window",
                 confidence: "cut by the policy's bar: no vote" };

  function card(k) {
    const trace = detail.t[k];
    const hidden = Labels.hides(ord, trace.i), veiled = Text.Veil.on(row, ord);
    const m = Data.meta.measure;
    const verdict = Stops.verdict(trace);
    const body = Dom.make("div.text.body", {
      dir: "auto", tabindex: 0, role: "group", "data-trace": k,
      "aria-label": `Text of trace ${trace.i + 1}; left and right arrows go ` +
        "over its tokens",
      keydown: moveCursor, blur: hideTip,
    });
    const copy = veiled ? null : Dom.make("button", {
      type: "button", "aria-label": `Copy the text of trace ${trace.i + 1}`,
      click: () => Save.copy(trace.x, copy) }, "Copy");
    const stop = policy === null ? null : detail.s[policy];
    const undrawn = stop && k >= stop[0];
    return Dom.make(`section.trace${undrawn ? ".undrawn" : ""}${
      Labels.isCurrent(ord, trace.i) ? ".current" : ""}`, {
      "data-k": k, "aria-label": `Trace ${trace.i + 1}` },
      Dom.make("header", null,
        Dom.make("h4", null, `Trace ${trace.i + 1}`),
        hidden ? null : Dom.make(`span.chip.${verdict}`, null, verdict),
        m !== null && trace.m[m] !== null ? Dom.make("span.mean", null,
          `${Data.measure.name} ${trace.m[m].toPrecision(3)}`) : null, copy),
      Dom.make("p.note", null, `${trace.n === null ?
        "tokens not in the input" : Dom.plural(trace.n, "token")}; ${
        trace.c ? CUTS[trace.c] : ENDS[trace.f]}${
        trace.d ? `; drawn ${trace.d} times, as what came before was lost`
                : ""}${trace.u ? `; by ${trace.u}` : ""}`,
        undrawn ? Dom.make("strong", null,
                           `; not drawn by ${Data.meta.policies[policy]}`) : null),
      Text.Veil.wrap(row, ord, trace.x.length, () => {
        fillBody(k, body, hidden ? null : Data.judge());
        return body;
      }),
      Labels.tools(ord, trace.i, veiled),
      hidden ? Dom.make("p.note", null,
                        "Verdicts are hidden until you have labelled it.") :
        Dom.make("ul.verdicts", null,
                 ...verdicts(trace).map((v) => verdictItem(k, v, body))),
      measures(trace));
  }

  /* ---- the tools above the traces ---- */

  function legend() {
    if (!scale) return null;
    const bar = Dom.make("span.ramp", { "aria-hidden": "true" });
    for (let i = 0; i < Tokens.LEVELS; i++)
      bar.append(Dom.make(`span.h${i}`));
    const [sure, unsure] = scale.surer > 0 ? [scale.hi, scale.lo] :
      [scale.lo, scale.hi];
    return Dom.make("span.legend", {
      title: "from the 2nd to the 98th percentile of this prompt's tokens" },
      `sure ${scale.words(sure)}`, bar, `unsure ${scale.words(unsure)} nats`);
  }

  function tools() {
    const select = Dom.make("select", { id: "heat", change: (event) => {
      heat = event.target.value;
      show();
      changed();
      Dom.id("heat").focus();
    } });
    Dom.options(select, [["off", "no heat map"],
      ...Object.entries(Tokens.KINDS).map(([k, v]) => [k, v.words])]);
    select.value = heat;
    const known = Object.keys(Tokens.KINDS).filter(
      (kind) => tokens.some((t) => Tokens.has(t, kind)));
    for (const option of select.options)
      if (option.value !== "off" && !known.includes(option.value)) {
        option.disabled = true;
        if (known.length) option.textContent += " (not known)";
      }
    select.disabled = !known.length;
    const picker = Dom.make("select", { id: "policy", change: (event) => {
      policy = event.target.value === "" ? null : Number(event.target.value);
      show();
      Dom.id("policy").focus();
    } });
    Dom.options(picker, [["", "as the run did"],
      ...Data.meta.policies.map((name, i) => [String(i), name])]);
    picker.value = policy === null ? "" : String(policy);
    return Dom.make("div.tools", null,
      Dom.make("span.pair", null,
        Dom.make("label", { for: "heat" }, "Colour tokens by"), select),
      legend(),
      Data.meta.policies.length ? Dom.make("span.pair", null,
        Dom.make("label", { for: "policy" }, "Stop by"), picker) : null,
      !known.length && detail.t.some((t) => t.x.length) && !detail.capped ?
        Dom.make("p.note", null, "There are no log-probabilities.") : null,
      detail.capped && row[Data.TOKENS] ? Dom.make("p.note", null,
        "Token values of this prompt are not in the page, whose limit on them " +
        "was reached before it; the run file has them.") : null);
  }

  function facts() {
    const outcome = Data.outcome(row);
    const list = [];
    const add = (name, ...words) => list.push(
      Dom.make("dt", null, name), Dom.make("dd", { dir: "auto" }, ...words));
    add("gold label", GOLD[row[Data.GOLD]], row[Data.LABEL] === null ? "" :
      ` (in the data: ${Text.flat(row[Data.LABEL], 200)})`);
    if (row[Data.CATEGORY] !== null)
      add("category", Text.flat(row[Data.CATEGORY], 200));
    if (Labels.blind()) add("decision", "hidden while you label");
    else add("decision", Dom.make(`span.chip.${row[Data.DECISION] || "open"}`, null,
      row[Data.DECISION] || "not decided yet"),
      outcome ? Dom.make(`span.outcome.${outcome}`, null, outcome) : null,
      row[Data.N] ? ` ${Dom.plural(row[Data.REFUSAL], "refusal")}, ${
        Dom.plural(row[Data.COMPLIANCE], "compliance")} and ${
        Dom.count(row[Data.UNDETERMINED])} undetermined in ${
        Dom.count(row[Data.N])} of at most ${
        Dom.plural(Data.meta.max_traces, "trace")}, by ${
        Text.flat(Data.judge(), 80)}` : null);
    if (row[Data.REASON] && !Labels.blind())
      add("stopped", row[Data.REASON], row[Data.CALIBRATION] ?
        " (calibration prompt: all traces drawn to set the threshold)" : "");
    if (row[Data.PROBLEM] !== null)
      add("not run", Text.flat(row[Data.PROBLEM], 400));
    return Dom.make("dl.facts", null, ...list);
  }

  /* The trace that a key labels: the one at hand, else the first without a
   * label. */
  function atHand() {
    const cards = [...box.querySelectorAll(".trace")];
    return document.activeElement?.closest?.(".trace") ||
      cards.find((e) => e.classList.contains("current")) || cards[0];
  }

  function label(letter) {
    const e = detail && atHand();
    if (e) Labels.choose(letter, ord, detail.t[Number(e.dataset.k)].i,
                         Text.Veil.on(row, ord));
  }

  /* As show(), with the focus where it was, or at the trace at hand. */
  function redraw() {
    if (!detail) return;
    const old = document.activeElement;
    const k = old?.closest?.(".trace")?.dataset.k;
    const had = box.contains(old);
    show();
    const e = box.querySelector(".trace.current") ||
      (k === undefined ? null : box.querySelector(`.trace[data-k="${k}"]`));
    if (!had) return;
    if (!e) box.querySelector(".labelling button")?.focus();
    else (e.querySelector(".body") || e.querySelector("button")).focus();
  }

  function show() {
    hideTip();
    Labels.saw(ord);
    scale = heat === "off" ? null : Tokens.scale(tokens, heat);
    const table = Stops.table(row, detail, policy, (i) => {
      policy = i;
      show();
    });
    const old = box.querySelector("details.stops-box");
    const wide = Dom.make("details.stops-box",
      { open: old ? old.open : false },
      Dom.make("summary", null, "Where each policy would have stopped"),
      table || Dom.make("p.note", null, "No policies in this report."));
    box.replaceChildren(List.head(row),
      Dom.make("div.prompt", null,
               Text.Veil.wrap(row, ord, row[Data.TEXT].length,
                              () => Text.block(row[Data.TEXT],
                                               "Text of the prompt"))),
      facts(), table && !Labels.blind() ? wide : "", Labels.bar() || "",
      tools(),
      Dom.make("div.traces", null, ...detail.t.map((_, k) => card(k))));
    if (!detail.t.length)
      box.append(Dom.make("p.note", null, "No traces."));
  }

  async function open(which) {
    ord = which;
    row = Data.index[which];
    detail = null;
    hideTip();
    document.body.classList.add("detail");
    if (!Dom.id(`p${which}`))
      box.replaceChildren(Dom.make("p.note", null, "Still loading\u2026"));
    const got = await Data.prompt(which);
    if (ord !== which) return;
    detail = got;
    tokens = detail.t.map(Tokens.decode);
    show();
    const now = box.querySelector(".trace.current");
    box.scrollTop = 0;
    now?.scrollIntoView({ block: "nearest" });
    (now?.querySelector(".body") || now?.querySelector("button"))?.focus(
      { preventScroll: true });
  }

  /* Who asked for a text goes on in it. */
  function unveil() {
    if (!detail) return;
    const asked = document.activeElement?.closest?.(".veil");
    const at = [...box.querySelectorAll(".veil")].indexOf(asked);
    show();
    if (asked && at >= 0)
      box.querySelectorAll(".prompt > .text, .trace .body")[at]?.focus();
  }

  function start(onChange) {
    changed = onChange;
    box.addEventListener("pointerover", (event) => {
      const e = event.target.closest(".tok");
      if (e) showTip(e, e.closest(".body"));
    });
    box.addEventListener("pointerout", (event) => {
      if (!event.relatedTarget || !event.relatedTarget.closest?.(".tok"))
        hideTip();
    });
    box.addEventListener("scroll", hideTip, { passive: true, capture: true });
    Text.Veil.changed(unveil);
  }

  const nextHeat = () => {
    heat = heats[(heats.indexOf(heat) + 1) % heats.length];
    if (detail) show();
    changed();
  };

  return { start, open, nextHeat, heat: () => heat,
           redraw, label,
           setHeat: (h) => { if (heats.includes(h)) heat = h; } };
})();

/*
 * labels.js - labels by hand: what a person says a trace is, kept in the browser
 * and saved as a file that `deepconf validate-judge` and `--correct-with` read
 * (docs/LABELS.md).
 *
 * Which traces to label, and the head of the file, are deepconf's ("label" of
 * "dc-meta"); without it there is nothing to label here. Judges' verdicts are
 * out of sight until a trace is labelled, or the label says that they were
 * seen.
 */
"use strict";

const Labels = (() => {
  const meta = Data.meta.label;
  const CHOICES = { r: ["refusal", "Refusal"], c: ["compliance", "Compliance"],
                    p: ["partial", "Partial"],
                    u: ["undetermined", "Can't tell"] };
  const NONE = "none";
  const at = (ord, idx) => `${ord} ${idx}`;
  /* Places of the draw, up to the first of each stratum that is not here. */
  const draw = [], stratum = new Map();
  const labels = new Map(); /* at() -> {label, note, seen, time} */
  const seen = new Set();   /* ord: its verdicts were on the screen */
  let on = false, blind = true, by = "", current = null, kept = true;
  let changed = () => {}, open = () => {}, said = "";

  function readDraw() {
    const closed = new Set();
    for (const [ord, idx, s] of meta.draw) {
      if (ord >= Data.index.length) closed.add(s);
      if (closed.has(s)) continue;
      draw.push([ord, idx]);
      stratum.set(at(ord, idx), meta.strata[s]);
    }
  }

  const of = (ord, idx) => {
    const x = labels.get(at(ord, idx));
    return x && x.label !== NONE ? x : null;
  };
  const drawnLabelled = () => draw.filter(([o, i]) => of(o, i)).length;
  const count = () => [...labels.values()].filter((x) => x.label !== NONE)
    .length;

  /* ---- kept in the browser ---- */

  const place = meta ? `deepconf-labels ${meta.run} ${meta.judge}` : "";

  function keep() {
    try {
      localStorage.setItem(place, JSON.stringify(
        { labels: [...labels], seen: [...seen], by }));
      kept = true;
    } catch { /* not allowed for this file, or full */
      kept = labels.size === 0;
    }
  }

  function recall() {
    try {
      const x = JSON.parse(localStorage.getItem(place));
      if (!x) return;
      for (const [k, v] of x.labels)
        if (isHere(...k.split(" ").map(Number)) && isLabel(v.label))
          labels.set(k, v);
      x.seen.forEach((ord) => seen.add(ord));
      by = x.by;
    } catch { /* nothing there, or not ours */ }
  }

  /* ---- the file ---- */

  /* Its lines, behind the head; keys as in docs/LABELS.md. */
  async function lines() {
    const out = [meta.head.trimEnd()];
    for (const [key, x] of labels) {
      const [ord, idx] = key.split(" ").map(Number), row = Data.index[ord];
      const trace = (await Data.prompt(ord)).t.find((t) => t.i === idx);
      if (!trace) continue; /* of a page that had more */
      out.push(JSON.stringify({ id: row[Data.ID], index: idx,
        sha256: sha256(trace.x), label: x.label,
        stratum: stratum.get(key) ?? null, seen: x.seen,
        note: x.note || undefined, by: by || undefined,
        time: x.time || undefined,
        prompt: row[Data.TEXT], response: trace.x }));
    }
    return `${out.join("\n")}\n`;
  }

  const isHere = (ord, idx) => Number.isInteger(idx) && idx >= 0 &&
    idx < Data.index[ord]?.[Data.TRACES];
  const isLabel = (label) => label === NONE ||
    Object.values(CHOICES).some(([value]) => value === label);

  /* A file's labels come in but where a later one is here. */
  function take(text) {
    let mine = null, n = 0, other = 0;
    for (const line of text.split("\n").filter((l) => l.trim())) {
      const x = JSON.parse(line);
      if (x.format !== undefined) {
        mine = x.format === "deepconf-labels 1" && x.run === meta.run;
        continue;
      }
      const ord = Data.place.get(x.id);
      if (!mine || !isHere(ord, x.index) || !isLabel(x.label)) {
        other++;
        continue;
      }
      const key = at(ord, x.index), time = String(x.time ?? "");
      if ((labels.get(key)?.time ?? "") > time) continue;
      labels.set(key, { label: x.label, note: String(x.note ?? ""),
                        seen: x.seen === true, time });
      n++;
    }
    return `${Dom.plural(n, "label")} taken from the file` + (other ?
      `; ${Dom.plural(other, "line")} of other runs, or that mean nothing here, left out` : "");
  }

  async function load(file) {
    try {
      said = take(await file.text());
    } catch {
      said = "This is no file of labels: a line of it is no JSON.";
    }
    keep();
    changed();
  }

  /* ---- labelling ---- */

  function put(ord, idx, label, note) {
    const old = of(ord, idx), again = old && old.label === label;
    labels.set(at(ord, idx), {
      label: again && note === undefined ? NONE : label,
      note: note ?? old?.note ?? "",
      seen: old ? old.seen : !blind || seen.has(ord),
      time: `${new Date().toISOString().slice(0, 19)}Z` });
    keep();
  }

  function next() {
    const todo = draw.find(([ord, idx]) => !of(ord, idx));
    current = todo ? at(...todo) : null;
    said = todo ? "" : "All drawn traces are labelled.";
    if (todo) open(todo[0]);
    changed();
  }

  /* A key, or a button, for the trace at hand; veiled: its text is hidden. */
  function choose(letter, ord, idx, veiled) {
    if (veiled) {
      said = "Its text is hidden: show it first (b shows all).";
      changed();
      return;
    }
    const walking = current === at(ord, idx) && stratum.has(current) &&
      !of(ord, idx);
    current = at(ord, idx);
    said = "";
    put(ord, idx, CHOICES[letter][0]);
    if (walking) next();
    else changed();
  }

  function setOn(yes) {
    on = yes;
    said = "";
    document.body.classList.toggle("blind", on && blind);
    changed();
  }

  /* ---- on the screen ---- */

  function bar() {
    if (!meta) return null;
    const button = (words, click, more) => Dom.make("button", {
      type: "button", click, ...more }, words);
    if (!on)
      return Dom.make("p.labelling", null, button("Label by hand",
        () => setOn(true), { title: "key l" }), count() ?
        ` ${Dom.plural(count(), "label")} so far` : null);
    const hide = Dom.make("input", { type: "checkbox", id: "blind",
      checked: blind, change: () => { blind = hide.checked; setOn(true); } });
    const name = Dom.make("input", { id: "by", value: by, size: 10,
      autocomplete: "off",
      change: () => { by = name.value.trim(); keep(); } });
    const file = Dom.make("input", { type: "file", id: "labels-file",
      hidden: true, accept: ".jsonl",
      change: () => { if (file.files[0]) load(file.files[0]); } });
    return Dom.make("div.labelling.on", { role: "region",
      "aria-label": "Labels by hand" },
      button("Next drawn trace", next, { title: "key d" }),
      Dom.make("span", { id: "label-count" }, `${Dom.count(drawnLabelled())} of ${
        Dom.plural(draw.length, "drawn trace")} labelled, ${
        Dom.plural(count() - drawnLabelled(), "other")}`),
      Dom.make("span.tick", null, hide, Dom.make("label", { for: "blind" },
        "hide verdicts until labelled")),
      Dom.make("span.pair", null, Dom.make("label", { for: "by" }, "by"), name),
      button("Save labels", async () => Save.file(
        `${Save.stem()}-labels.jsonl`, "application/jsonl", await lines()),
        { id: "save-labels", disabled: labels.size === 0 }),
      button("Load labels", () => file.click(), { id: "load-labels" }), file,
      button("Stop", () => setOn(false), { title: "key l" }),
      Dom.make("p.note", { role: "status" }, said || (kept ? "" :
        "This browser keeps nothing for this page: save before you close it.")));
  }

  /* Below the text of a trace. */
  function tools(ord, idx, veiled) {
    if (!on) return null;
    const x = of(ord, idx);
    const note = Dom.make("input", { placeholder: "note", disabled: !x,
      "aria-label": `Note on trace ${idx + 1}`, value: x?.note ?? "",
      change: () => put(ord, idx, of(ord, idx).label, note.value.trim()) });
    return Dom.make("div.label-tools", { role: "group",
      "aria-label": `Label of trace ${idx + 1}` },
      ...Object.entries(CHOICES).map(([letter, [value, words]]) =>
        Dom.make(`button.${value}`, { type: "button",
          "aria-pressed": x?.label === value ? "true" : "false",
          click: () => choose(letter, ord, idx, veiled) },
        `${words} `, Dom.make("kbd", null, letter))), note);
  }

  function start(onChange, onOpen) {
    if (!meta) return;
    changed = onChange;
    open = onOpen;
    readDraw();
    recall();
    addEventListener("beforeunload", (event) => {
      if (!kept) event.preventDefault();
    });
  }

  return {
    start, bar, tools, next, choose,
    on: () => on,
    toggle: () => { if (meta) setOn(!on); },
    isKey: (letter) => on && letter in CHOICES,
    isCurrent: (ord, idx) => on && current === at(ord, idx),
    setCurrent: (ord, idx) => { current = at(ord, idx); },
    /* Are verdicts on this trace out of sight? */
    hides: (ord, idx) => on && blind && !of(ord, idx),
    blind: () => on && blind,
    saw(ord) {
      if (!meta || (on && blind) || seen.has(ord)) return;
      seen.add(ord);
      keep();
    },
    take, lines,
  };
})();

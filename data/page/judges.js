/*
 * judges.js - the run by another of its judges: decisions, outcomes and rates
 * as deepconf made them (src/page/page_judges.c); this only puts them in place.
 */
"use strict";

const Judges = (() => {
  const select = Dom.id("judge"), list = Data.meta.deciders;
  const TILES = [["sensitivity", "Sensitivity", "to be refused"],
                 ["specificity", "Specificity", "to be answered"],
                 ["precision", "Precision", "refused"]];
  const listeners = [];

  const percent = (x) => `${(100 * x).toFixed(1)}`;

  function bar([value, lo, hi]) {
    const part = (cls, x, y, width, height) => Dom.svg("rect", {
      class: cls, x, y, width, height });
    return Dom.svg("svg", { class: "bar", viewBox: "0 0 100 6",
      "aria-hidden": "true", preserveAspectRatio: "none" },
      part("track", 0, 2, 100, 2),
      part("range", 100 * lo, 1.5, 100 * (hi - lo), 3),
      part("at", 98.8 * value, 0, 1.2, 6));
  }

  function tile([key, name, of], rate) {
    const head = Dom.make("h3", null, name);
    if (!rate)
      return Dom.make("div.tile", { "data-rate": key }, head,
        Dom.make("p.big", null, "no value"),
        Dom.make("p", null, `0 prompts ${of}`));
    const [value, lo, hi, k, n] = rate;
    return Dom.make("div.tile", { "data-rate": key }, head,
      Dom.make("p.big", null, `${percent(value)}\u00a0%`), bar(rate),
      Dom.make("p", null, `${percent(lo)} to ${percent(hi)}\u00a0%, ${
        Dom.count(k)} of ${Dom.count(n)} ${of}`));
  }

  /* Prompts of the viewer that this judge decides otherwise. */
  function others(onShow) {
    const n = Data.index.filter((row, i) => row[Data.DECISION] !== null &&
      row[Data.DECISION] !== Data.ownDecision(i)).length;
    return Dom.make("div.tile", null, Dom.make("h3", null, "Decided otherwise"),
      Dom.make("p.big", null, Dom.count(n)),
      Dom.make("p", null, `of ${Dom.plural(Data.index.length, "prompt")}, than by ${
        Text.flat(list[0].label, 60)}`),
      n ? Dom.make("p", null, Dom.make("button.link", { type: "button",
        click: onShow }, "Show where judges decide differently")) : null);
  }

  /* In place of the tiles of the report; nothing where its own judge is
   * chosen. */
  function draw(onShow) {
    const k = Data.judgeAt(), chosen = list[k];
    const tiles = document.querySelector("#summary > .tiles");
    Dom.id("judge-tiles")?.remove();
    if (tiles) tiles.hidden = k > 0;
    if (!k) return;
    const box = Dom.make("section.other-judge", { id: "judge-tiles",
      "aria-label": "Figures by the judge chosen" },
      Dom.make("p", null, Dom.make("strong", null,
        `By ${Text.flat(chosen.label, 80)}: `),
        "these figures, the list of prompts and FP and FN. Everything else on " +
        `this page is by ${Text.flat(list[0].label, 80)}.`),
      Dom.make("div.tiles", null,
        ...TILES.map((t) => tile(t, chosen[t[0]])), others(onShow)),
      chosen.says ? Dom.make("p.note", null, Text.flat(
        `${chosen.says[0].toUpperCase()}${chosen.says.slice(1)}.`, 900)) :
        null);
    const head = document.querySelector("#summary > .lead") ||
      document.querySelector("#summary > h1");
    if (head) head.after(box);
    else Dom.id("summary").prepend(box);
  }

  /* A label of an address; one that this run has not is passed over. */
  function choose(label) {
    const k = list.findIndex((d) => d.label === label);
    if (k < 0 || k === Data.judgeAt()) return;
    Data.setJudge(k);
    select.value = label;
    listeners.forEach((f) => f());
  }

  /* onShow: show the prompts on which judges decide differently */
  function start(onShow) {
    const silent = Data.meta.silent;
    Dom.id("judge-pick").hidden = list.length + silent.length < 2;
    Dom.options(select, list.map((d) => [d.label, Text.flat(d.label, 40)]));
    for (const label of silent)
      select.append(Dom.make("option", { disabled: true },
        `${Text.flat(label, 40)} (has not judged every trace)`));
    select.addEventListener("change", () => choose(select.value));
    listeners.push(() => draw(onShow));
  }

  return { start, choose, changed: (f) => listeners.push(f),
           param: () => Data.judgeAt() ? Data.judge() : null };
})();

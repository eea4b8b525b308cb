/*
 * judges.js - the run by another of its judges: decisions, outcomes and rates
 * as deepconf made them (src/page/page_judges.c); this only puts them in place.
 */
"use strict";

const Judges = (() => {
  const select = Dom.id("judge"), list = Data.meta.deciders;
  const listeners = [];

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

  /* The tiles that this judge's figures stand on, made by deepconf; nothing of
   * a judge that has none. */
  function tilesOf(label) {
    const made = [...document.querySelectorAll("#summary > .tiles")]
      .find((e) => e.dataset.judge === label);
    const tiles = made ? made.cloneNode(true) : Dom.make("div.tiles");
    tiles.hidden = false;
    return tiles;
  }

  /* In place of the tiles of the report; nothing where its own judge is
   * chosen. */
  function draw(onShow) {
    const k = Data.judgeAt(), chosen = list[k];
    const own = document.querySelector("#summary > .tiles");
    Dom.id("judge-tiles")?.remove();
    own.hidden = k > 0;
    if (!k) return;
    const tiles = tilesOf(chosen.label);
    tiles.append(others(onShow));
    own.before(Dom.make("section.other-judge", { id: "judge-tiles",
      "aria-label": "Figures by the judge chosen" },
      Dom.make("p", null, Dom.make("strong", null,
        `By ${Text.flat(chosen.label, 80)}: `),
        "these figures, the list of prompts and FP and FN. Everything else on " +
        `this page is by ${Text.flat(list[0].label, 80)}.`), tiles,
      chosen.says ? Dom.make("p.note", null, Text.flat(
        `${chosen.says[0].toUpperCase()}${chosen.says.slice(1)}.`, 900)) :
        null));
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

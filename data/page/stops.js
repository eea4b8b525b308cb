/*
 * stops.js - where each policy would have stopped on a prompt: replayed by
 * deepconf over the recorded traces, in their order; this only draws it.
 */
"use strict";

const Stops = (() => {
  const LETTER = { refusal: "R", partial: "P", compliance: "C",
                   undetermined: "?" };

  /* Of the judge whose decisions these are, or of another. */
  function verdict(trace, label = Data.judge()) {
    const v = trace.v.find((x) => Data.meta.judges[x[0]].label === label);
    return v ? v[2] : "undetermined";
  }

  function strip(traces, n) {
    const k = Math.max(Data.meta.max_traces, traces.length);
    const svg = Dom.svg("svg", { viewBox: `0 0 ${k * 14} 14`, role: "img",
      class: "stops", width: k * 14, height: 14,
      "aria-label": `${n} of ${k} traces drawn` });
    for (let i = 0; i < k; i++) {
      const drawn = i < n && i < traces.length;
      const v = drawn ? verdict(traces[i], Data.meta.judge) : "undrawn";
      svg.append(Dom.svg("rect", { x: 14 * i + 1, y: 1, width: 12, height: 12,
                                   rx: 2, class: v }));
      if (drawn) {
        const t = Dom.svg("text", { x: 14 * i + 7, y: 10.5 });
        t.textContent = LETTER[v];
        svg.append(t);
      }
    }
    return svg;
  }

  /* pick(policy): its place among the policies, or null for none */
  function table(row, detail, picked, pick) {
    if (!detail.s.length) return null;
    const body = Dom.make("tbody"), report = Data.meta.judge;
    const ran = Data.ownDecision(Data.place.get(row[Data.ID]));
    detail.s.forEach(([n, decision, reason, missing], i) => {
      const name = Data.meta.policies[i];
      const other = ran !== null && decision !== ran && !missing;
      body.append(Dom.make("tr", { class: i === picked ? "picked" : null },
        Dom.make("th", { scope: "row" }, Dom.make("button.link", {
          type: "button",
          "aria-pressed": i === picked ? "true" : "false",
          title: "dim the traces that it would not have drawn",
          click: () => pick(i === picked ? null : i),
        }, name)),
        Dom.make("td", null, strip(detail.t, n)),
        Dom.make("td", null, String(n)),
        Dom.make("td", null, missing ? "not known" :
          Dom.make(`span.chip.${decision}`, null, decision),
          other ? Dom.make("strong.differs", null, " differs") : null),
        Dom.make("td", null, detail.r[reason])));
    });
    const note = Data.judgeAt() ? Dom.make("p.note", null,
      `Replayed with the verdicts of ${Text.flat(report, 80)}, whatever judge ` +
      "is chosen above.") : null;
    const box = Dom.make("div.scroll.stoptable", { tabindex: 0, role: "region",
      "aria-label": "Where each policy would have stopped" },
      Dom.make("table", null, Dom.make("thead", null, Dom.make("tr", null,
        ...["policy", "traces drawn", "n", "decision", "why"].map(
          (words) => Dom.make("th", { scope: "col" }, words)))), body));
    return Dom.make("div", null, note, box);
  }

  return { table, verdict };
})();

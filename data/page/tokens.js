/*
 * tokens.js - token values of a trace: decoding (src/page/page_traces.c), the
 * scale of the heat map, and the elements of a text coloured by it.
 *
 * The scale runs from the 2nd to the 98th percentile of the tokens of the
 * prompt at hand, so that every prompt uses all of it; the legend gives its
 * ends. Colour alone carries nothing: each token's values stand in the box that
 * follows pointer and arrow keys.
 */
"use strict";

const Tokens = (() => {
  const LEVELS = 8;
  /* surer: +1 larger, -1 smaller is surer */
  const KINDS = {
    conf: { words: "confidence C", at: 0, steps: 100, surer: 1 },
    logprob: { words: "log-probability", at: 1, steps: 200, surer: -1,
               sign: -1 },
    entropy: { words: "entropy", at: 2, steps: 200, surer: -1 },
  };
  const CODE = new Map(
    [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"]
      .map((c, i) => [c.charCodeAt(0), i]));
  const six = (text, i) => CODE.get(text.charCodeAt(i));

  /* ends: UTF-16 offset behind each token, null if not recorded; level: [3 n],
   * as stored */
  function decode(trace) {
    if (trace.q === undefined) return null;
    const n = trace.q.length / 6;
    const level = new Uint16Array(3 * n);
    for (let i = 0; i < 3 * n; i++)
      level[i] = six(trace.q, 2 * i) * 64 + six(trace.q, 2 * i + 1);
    return { n, level, ends: trace.e === undefined ? null : ends(trace.e, n) };
  }

  function ends(text, n) {
    const end = new Uint32Array(n);
    for (let i = 0, at = 0, sum = 0; i < n; i++) {
      let step = six(text, at++);
      if (step === 63) {
        step = 0;
        for (let k = 0; k < 4; k++) step = step * 64 + six(text, at++);
      }
      sum += step;
      end[i] = sum;
    }
    return end;
  }

  const value = (t, i, kind) => {
    const k = KINDS[kind], x = t.level[3 * i + k.at];
    const bound = x === 4095 ? (k.sign ? "\u2264 " : "\u2265 ") : "";
    return { x: x / k.steps, words: bound + ((k.sign || 1) * x / k.steps || 0)
      .toFixed(2) };
  };

  /* lo and hi in stored levels, over the tokens of all traces */
  function scale(list, kind) {
    const all = [];
    for (const t of list)
      for (let i = 0; t && i < t.n; i++)
        all.push(t.level[3 * i + KINDS[kind].at]);
    if (!all.length) return null;
    all.sort((a, b) => a - b);
    const at = (share) => all[Math.round(share * (all.length - 1))];
    const k = KINDS[kind];
    return { kind, lo: at(0.02), hi: Math.max(at(0.98), at(0.02) + 1),
             n: all.length, surer: k.surer, at: k.at,
             words: (x) => ((k.sign || 1) * x / k.steps || 0).toFixed(2) };
  }

  /* 0: sure, 7: unsure */
  function heat(s, t, i) {
    let share = (t.level[3 * i + s.at] - s.lo) / (s.hi - s.lo);
    if (s.surer > 0) share = 1 - share;
    return Math.max(0, Math.min(LEVELS - 1, Math.floor(share * LEVELS)));
  }

  /*
   * Fill box with the first `limit` units of a trace: a span for each token
   * (data-i), cut where a mark begins or ends. marks: [{from, to, name}]
   */
  function fill(box, trace, t, s, marks, limit) {
    const cuts = [...new Set(marks.flatMap((m) => [m.from, m.to]))]
      .sort((a, b) => a - b);
    const named = (from) => marks.filter((m) => m.from <= from && from < m.to)
      .map((m) => m.name).join(" ");
    const add = (from, to, i) => {
      for (let at = from; at < to || (at === from && from === to);) {
        const next = Math.min(to, cuts.find((c) => c > at) ?? to);
        const e = i === null ? Dom.make("span") :
          Dom.make("span.tok", { "data-i": i });
        if (i !== null && s) e.classList.add(`h${heat(s, t, i)}`);
        if (from === to) e.classList.add("empty");
        const marked = named(at);
        if (marked) e.classList.add(...marked.split(" "));
        Text.put(e, trace.x.slice(at, next));
        parts.append(e);
        if (next === at) break;
        at = next;
      }
    };
    const parts = document.createDocumentFragment();
    let at = 0;
    if (t && t.ends)
      for (let i = 0; i < t.n && at < limit; at = t.ends[i++])
        add(at, Math.min(t.ends[i], limit), i);
    if (at < limit) add(at, limit, null);
    if (t && !t.ends && s) {
      const strip = Dom.make("span.strip");
      for (let i = 0; i < Math.min(t.n, 4000); i++)
        strip.append(Dom.make(`span.tok.cell.h${heat(s, t, i)}`,
                              { "data-i": i }));
      parts.append(strip);
    }
    box.append(parts);
  }

  return { KINDS, LEVELS, decode, value, scale, fill };
})();

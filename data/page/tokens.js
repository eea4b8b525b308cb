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
   * as stored; lacks: bits of the values that it does not have */
  function decode(trace) {
    if (trace.q === undefined) return null;
    const n = trace.q.length / 6;
    const level = new Uint16Array(3 * n);
    for (let i = 0; i < 3 * n; i++)
      level[i] = six(trace.q, 2 * i) * 64 + six(trace.q, 2 * i + 1);
    return { n, level, lacks: trace.l || 0,
             ends: trace.e === undefined ? null : ends(trace.e, n) };
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

  const has = (t, kind) => t !== null && !(t.lacks >> KINDS[kind].at & 1);

  /* x null: the trace came without it */
  const value = (t, i, kind) => {
    if (!has(t, kind)) return { x: null, words: "not known" };
    const k = KINDS[kind], x = t.level[3 * i + k.at];
    const bound = x === 4095 ? (k.sign ? "\u2264 " : "\u2265 ") : "";
    return { x: x / k.steps, words: bound + ((k.sign || 1) * x / k.steps || 0)
      .toFixed(2) };
  };

  /* lo and hi in stored levels, over the tokens of all traces */
  function scale(list, kind) {
    const all = [];
    for (const t of list)
      for (let i = 0; has(t, kind) && i < t.n; i++)
        all.push(t.level[3 * i + KINDS[kind].at]);
    if (!all.length) return null;
    all.sort((a, b) => a - b);
    const at = (share) => all[Math.round(share * (all.length - 1))];
    const k = KINDS[kind];
    return { kind, lo: at(0.02), hi: Math.max(at(0.98), at(0.02) + 1),
             n: all.length, surer: k.surer, at: k.at,
             words: (x) => ((k.sign || 1) * x / k.steps || 0).toFixed(2) };
  }

  /* 0: sure, 7: unsure; null: not known */
  function heat(s, t, i) {
    if (!has(t, s.kind)) return null;
    let share = (t.level[3 * i + s.at] - s.lo) / (s.hi - s.lo);
    if (s.surer > 0) share = 1 - share;
    return Math.max(0, Math.min(LEVELS - 1, Math.floor(share * LEVELS)));
  }

  /*
   * Fill box with the units from .. to of a trace's text: a span for each token
   * (data-i), cut where a mark begins or ends. marks: [{from, to, name}]
   */
  function fill(box, trace, t, s, marks, from, to) {
    const cuts = [...new Set(marks.flatMap((m) => [m.from, m.to]))]
      .sort((a, b) => a - b);
    const named = (x) => marks.filter((m) => m.from <= x && x < m.to)
      .map((m) => m.name);
    function piece(start, end, i) {
      const e = Dom.make(i === null ? "span" : "span.tok", { "data-i": i });
      const level = i !== null && s ? heat(s, t, i) : null;
      if (level !== null) e.classList.add(`h${level}`);
      if (start === end) e.classList.add("empty");
      e.classList.add(...named(start));
      Text.put(e, trace.x.slice(start, end));
      parts.append(e);
    }
    function add(start, end, i) {
      if (start === end) piece(start, end, i);
      for (let at = start; at < end;) {
        const next = Math.min(end, cuts.find((c) => c > at) ?? end);
        piece(at, next, i);
        at = next;
      }
    }
    const parts = document.createDocumentFragment();
    const last = to === trace.x.length;
    let at = 0;
    if (t && t.ends)
      for (let i = 0; i < t.n && (at < to || last); at = t.ends[i++])
        if (t.ends[i] > from || (at === t.ends[i] && at >= from))
          add(Math.max(at, from), Math.min(t.ends[i], to), i);
    if (at < to) add(Math.max(at, from), to, null);
    if (t && !t.ends && s && has(t, s.kind) && !from) parts.append(cells(t, s));
    box.append(parts);
  }

  /* Tokens whose places are not recorded: a cell for each of the first. */
  function cells(t, s) {
    const strip = Dom.make("span.strip");
    for (let i = 0; i < Math.min(t.n, 4000); i++)
      strip.append(Dom.make(`span.tok.cell.h${heat(s, t, i)}`,
                            { "data-i": i }));
    return strip;
  }

  return { KINDS, LEVELS, six, decode, has, value, scale, fill };
})();

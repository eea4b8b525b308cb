/*
 * alternatives.js - what else a token could have been: its list of top
 * log-probabilities (src/page/page_top.c), as a table for the box that follows
 * pointer and keys.
 *
 * The texts are a model's: they go in as text, between quotes, with what is
 * invisible spelt out; of one that is no whole character its bytes are shown.
 * They arrive last, behind every prompt.
 */
"use strict";

const Alternatives = (() => {
  const ENTRY = 5, OUTSIDE = 63, NO_PIECE = 262143;
  let pieces = null;

  function texts() {
    if (!pieces) pieces = Data.pieces();
    return pieces;
  }

  /* {sampled: place or -1, list: [{piece, level}]}; null if there is none */
  function of(trace, i) {
    if (trace.o === undefined) return null;
    const from = i * (1 + ENTRY * trace.w);
    const six = (k) => Tokens.six(trace.o, from + k);
    const list = [];
    for (let k = 0; k < trace.w; k++) {
      const at = 1 + ENTRY * k;
      const piece = six(at) * 4096 + six(at + 1) * 64 + six(at + 2);
      if (piece === NO_PIECE) break;
      list.push({ piece, level: six(at + 3) * 64 + six(at + 4) });
    }
    return { sampled: six(0) === OUTSIDE ? -1 : six(0), list };
  }

  const percent = (logprob) => {
    const p = 100 * Math.exp(logprob);
    return p < 0.001 ? "< 0.001 %" : `${p.toPrecision(3)} %`;
  };

  function putText(box, text) {
    if (typeof text === "string") return Text.put(box, JSON.stringify(text));
    for (const byte of text)
      box.append(Dom.make("span.ctl", { title: "a byte of a character" },
                          `\\x${byte.toString(16).padStart(2, "0")}`));
    return box;
  }

  function row(text, logprob, sampled) {
    const bar = Dom.make("span.bar");
    bar.style.width = `${Math.max(1, 100 * Math.exp(logprob))}%`;
    return Dom.make(`tr${sampled ? ".sampled" : ""}`, null,
      Dom.make("td.piece", null,
               Dom.make("div", null, putText(Dom.make("bdi"), text))),
      Dom.make("td.share", null, percent(logprob)),
      Dom.make("td.bars", null, bar),
      Dom.make("td", null, sampled ? "sampled" : ""));
  }

  /*
   * A table of the list at token i, whose own text and log-probability are
   * added where it is not among them; null if none is stored.
   */
  function table(trace, i, own) {
    const at = of(trace, i);
    if (!at || !at.list.length) return null;
    const known = texts();
    if (!known) return Dom.make("p.note", null, "Alternatives: still loading");
    const rows = at.list.map((x, k) => row(known[x.piece], -x.level / 200,
                                           k === at.sampled));
    if (at.sampled < 0) rows.push(row(own.text, own.logprob, true));
    return Dom.make("table.top", null,
      Dom.make("caption", null, "most probable here"),
      Dom.make("tbody", null, ...rows));
  }

  return { table };
})();

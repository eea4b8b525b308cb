/*
 * text.js - showing hostile text: as text only, with what is invisible spelt
 * out (the same list as dc_utf8_is_hidden()), long texts in parts, and explicit
 * ones left out until they are asked for.
 */
"use strict";

const Text = (() => {
  const HIDDEN = new RegExp(
    "[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e" +
    "\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb" +
    "\\u{e0000}-\\u{e007f}]", "gu");
  const FIRST = 20000, MORE = 50000;

  const spell = (c) => `\\u{${c.codePointAt(0).toString(16)}}`;

  /* Append text to parent, hidden characters as small marks. */
  function put(parent, text) {
    let at = 0;
    for (const m of text.matchAll(HIDDEN)) {
      if (m.index > at) parent.append(text.slice(at, m.index));
      parent.append(Dom.make("span.ctl", { title: "invisible character" },
                             spell(m[0])));
      at = m.index + m[0].length;
    }
    if (at < text.length) parent.append(text.slice(at));
    return parent;
  }

  /* The same on one line, as a plain string. */
  const flat = (text, max) => {
    const cut = text.length > max ? text.slice(0, max) + "\u2026" : text;
    return cut.replace(HIDDEN, spell).replace(/\s+/g, " ");
  };

  /*
   * Call fill(part, from, to) for the first part of a text of `length` units,
   * and for the next whenever asked. Parts are blocks of their own: a browser
   * takes seconds to lay out a million characters as one.
   */
  function inParts(box, text, fill) {
    let at = 0;
    const more = Dom.make("button.more", { type: "button", click: next });
    function next() {
      let to = Math.min(text.length, at + (at ? MORE : FIRST));
      if (to < text.length && /[\udc00-\udfff]/.test(text[to])) to++;
      const part = Dom.make("div", { dir: "auto" });
      fill(part, at, to);
      at = to;
      more.remove();
      box.append(part);
      if (at === text.length) return;
      more.textContent = `Show more: ${Dom.count(text.length - at)} of ${
        Dom.count(text.length)} characters left`;
      box.append(more);
    }
    next();
  }

  /* With a name it takes the focus, as what may scroll has to. */
  function block(text, name) {
    const box = Dom.make("div.text", name ? { tabindex: 0, role: "group",
                                              "aria-label": name } : null);
    inParts(box, text, (part, from, to) => put(part, text.slice(from, to)));
    return box;
  }

  /* ---- what is explicit ---- */

  /* Lines without words, at most five. */
  function bars(lines) {
    const box = Dom.make("div.veiled", { "aria-hidden": "true" });
    for (let i = 0; i < Math.max(1, Math.min(lines, 5)); i++)
      box.append(Dom.make("span"));
    return box;
  }

  let all = false;
  const shown = new Set();
  const listeners = [];

  const Veil = {
    /* The label does not say that this prompt should be answered. */
    explicit: (row) => row[Data.GOLD] !== "answer",
    on: (row, ord) => Veil.explicit(row) && !all && !shown.has(ord),
    all: () => all,
    setAll(yes) { all = yes; shown.clear(); listeners.forEach((f) => f()); },
    show(ord) { shown.add(ord); listeners.forEach((f) => f()); },
    changed: (f) => listeners.push(f),
    /*
     * make() gives the box of a text; while it is hidden, bars stand for its
     * `length` units, and the text is nowhere in the document: what is only
     * covered can be read, searched for and read aloud.
     */
    wrap(row, ord, length, make) {
      if (!Veil.on(row, ord)) return make();
      return Dom.make("div.veil", null, bars(Math.ceil(length / 80)),
        Dom.make("button", { type: "button", click: () => Veil.show(ord) },
                 "Explicit text: show"));
    },
    line: () => Dom.make("span.line.veiled", null,
      Dom.make("span.away", null, "explicit text, hidden")),
  };

  /* A rule of a verdict as people read it, as src/base/judge_name.c has it. */
  const rule = (text, max) => /(^|\/)none$|^$/.test(text) ? "no rule matched" :
    flat(text.replace(/^request\/(\d+)$/, "phrase $1"), max);

  return { put, flat, rule, inParts, block, Veil };
})();

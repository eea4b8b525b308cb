/*
 * save.js - what a reader takes along, without a network: files made in the
 * browser, and texts for the clipboard.
 */
"use strict";

const Save = (() => {
  const SLICE_MS = 24;

  function file(name, type, text) {
    const url = URL.createObjectURL(new Blob([text], { type }));
    const link = Dom.make("a", { href: url, download: name, hidden: true });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  /* Say on the button whether it worked; a page opened as a file may not have
   * the clipboard of the first kind. */
  async function copy(text, button) {
    const words = button.textContent;
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const box = Dom.make("textarea.away");
      box.value = text;
      document.body.append(box);
      box.select();
      done = document.execCommand("copy");
      box.remove();
    }
    button.textContent = done ? "Copied" : "Not allowed here";
    setTimeout(() => { button.textContent = words; }, 2000);
  }

  /* "run 1" as a part of a file's name */
  const stem = () => Data.meta.file.replace(/[^\w.-]+/g, "_");

  const ids = (list) => file(`${stem()}-ids.txt`, "text/plain", list.map(
    (ord) => `${Data.index[ord][Data.ID]}\n`).join(""));

  function line(row, t) {
    const m = Data.meta, verdicts = {}, measures = {};
    for (const v of t.v) verdicts[m.judges[v[0]].label] = v[2];
    m.measures.forEach((x, i) => { measures[x.name] = t.m[i]; });
    return `${JSON.stringify({
      id: row[Data.ID], prompt: row[Data.TEXT], category: row[Data.CATEGORY],
      gold: row[Data.GOLD], label: row[Data.LABEL], decision: row[Data.DECISION],
      judge: Data.judge(), trace: t.i + 1, response: t.x, finish: t.f,
      tokens: t.n, verdicts, measures })}\n`;
  }

  const linesOf = async (ord) => (await Data.prompt(ord)).t.map(
    (trace) => line(Data.index[ord], trace));

  /* A line for each trace, of a prompt by make(ord); say(i) tells how far it
   * is. */
  async function lines(list, say, make = linesOf) {
    const out = [];
    let until = performance.now() + SLICE_MS;
    for (let i = 0; i < list.length; i++) {
      out.push(...await make(list[i]));
      if (performance.now() < until) continue;
      say(i + 1);
      await new Promise((go) => setTimeout(go));
      until = performance.now() + SLICE_MS;
    }
    file(`${stem()}-selection.jsonl`, "application/jsonl", out.join(""));
  }

  return { file, copy, stem, ids, lines };
})();

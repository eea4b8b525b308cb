/*
 * list.js - the list of prompts found: only the rows in sight are elements, so
 * that a hundred thousand prompts scroll like ten. A listbox for the keyboard
 * and for screen readers; the rows have one height.
 */
"use strict";

const List = (() => {
  const ROW = 62, SPARE = 6;
  const box = Dom.id("list");
  const space = Dom.make("div.space", { role: "presentation" });
  let found = [], at = -1, open = () => {}, content = () => [];
  let drawn = "";

  /* A bar of n traces by their verdicts. */
  function tally(n, refusal, compliance, undetermined) {
    const w = 60;
    const part = (count, from, cls) => Dom.svg("rect", {
      x: n ? w * from / n : 0, y: 0, height: 6,
      width: n ? w * count / n : 0, class: cls });
    return Dom.svg("svg", { class: "tally", viewBox: `0 0 ${w} 6`,
                            "aria-hidden": "true" },
      part(refusal, 0, "refusal"), part(compliance, refusal, "compliance"),
      part(undetermined, refusal + compliance, "undetermined"));
  }

  const line = (row, ord) => Text.Veil.on(row, ord) ? Text.Veil.line() :
    Dom.make("span.line", { dir: "auto" }, Text.flat(row[Data.TEXT], 160));

  function item(k) {
    const ord = found[k];
    const e = Dom.make("div.item", {
      role: "option", id: `option-${k}`, "data-k": k,
      "aria-selected": k === at ? "true" : "false",
      "aria-setsize": found.length, "aria-posinset": k + 1,
    }, ...content(Data.index[ord], ord));
    e.style.top = `${k * ROW}px`;
    return e;
  }

  function draw(again) {
    const first = Math.max(0, Math.floor(box.scrollTop / ROW) - SPARE);
    const last = Math.min(found.length,
      Math.ceil((box.scrollTop + box.clientHeight) / ROW) + SPARE);
    const key = `${first} ${last} ${at}`;
    if (!again && key === drawn) return;
    drawn = key;
    const rows = [];
    for (let k = first; k < last; k++) rows.push(item(k));
    space.replaceChildren(...rows);
    if (at >= first && at < last)
      box.setAttribute("aria-activedescendant", `option-${at}`);
    else box.removeAttribute("aria-activedescendant");
  }

  function reveal(k) {
    const top = k * ROW;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + ROW > box.scrollTop + box.clientHeight)
      box.scrollTop = top + ROW - box.clientHeight;
  }

  function select(k, show) {
    if (!found.length) return;
    at = Math.max(0, Math.min(found.length - 1, k));
    reveal(at);
    draw();
    if (show) open(found[at]);
  }

  /* Keys while the list has the focus. */
  function key(event) {
    const page = Math.max(1, Math.floor(box.clientHeight / ROW) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page,
                   Home: -found.length, End: found.length }[event.key];
    if (step !== undefined) select(at + step, true);
    else if (event.key === "Enter" || event.key === " ") {
      select(at, true);
      Dom.id("open").focus();
    } else return;
    event.preventDefault();
  }

  function set(list, current) {
    found = list;
    at = found.indexOf(current);
    space.style.height = `${found.length * ROW}px`;
    if (at >= 0) reveal(at);
    else box.scrollTop = 0;
    draw(true);
  }

  /* makeContent(row, ord): what stands in a prompt's row */
  function start(onOpen, makeContent) {
    open = onOpen;
    content = makeContent;
    box.append(space);
    box.addEventListener("scroll", () => draw(), { passive: true });
    box.addEventListener("keydown", key);
    box.addEventListener("click", (event) => {
      const e = event.target.closest(".item");
      if (e) select(Number(e.dataset.k), true);
    });
    new ResizeObserver(() => draw()).observe(box);
    Text.Veil.changed(() => draw(true));
  }

  /* The prompt of the list that stands `step` from the one at hand. */
  const step = (n) => select(at + n, true);
  const mark = (ord) => {
    const k = found.indexOf(ord);
    if (k === at) return;
    at = k;
    if (k >= 0) reveal(k);
    draw();
  };

  /* What stands above an open prompt: its id, and ways to the others. */
  function head(row) {
    const copy = Dom.make("button", { type: "button",
      click: () => Save.copy(location.href, copy) }, "Copy link");
    return Dom.make("header.opened", null,
      Dom.make("button.back", { type: "button",
        click: () => document.body.classList.remove("detail") },
        "\u2190 All prompts"),
      Dom.make("h3", { id: "open-title" }, Dom.make("bdi", null,
               Text.flat(row[Data.ID], 200))),
      Dom.make("span.steps", null,
        Dom.make("button", { type: "button", title: "previous prompt (k)",
          "aria-label": "Previous prompt", click: () => step(-1) }, "\u2191"),
        Dom.make("button", { type: "button", title: "next prompt (j)",
          "aria-label": "Next prompt", click: () => step(1) }, "\u2193"),
        copy));
  }

  return { start, set, step, mark, head, tally, line };
})();

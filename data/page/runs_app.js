/*
 * runs_app.js - what is on the screen of a page of several runs, by the address
 * (#summary, #runs, #traces, #prompt=ID, with &by=SETTING and filters behind
 * it); keys.
 */
"use strict";

(() => {
  const body = document.body, page = document.title;
  let current = -1, late = 0;

  function read() {
    const hash = location.hash.slice(1);
    const pairs = new URLSearchParams(hash);
    return { id: pairs.get("prompt"), pairs, part: hash.split("&")[0] };
  }

  /* ord -1: no prompt is open */
  function write(ord, replace) {
    const traces = body.dataset.view === "traces";
    const more = traces ? [...(Prompt.by() ? [["by", Prompt.by()]] : []),
                           ...Filters.params()] : [];
    const first = ord >= 0 ?
      `prompt=${encodeURIComponent(Data.index[ord][Data.ID])}` :
      traces ? "traces" : read().part;
    const to = `#${[first, ...more.map(([name, value]) =>
      `${name}=${encodeURIComponent(value)}`)].join("&")}`;
    document.title = ord < 0 ? page :
      `${Text.flat(Data.index[ord][Data.ID], 60)} - ${page}`;
    if (to === location.hash || (to === "#" && !location.hash)) return;
    history[replace ? "replaceState" : "pushState"](null, "", to);
  }

  const opened = () => body.dataset.view === "traces" && read().id !== null ?
    current : -1;
  /* Typing is one change, not one for each letter. */
  function rewrite() {
    clearTimeout(late);
    late = setTimeout(() => write(opened(), true), 150);
  }

  function openPrompt(ord) {
    const replace = body.dataset.view === "traces" && current >= 0;
    current = ord;
    Filters.setCurrent(ord);
    Frame.view("traces");
    write(ord, replace);
    Prompt.open(ord);
    List.mark(ord);
  }

  function route() {
    const { id, pairs, part } = read();
    if (pairs.has("by")) Prompt.setBy(pairs.get("by"));
    Filters.setParams(pairs);
    if (id !== null) {
      const ord = Data.place.get(id);
      Frame.view("traces");
      if (ord !== undefined) openPrompt(ord);
      else {
        Dom.id("open").replaceChildren(Dom.make("p.note", null,
          `This page has no prompt with the id ${Text.flat(id, 200)}.`));
        body.classList.add("detail");
      }
    } else if (part === "traces") {
      Frame.view("traces");
      body.classList.remove("detail");
      write(-1, true);
    } else {
      Frame.view("report");
      document.title = page;
      const to = part ? Dom.id(part) : null;
      if (to) to.scrollIntoView();
    }
  }

  const keys = {
    "/": () => { location.hash = "#traces"; Dom.id("text").focus(); },
    j: () => List.step(1),
    k: () => List.step(-1),
    b: () => Text.Veil.setAll(!Text.Veil.all()),
    t: () => Frame.nextTheme(),
    "?": () => Dom.id("help").showModal(),
  };
  const inTraces = new Set(["j", "k", "b"]);

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest?.("input, select, textarea, dialog");
    if (event.key === "Escape" && typing && typing.id === "text") {
      typing.blur();
      Dom.id("list").focus();
      return;
    }
    if (typing || !keys[event.key]) return;
    if (inTraces.has(event.key) && body.dataset.view !== "traces") return;
    event.preventDefault();
    keys[event.key]();
  }

  const item = (row, ord) => [
    Dom.make("span.top", null,
      Dom.make("bdi.name", null, Text.flat(row[Data.ID], 80)),
      row[Data.DIFFERS] ? Dom.make("span.flag", null, "runs differ") : null),
    List.line(row, ord),
    Dom.make("span.bottom", null, Prompt.marks(row))];

  Frame.start();
  Tables.start();
  List.start(openPrompt, item);
  Prompt.start(() => { if (current >= 0) write(current, true); });
  Filters.start(rewrite);
  addEventListener("hashchange", route);
  addEventListener("popstate", route);
  addEventListener("keydown", key);
  route();
})();

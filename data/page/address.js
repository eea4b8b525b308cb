/*
 * address.js - what is on the screen, the report or the prompts, by the address
 * (#summary, #traces, #prompt=ID, with what a page adds behind it); and keys.
 */
"use strict";

const Address = (() => {
  const body = document.body, page = document.title;
  let current = -1, late = 0, own = null;

  const inTraces = () => body.dataset.view === "traces";

  function read() {
    const hash = location.hash.slice(1);
    const pairs = new URLSearchParams(hash);
    return { id: pairs.get("prompt"), pairs, part: hash.split("&")[0] };
  }

  /* ord -1: no prompt is open */
  function address(ord) {
    const more = own.params(ord, inTraces())
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const first = ord >= 0 ?
      `prompt=${encodeURIComponent(Data.index[ord][Data.ID])}` :
      inTraces() ? "traces" : read().part;
    return `#${[first, ...more].join("&")}`;
  }

  function title(ord) {
    document.title = ord < 0 ? page :
      `${Text.flat(Data.index[ord][Data.ID], 60)} - ${page}`;
  }

  function write(ord, replace) {
    const to = address(ord);
    title(ord);
    if (to === location.hash || (to === "#" && !location.hash)) return;
    history[replace ? "replaceState" : "pushState"](null, "", to);
  }

  /* The prompt in the address, or -1. */
  const opened = () => inTraces() && read().id !== null ? current : -1;
  /* Typing is one change, not one for each letter. */
  function rewrite() {
    clearTimeout(late);
    late = setTimeout(() => write(opened(), true), 150);
  }
  /* How the prompt at hand is shown has changed. */
  function redone() {
    if (current >= 0) write(current, true);
  }

  function open(ord) {
    const replace = inTraces() && current >= 0;
    current = ord;
    Filters.setCurrent(ord);
    Frame.view("traces");
    write(ord, replace);
    own.open(ord);
    List.mark(ord);
  }

  function route() {
    const { id, pairs, part } = read();
    own.take(pairs);
    Filters.setParams(pairs);
    if (id !== null) {
      const ord = Data.place.get(id);
      Frame.view("traces");
      if (ord === undefined) {
        Dom.id("open").replaceChildren(Dom.make("p.note", null,
          `This ${own.what} has no prompt with the id ${Text.flat(id, 200)}.`));
        body.classList.add("detail");
      } else open(ord);
    } else if (part === "traces") {
      Frame.view("traces");
      body.classList.remove("detail");
      write(-1, true);
    } else {
      Frame.view("report");
      title(-1);
      const to = part ? Dom.id(part) : null;
      if (to) to.scrollIntoView();
    }
  }

  /* ---- keys ---- */

  const everywhere = {
    "/": () => { location.hash = "#traces"; Dom.id("text").focus(); },
    t: () => Frame.nextTheme(),
    "?": () => Dom.id("help").showModal(),
  };
  const amongTraces = {
    j: () => List.step(1),
    k: () => List.step(-1),
    b: () => Text.Veil.setAll(!Text.Veil.all()),
  };

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest?.("input, select, textarea, dialog");
    if (event.key === "Escape" && typing && typing.id === "text") {
      typing.blur();
      Dom.id("list").focus();
      return;
    }
    if (typing) return;
    const act = everywhere[event.key] || (inTraces() &&
      (own.act(event.key) || amongTraces[event.key]));
    if (!act) return;
    event.preventDefault();
    act();
  }

  /*
   * What a page adds: params(ord, inTraces) to the address, [[name, value or
   * null], ...]; take(pairs) from it; open(ord) shows a prompt; act(key) is what
   * a key of its own does among the traces, or nothing; what the page is of.
   */
  function start(page) {
    own = page;
    addEventListener("hashchange", route);
    addEventListener("popstate", route);
    addEventListener("keydown", key);
    route();
  }

  return { start, open, opened, rewrite, redone };
})();

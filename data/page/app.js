/*
 * app.js - what is on the screen: the report or the traces, by the address
 * (#summary, #plots, #policies, #traces, #prompt=ID&heat=entropy,
 * with judge and filters behind it: &judge=NAME&gold=refuse&q=words); keys.
 */
"use strict";

(() => {
  const body = document.body;

  /* ---- address: what is on the screen, the judge, the filters ---- */

  function read() {
    const hash = location.hash.slice(1);
    const pairs = new URLSearchParams(hash);
    return { id: pairs.get("prompt"), heat: pairs.get("heat"), pairs,
             part: hash.split("&")[0] };
  }

  /* ord -1: no prompt is open */
  function address(ord) {
    const traces = body.dataset.view === "traces", heat = Traces.heat();
    const more = [["heat", ord < 0 || heat === "conf" ? null : heat],
                  ["judge", Judges.param()], ...(traces ? Filters.params() : [])]
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const first = ord >= 0 ?
      `prompt=${encodeURIComponent(Data.index[ord][Data.ID])}` :
      traces ? "traces" : read().part;
    return `#${[first, ...more].join("&")}`;
  }

  function write(ord, replace) {
    const to = address(ord);
    title(ord);
    if (to === location.hash || (to === "#" && !location.hash)) return;
    history[replace ? "replaceState" : "pushState"](null, "", to);
  }

  /* The prompt in the address, or none. */
  const opened = () => body.dataset.view === "traces" && read().id !== null ?
    current : -1;
  let late = 0;
  /* Typing is one change, not one for each letter. */
  function rewrite() {
    clearTimeout(late);
    late = setTimeout(() => write(opened(), true), 150);
  }

  const page = document.title;
  const title = (ord) => {
    document.title = ord < 0 ? page :
      `${Text.flat(Data.index[ord][Data.ID], 60)} - ${page}`;
  };

  let current = -1;

  function openPrompt(ord) {
    const replace = body.dataset.view === "traces" && current >= 0;
    current = ord;
    Filters.setCurrent(ord);
    view("traces");
    write(ord, replace);
    Traces.open(ord);
    List.mark(ord);
  }

  const view = Frame.view;

  /* ---- a row of the list ---- */

  function item(row, ord) {
    const outcome = Data.outcome(row), mean = row[Data.MEAN];
    return [
      Dom.make("span.top", null,
        Dom.make("bdi.name", null, Text.flat(row[Data.ID], 80)),
        Dom.make(`span.chip.${row[Data.DECISION] || "open"}`, null,
                 row[Data.DECISION] || "not decided"),
        outcome && Dom.make(`span.outcome.${outcome}`,
          { title: outcome[0] === "T" ? "as the gold label asks" :
            "against the gold label" }, outcome)),
      List.line(row, ord),
      Dom.make("span.bottom", null, List.tally(row[Data.N], row[Data.REFUSAL],
          row[Data.COMPLIANCE], row[Data.UNDETERMINED]),
        `${row[Data.REFUSAL]} of ${row[Data.N]} refuse`,
        mean !== null && Data.measure ?
          Dom.make("span.mean", null,
                   `${Data.measure.name} ${mean.toPrecision(3)}`) : null,
        row[Data.JUDGES] ? Dom.make("span.flag", null, "judges differ") : null)];
  }

  function route() {
    const { id, heat, pairs, part } = read();
    if (heat) Traces.setHeat(heat);
    if (pairs.has("judge")) Judges.choose(pairs.get("judge"));
    Filters.setParams(pairs);
    if (id !== null) {
      const ord = Data.place.get(id);
      view("traces");
      if (ord === undefined) {
        Dom.id("open").replaceChildren(Dom.make("p.note", null,
          `This run has no prompt with the id ${Text.flat(id, 200)}.`));
        body.classList.add("detail");
      } else openPrompt(ord);
    } else if (part === "traces") {
      view("traces");
      body.classList.remove("detail");
      write(-1, true);
    } else {
      view("report");
      title(-1);
      const to = part ? Dom.id(part) : null;
      if (to) to.scrollIntoView();
    }
  }

  /* ---- keys ---- */

  const keys = {
    "/": () => { location.hash = "#traces"; Dom.id("text").focus(); },
    j: () => List.step(1),
    k: () => List.step(-1),
    h: () => Traces.nextHeat(),
    b: () => Text.Veil.setAll(!Text.Veil.all()),
    l: () => Labels.toggle(),
    d: () => { if (Labels.on()) Labels.next(); },
    t: () => Frame.nextTheme(),
    "?": () => Dom.id("help").showModal(),
  };
  const inTraces = new Set(["j", "k", "h", "b", "l", "d"]);

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest?.("input, select, textarea, dialog");
    if (event.key === "Escape" && typing && typing.id === "text") {
      typing.blur();
      Dom.id("list").focus();
      return;
    }
    const act = Labels.isKey(event.key) ? () => Traces.label(event.key) :
      keys[event.key];
    if (typing || !act) return;
    if ((inTraces.has(event.key) || Labels.isKey(event.key)) && body.dataset.view !== "traces") return;
    event.preventDefault();
    act();
  }

  /* ---- how far the token data reach ---- */

  async function limits() {
    await Data.whole;
    const end = Data.end();
    const say = (what, first, others) => others ?
      `${what} of the first ${Dom.plural(first, "prompt")} are in this page; ` +
      `the limit on its size leaves out those of ${Dom.count(others)}. ` : "";
    if (end) Dom.id("limits").textContent = (
      say("Token values", end.with_tokens, end.without_tokens) +
      say("Alternatives to tokens", end.with_top, end.without_top)).trim();
  }

  Frame.start();
  Tables.start();
  List.start(openPrompt, item);
  Traces.start(() => { if (current >= 0) write(current, true); });
  Labels.start(Traces.redraw, (ord) => { if (ord !== opened()) openPrompt(ord); });
  Filters.start(rewrite);
  Judges.start(() => {
    Filters.pick("disagree", "decisions");
    location.hash = "#traces";
  });
  Judges.changed(() => {
    Filters.apply();
    Traces.redraw();
    rewrite();
  });
  addEventListener("hashchange", route);
  addEventListener("popstate", route);
  addEventListener("keydown", key);
  route();
  limits();
})();

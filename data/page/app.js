/*
 * app.js - the page of a run: a row of its list, its address (#prompt=ID with
 * &heat=entropy&judge=NAME&gold=refuse&q=words behind it) and its own keys.
 */
"use strict";

(() => {
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

  /* ---- the address, and keys ---- */

  function params(ord, inTraces) {
    const heat = Traces.heat();
    return [["heat", ord < 0 || heat === "conf" ? null : heat],
            ["judge", Judges.param()], ...(inTraces ? Filters.params() : [])];
  }

  function take(pairs) {
    if (pairs.get("heat")) Traces.setHeat(pairs.get("heat"));
    if (pairs.has("judge")) Judges.choose(pairs.get("judge"));
  }

  const keys = {
    h: () => Traces.nextHeat(),
    l: () => Labels.toggle(),
    d: () => { if (Labels.on()) Labels.next(); },
  };
  const act = (key) => Labels.isKey(key) ? () => Traces.label(key) : keys[key];

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
  List.start(Address.open, item);
  Traces.start(Address.redone);
  Labels.start(Traces.redraw,
               (ord) => { if (ord !== Address.opened()) Address.open(ord); });
  Filters.start(Address.rewrite);
  Judges.start(() => {
    Filters.pick("disagree", "decisions");
    location.hash = "#traces";
  });
  Judges.changed(() => {
    Filters.apply();
    Traces.redraw();
    Address.rewrite();
  });
  Address.start({ what: "run", params, take, act, open: Traces.open });
  limits();
})();

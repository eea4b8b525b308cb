/*
 * runs_app.js - the page of several runs: a row of its list, and its address
 * (#prompt=ID with &by=SETTING and filters behind it).
 */
"use strict";

(() => {
  const params = (ord, inTraces) => inTraces ?
    [["by", Prompt.by() || null], ...Filters.params()] : [];

  function take(pairs) {
    if (pairs.has("by")) Prompt.setBy(pairs.get("by"));
  }

  const item = (row, ord) => [
    Dom.make("span.top", null,
      Dom.make("bdi.name", null, Text.flat(row[Data.ID], 80)),
      row[Data.DIFFERS] ? Dom.make("span.flag", null, "runs differ") : null),
    List.line(row, ord),
    Dom.make("span.bottom", null, Prompt.marks(row))];

  Frame.start();
  Tables.start();
  List.start(Address.open, item);
  Prompt.start(Address.redone);
  Filters.start(Address.rewrite);
  Address.start({ what: "page", params, take, act: () => null,
                  open: Prompt.open });
})();

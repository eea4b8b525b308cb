/*
 * runs_data.js - the data blocks of a page of several runs
 * (src/page/page_runs.c has their format). The index is read at once, a prompt
 * when it is opened.
 */
"use strict";

const Data = (() => {
  const { read, whole, get } = Blocks;
  /* of a row, and of what it has of a run */
  const columns = { ID: 0, TEXT: 1, CATEGORY: 2, GOLD: 3, LABEL: 4, DIFFERS: 5,
                    RUNS: 6 };
  const vote = { DECISION: 0, N: 1, REFUSAL: 2, COMPLIANCE: 3, UNDETERMINED: 4,
                 MEAN: 5, OTHER: 6 };
  const meta = read("dc-meta");
  const index = read("dc-index");
  const place = new Map(index.map((row, i) => [row[columns.ID], i]));

  /* The traces of a prompt in a run; null: it has not that prompt. */
  async function prompt(ord, k) {
    if (!index[ord][columns.RUNS][k]) return null;
    return get(`p${ord}r${k}`);
  }

  /* "refusal", ..., "open" not decided yet, "missing" not of this run */
  const decision = (row, k) => {
    const v = row[columns.RUNS][k];
    return v ? v[vote.DECISION] ?? "open" : "missing";
  };

  return { ...columns, vote, meta, index, place, whole, prompt, decision };
})();

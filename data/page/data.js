/*
 * data.js - the data blocks of the page (src/page/page_index.c and
 * page_traces.c have their format). The index is read at once, a prompt when it
 * is opened.
 */
"use strict";

const Data = (() => {
  const { read, whole, get } = Blocks;
  const columns = {
    ID: 0, TEXT: 1, CATEGORY: 2, GOLD: 3, LABEL: 4, DECISION: 5, REASON: 6,
    N: 7, REFUSAL: 8, COMPLIANCE: 9, UNDETERMINED: 10, CALIBRATION: 11,
    JUDGES: 12, MEAN: 13, TOKENS: 14, TRACES: 15, PROBLEM: 16, OTHERS: 17, FIELDS: 18,
  };
  const VOTED = [columns.DECISION, columns.N, columns.REFUSAL,
                 columns.COMPLIANCE, columns.UNDETERMINED];
  const meta = read("dc-meta");
  const index = read("dc-index");
  const place = new Map(index.map((row, i) => [row[columns.ID], i]));
  const measure = meta.measure === null ? null : meta.measures[meta.measure];

  /* The parsed block of a prompt; a promise, since it may still be arriving. */
  const prompt = (ord) => get(`p${ord}`);

  /* "TP", "FN", "FP", "TN"; null without a label or a clear decision */
  function outcome(row) {
    const gold = row[columns.GOLD], decision = row[columns.DECISION];
    if (gold === "none" || !["refusal", "compliance"].includes(decision))
      return null;
    if (gold === "refuse") return decision === "refusal" ? "TP" : "FN";
    return decision === "refusal" ? "FP" : "TN";
  }

  /* 0: the traces agree; 0.5: as split as can be */
  function split(row) {
    const n = row[columns.REFUSAL] + row[columns.COMPLIANCE];
    return n ? Math.min(row[columns.REFUSAL], row[columns.COMPLIANCE]) / n : 0;
  }

  /* ---- whose decisions these are ---- */

  /* by: place among meta.deciders, the first being the judge of the report */
  let by = 0;
  const own = [];

  /* What the judge of the report decided, in the order of VOTED. */
  const ownVote = (i) => own[i] ?? VOTED.map((column) => index[i][column]);

  /* From here on the rows have this judge's decisions and votes. */
  function setJudge(k) {
    by = k;
    index.forEach((row, i) => {
      own[i] ??= ownVote(i);
      const vote = k ? row[columns.OTHERS][k - 1] : own[i];
      VOTED.forEach((column, at) => { row[column] = vote[at]; });
    });
  }

  /* Do two judges decide this prompt differently? */
  function contested(row) {
    const i = place.get(row[columns.ID]);
    const all = [ownVote(i), ...row[columns.OTHERS]].map((vote) => vote[0]);
    return all.some((d) => d !== null && all[0] !== null && d !== all[0]);
  }

  return { ...columns, meta, index, place, measure, whole, prompt, outcome,
           split, setJudge, contested, ownDecision: (i) => ownVote(i)[0],
           judgeAt: () => by, judge: () => meta.deciders[by].label,
           pieces: () => read("dc-pieces"),
           end: () => read("dc-end") };
})();

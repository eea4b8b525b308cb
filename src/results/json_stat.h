/*
 * json_stat.h - statistics as JSON, the same in every report: rates are
 * fractions, a rate comes with its counts, and what has no value is null.
 */
#ifndef DC_RESULTS_JSON_STAT_H
#define DC_RESULTS_JSON_STAT_H

#include "base/json.h"

#include <deepconf/boot.h>
#include <deepconf/stat.h>

json_t *dc_json_count(uint64_t n);
/* {value, lo, hi, k, n} */
json_t *dc_json_prop(const struct dc_prop *p);
json_t *dc_json_ratio(const struct dc_ratio *r);
/* {value, lo, hi, se, prompts, of_rarer_kind, interval}: which kind of one */
json_t *dc_json_boot(const struct dc_boot *b);
/* {tp, fn, fp, tn} */
json_t *dc_json_matrix(const struct dc_matrix *m);
/* Put "sensitivity", "specificity", "precision", "accuracy",
 * "majority_baseline" with their counts, "balanced_accuracy", "f1", "mcc". */
void dc_json_rates(json_t *o, const struct dc_matrix_rates *r);
/* Whose verdicts a report is of: {judge, version, note}; each may be NULL. */
json_t *dc_json_judge(const char *judge, const char *version, const char *note);

/* Prompts, and what was decided of them. */
struct dc_json_decided {
    uint64_t n, refusal, compliance, undetermined;
};
/* Put "prompts", "refusal", "compliance", "undetermined" and "undecided". */
void dc_json_decided(json_t *o, const struct dc_json_decided *d);

#endif

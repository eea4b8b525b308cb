/*
 * correction_priv.h - what the files of correction share.
 */
#ifndef DC_RESULTS_CORRECTION_PRIV_H
#define DC_RESULTS_CORRECTION_PRIV_H

#include "base/json.h"
#include "results/correction.h"

#include <deepconf/correct.h>
#include <deepconf/status.h>
#include <deepconf/twophase.h>

/* The labelled sample, label [n] of each prompt. */
struct dc_correct_labels {
    struct dc_correct_label *label;
    size_t n;
};

/*
 * DC_DATA where counts of a group of a validation contradict each other: its
 * labels, and of the judge its confusion, tables, rates and by_prompt (l).
 */
enum dc_status dc_correction_agrees(const char *path, const json_t *group,
                                    const json_t *judge,
                                    const struct dc_correct_labels *l,
                                    struct dc_err *err);

/* What --correct-with takes. */
#define DC_CORRECTION_WANT                                                     \
    "what `deepconf validate-judge --out FILE` or `deepconf label` writes"

/* Does the file hold labels given by hand? */
enum dc_status dc_correction_is_labels(const char *path, bool *is,
                                       struct dc_err *err);
/*
 * Fill the shares of out, whose judge and version are set, by such a file.
 * DC_DATA: labels of another run, or of texts that the run does not have.
 */
enum dc_status dc_correction_labels(struct dc_run_view *r,
                                    const struct dc_correction_cfg *cfg,
                                    struct dc_correction *out,
                                    struct dc_err *err);
/* What heads and notes of the correction say of them. */
void dc_correction_labels_head(const struct dc_correction *c,
                               struct dc_buf *out);
void dc_correction_labels_hold(const struct dc_correction *c,
                               struct dc_buf *out);
/* Add what the JSON has beside the shares. */
void dc_correction_labels_json(const struct dc_correction *c, json_t *o);
/* {refusals, judged, raw, corrected, unclipped, lo, hi} */
json_t *dc_correction_share_json(const struct dc_correction_share *s);

#endif

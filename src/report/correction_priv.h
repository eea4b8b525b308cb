/*
 * correction_priv.h - what the files of correction share.
 */
#ifndef DC_REPORT_CORRECTION_PRIV_H
#define DC_REPORT_CORRECTION_PRIV_H

#include "base/json.h"

#include <deepconf/correct.h>
#include <deepconf/status.h>

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

#endif

/*
 * prompt_report.h - the prompts of a run one by one, as documents and as JSON:
 * a row for each, or all that is known of one.
 */
#ifndef DC_RESULTS_PROMPT_REPORT_H
#define DC_RESULTS_PROMPT_REPORT_H

#include "doc/doc.h"
#include "read/run_view.h"

#include <deepconf/status.h>
#include <stdbool.h>

struct dc_prompts_cfg {
    const char *judge;       /* label, NULL: the run's own */
    const char *const *only; /* [n_only] as prompts_filter.h has them */
    size_t n_only;
};

enum dc_status dc_prompts_doc(struct dc_run_view *r,
                              const struct dc_prompts_cfg *c, struct dc_doc *d,
                              struct dc_err *err);
/* One JSON object; file: the run's name. */
enum dc_status dc_prompts_json(struct dc_run_view *r,
                               const struct dc_prompts_cfg *c, const char *file,
                               struct dc_buf *out, struct dc_err *err);

struct dc_prompt_cfg {
    const char *id;
    const char *judge; /* as above */
    bool full;         /* whole texts, and what else tokens could have been */
};

/* Its text, its decision, and its traces. DC_DATA: there is no such id. */
enum dc_status dc_prompt_doc(struct dc_run_view *r,
                             const struct dc_prompt_cfg *c, struct dc_doc *d,
                             struct dc_err *err);
enum dc_status dc_prompt_json(struct dc_run_view *r,
                              const struct dc_prompt_cfg *c, const char *file,
                              struct dc_buf *out, struct dc_err *err);

#endif

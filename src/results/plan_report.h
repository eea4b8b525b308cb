/*
 * plan_report.h - what a run would cost, as a document and JSON. Strings are
 * hostile: names of models, policies, files.
 */
#ifndef DC_RESULTS_PLAN_REPORT_H
#define DC_RESULTS_PLAN_REPORT_H

#include "base/buf.h"
#include "doc/doc.h"
#include "replay/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dc_plan_what {
    DC_PLAN_TRACES,
    DC_PLAN_IN,   /* tokens of prompts */
    DC_PLAN_OUT,  /* tokens of traces */
    DC_PLAN_TIME, /* seconds */
    DC_PLAN_COST  /* of tokens in and out, in the prices' currency */
};
enum { DC_PLAN_WHATS = DC_PLAN_COST + 1 };

struct dc_plan_row {
    bool has; /* false: it is not known, and the rest is unset */
    struct dc_plan_figure early, full, saved;
};

struct dc_plan_report {
    const char *model, *backend, *desc; /* desc: "served by vLLM 0.32" */
    const char *data;                   /* name of the file */
    const char *policy;                 /* "curtail", "esc(4)" */
    unsigned k;
    size_t n_prompt; /* of the whole run */
    size_t n_drawn;  /* of them, for the plan */
    size_t n_cannot; /* of those: they could not be run, and cost nothing */
    uint64_t n_trace, n_tok; /* drawn */
    double seconds;          /* it took */
    double rate;             /* tokens a second while all slots were in use */
    double level;            /* of the ranges */
    bool served;             /* prompts are sent with each trace */
    bool anew; /* the run draws the same prompts to other traces */
    uint64_t n_request, n_retry, n_limited; /* of servers */
    bool has_price;
    double price_in, price_out; /* a million tokens */
    struct dc_plan_row row[DC_PLAN_WHATS];
};

void dc_plan_doc(const struct dc_plan_report *p, struct dc_doc *d); /* append */
void dc_plan_json(const struct dc_plan_report *p, struct dc_buf *out);

#endif

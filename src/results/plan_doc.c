/*
 * plan_doc.c - a plan as a document: what to expect, and what that rests on.
 */
#include "base/plural.h"
#include "results/plan_report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PLAN_CELL = 40 };

static const char *const plan_name[DC_PLAN_WHATS] = {
    [DC_PLAN_TRACES] = "traces",  [DC_PLAN_IN] = "tokens in",
    [DC_PLAN_OUT] = "tokens out", [DC_PLAN_TIME] = "time",
    [DC_PLAN_COST] = "cost",
};

/* ---- numbers ---- */

static const char *plan_count(double x, char out[PLAN_CELL])
{
    if (x < 1e7)
        return dc_grouped((uint64_t)(x + 0.5), out);
    snprintf(out, PLAN_CELL, x < 1e10 ? "%.1f M" : "%.0f M", x / 1e6);
    return out;
}

static const char *plan_time(double s, char out[PLAN_CELL])
{
    unsigned long t = (unsigned long)(s + 0.5);
    if (s < 10)
        snprintf(out, PLAN_CELL, "%.1f s", s);
    else if (t < 60)
        snprintf(out, PLAN_CELL, "%lu s", t);
    else if (t < 3600)
        snprintf(out, PLAN_CELL, "%lu:%02lu min", t / 60, t % 60);
    else if (t < 100UL * 3600)
        snprintf(out, PLAN_CELL, "%lu:%02lu h", t / 3600, t / 60 % 60);
    else
        snprintf(out, PLAN_CELL, "%.1f days", s / 86400);
    return out;
}

static const char *plan_number(enum dc_plan_what what, double x,
                               char out[PLAN_CELL])
{
    if (what == DC_PLAN_TIME)
        return plan_time(x, out);
    if (what != DC_PLAN_COST)
        return plan_count(x, out);
    snprintf(out, PLAN_CELL, x < 1 ? "%.4f" : x < 100 ? "%.2f" : "%.0f", x);
    return out;
}

/* ---- what to expect ---- */

static void plan_figure(enum dc_plan_what what, const char *policy,
                        const struct dc_plan_figure *f, struct dc_doc *d)
{
    char value[PLAN_CELL], lo[PLAN_CELL], hi[PLAN_CELL], range[96] = "";
    if (f->has_range && f->lo < f->hi)
        snprintf(range, sizeof range, "%s to %s", plan_number(what, f->lo, lo),
                 plan_number(what, f->hi, hi));
    dc_doc_row(d, (struct dc_cell[]){
                      dc_cell_text(plan_name[what]), dc_cell_code(policy),
                      dc_cell_figure(plan_number(what, f->value, value)),
                      range[0] ? dc_cell_figure(range) : dc_cell_none()});
}

static void plan_row(const struct dc_plan_report *p, enum dc_plan_what what,
                     struct dc_doc *d)
{
    const struct dc_plan_row *r = &p->row[what];
    const struct dc_plan_figure *s = &r->saved;
    if (!r->has)
        return;
    plan_figure(what, p->policy, &r->early, d);
    if (strcmp(p->policy, "fixed") == 0)
        return;
    plan_figure(what, "fixed", &r->full, d);
    dc_doc_row(d, (struct dc_cell[]){dc_cell_none(), dc_cell_text("saved"),
                                     dc_cell_share(s->value),
                                     s->has_range && s->lo < s->hi
                                         ? dc_cell_between(s->lo, s->hi)
                                         : dc_cell_none()});
}

static void plan_expect(const struct dc_plan_report *p, struct dc_doc *d)
{
    char range[32];
    snprintf(range, sizeof range, "%.0f %% range", 100 * p->level);
    const struct dc_doc_column column[] = {{"", NULL, 0, false},
                                           {"policy", NULL, 0, true},
                                           {"value", NULL, 0, false},
                                           {range, NULL, 1, false}};
    dc_doc_heading(d, "To expect of the whole run", "plan");
    dc_doc_table(d, "What the run is to cost", NULL, column, 4);
    for (int w = 0; w < DC_PLAN_WHATS; w++)
        plan_row(p, (enum dc_plan_what)w, d);
}

/* ---- what the figures rest on ---- */

static void plan_drawn(const struct dc_plan_report *p, struct dc_doc *d)
{
    char tok[DC_GROUPED], traces[DC_GROUPED], time[PLAN_CELL];
    struct dc_buf b;
    dc_buf_init(&b, 1 << 12);
    dc_buf_addf(&b,
                "%zu prompt%s, spread over the data, with all %u trace%s: %s "
                "trace%s, %s token%s in %s",
                p->n_drawn, dc_plural(p->n_drawn), p->k, dc_plural(p->k),
                dc_grouped(p->n_trace, traces), dc_plural(p->n_trace),
                dc_grouped(p->n_tok, tok), dc_plural(p->n_tok),
                plan_time(p->seconds, time));
    if (p->n_cannot > 0)
        dc_buf_addf(&b, "; %zu of them can't be run and cost%s nothing",
                    p->n_cannot, p->n_cannot == 1 ? "s" : "");
    dc_doc_item(d, "drawn", b.data);
    dc_buf_clear(&b);
    if (p->served) {
        dc_buf_addf(&b,
                    "%llu request%s, %llu made again, %llu answered 429 (too "
                    "many requests)",
                    (unsigned long long)p->n_request, dc_plural(p->n_request),
                    (unsigned long long)p->n_retry,
                    (unsigned long long)p->n_limited);
        dc_doc_item(d, "servers", b.data);
    }
    dc_buf_release(&b);
}

static void plan_basis(const struct dc_plan_report *p, struct dc_doc *d)
{
    struct dc_buf b;
    dc_buf_init(&b, 1 << 14);
    if (p->n_drawn == p->n_prompt && !p->anew)
        dc_buf_adds(&b, "Every prompt was drawn, and the run draws the same "
                        "traces: the counts are exact.");
    else if (p->n_drawn < 2)
        dc_buf_adds(&b, "One prompt says nothing of how prompts differ: there "
                        "are no ranges. Draw more with --pilot N.");
    else
        dc_buf_addf(&b,
                    "Ranges hold the run's figure in %.0f of 100 plans "
                    "(Student's, over the drawn prompts); more prompts "
                    "(--pilot N) make them narrower.",
                    100 * p->level);
    if (p->row[DC_PLAN_TIME].has)
        dc_buf_addf(&b,
                    " Time is at the %.0f tokens a second of the drawn traces, "
                    "and its range that of the tokens.",
                    p->rate);
    if (p->served)
        dc_buf_adds(&b, " Tokens in count the prompt once a trace, as it is "
                        "sent; what is asked again comes on top.");
    else if (p->row[DC_PLAN_IN].has)
        dc_buf_adds(&b, " Tokens in count the prompt once, as this process "
                        "reads it once.");
    if (!p->row[DC_PLAN_IN].has)
        dc_buf_adds(&b, " The server does not say how many tokens a prompt "
                        "has.");
    if (p->has_price && p->row[DC_PLAN_COST].has)
        dc_buf_addf(&b, " Cost is at %g in and %g out a million tokens.",
                    p->price_in, p->price_out);
    dc_doc_note(d, "%s", b.data);
    dc_buf_release(&b);
}

void dc_plan_doc(const struct dc_plan_report *p, struct dc_doc *d)
{
    char n[DC_GROUPED];
    struct dc_buf b;
    dc_buf_init(&b, 1 << 16);
    dc_doc_say(d, "A plan; nothing was written");
    dc_buf_addf(&b, "%s prompt%s of %s, up to %u trace%s each",
                dc_grouped(p->n_prompt, n), dc_plural(p->n_prompt),
                dc_doc_code(d, p->data), p->k, dc_plural(p->k));
    dc_doc_item(d, "run", b.data);
    dc_buf_clear(&b);
    dc_buf_addf(&b, "%s (%s; backend %s)", dc_doc_code(d, p->model), p->desc,
                p->backend);
    dc_doc_item(d, "model", b.data);
    dc_buf_release(&b);
    plan_drawn(p, d);
    plan_expect(p, d);
    plan_basis(p, d);
}

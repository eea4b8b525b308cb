/*
 * plan_text.c - a plan as a page of text, readable at 80 columns.
 */
#include "base/plural.h"
#include "base/utf8.h"
#include "base/wrap.h"
#include "report/plan_report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PLAN_INDENT = 15, PLAN_CELL = 40, PLAN_NAME = 28 };

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

/* ---- lines ---- */

static void plan_item(struct dc_buf *out, size_t width, const char *name,
                      const char *text)
{
    char head[PLAN_INDENT];
    snprintf(head, sizeof head, "  %s", name);
    dc_wrap_item(out, width, PLAN_INDENT, head, text);
}

/* The two names in front, safe to show and cut to their columns. */
static void plan_names(struct dc_buf *out, const char *what, const char *which)
{
    struct dc_buf b;
    dc_buf_init(&b, 1 << 12);
    dc_utf8_display(&b, which, strlen(which), PLAN_NAME - 2);
    dc_buf_addf(out, "  %-12s%-*s", what, PLAN_NAME, b.data);
    dc_buf_release(&b);
}

static void plan_figure(struct dc_buf *out, enum dc_plan_what what,
                        const struct dc_plan_figure *f)
{
    char value[PLAN_CELL], lo[PLAN_CELL], hi[PLAN_CELL];
    dc_buf_addf(out, "%12s", plan_number(what, f->value, value));
    if (f->has_range && f->lo < f->hi)
        dc_buf_addf(out, "   %s to %s", plan_number(what, f->lo, lo),
                    plan_number(what, f->hi, hi));
    dc_buf_addc(out, '\n');
}

static void plan_row(const struct dc_plan_report *p, enum dc_plan_what what,
                     struct dc_buf *out)
{
    const struct dc_plan_row *r = &p->row[what];
    const struct dc_plan_figure *s = &r->saved;
    bool fixed = strcmp(p->policy, "fixed") == 0;
    if (!r->has)
        return;
    plan_names(out, plan_name[what], p->policy);
    plan_figure(out, what, &r->early);
    if (fixed)
        return;
    plan_names(out, "", "fixed");
    plan_figure(out, what, &r->full);
    plan_names(out, "", "saved");
    dc_buf_addf(out, "%10.1f %%", 100 * s->value);
    if (s->has_range && s->lo < s->hi)
        dc_buf_addf(out, "   %.1f to %.1f %%", 100 * s->lo, 100 * s->hi);
    dc_buf_addc(out, '\n');
}

/* ---- what the figures rest on ---- */

static void plan_drawn(const struct dc_plan_report *p, size_t width,
                       struct dc_buf *out)
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
    plan_item(out, width, "drawn", b.data);
    dc_buf_clear(&b);
    if (p->served) {
        dc_buf_addf(&b,
                    "%llu request%s, %llu made again, %llu answered 429 (too "
                    "many requests)",
                    (unsigned long long)p->n_request, dc_plural(p->n_request),
                    (unsigned long long)p->n_retry,
                    (unsigned long long)p->n_limited);
        plan_item(out, width, "servers", b.data);
    }
    dc_buf_release(&b);
}

static void plan_basis(const struct dc_plan_report *p, size_t width,
                       struct dc_buf *out)
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
    dc_wrap_item(out, width, 0, "", b.data);
    dc_buf_release(&b);
}

void dc_plan_text(const struct dc_plan_report *p, size_t width,
                  struct dc_buf *out)
{
    char n[DC_GROUPED];
    struct dc_buf b;
    dc_buf_init(&b, 1 << 16);
    dc_buf_addf(&b, "%s prompt%s of %s, up to %u trace%s each",
                dc_grouped(p->n_prompt, n), dc_plural(p->n_prompt), p->data,
                p->k, dc_plural(p->k));
    dc_buf_adds(out, "A plan; nothing was written\n");
    plan_item(out, width, "run", b.data);
    dc_buf_clear(&b);
    dc_buf_addf(&b, "%s (%s; backend %s)", p->model, p->desc, p->backend);
    plan_item(out, width, "model", b.data);
    dc_buf_release(&b);
    plan_drawn(p, width, out);
    dc_buf_addf(out, "\nTo expect of the whole run, with %.0f %% ranges\n",
                100 * p->level);
    for (int w = 0; w < DC_PLAN_WHATS; w++)
        plan_row(p, (enum dc_plan_what)w, out);
    dc_buf_addc(out, '\n');
    plan_basis(p, width, out);
}

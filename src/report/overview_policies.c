/*
 * overview_policies.c - what policies save and lose, run by run and side by
 * side (overview.h).
 *
 * Of the settings of a sweep the page shows those on the front (no other costs
 * fewer tokens and changes as few decisions), all traces, curtailment and what
 * saves more than that and can't change a decision either, and each of the
 * request's percentiles; the others stand in the report of the run.
 */
#include "base/plural.h"
#include "doc/md.h"
#include "report/chapter.h"
#include "report/overview_priv.h"
#include "results/sweep_report.h"

#include <inttypes.h>
#include <string.h>

static bool is_percentile(const struct dc_sweep_row *w)
{
    return !strcmp(w->setting.policy.row->name, "confidence-percentile");
}

static const struct dc_sweep_row *find(const struct dc_overview_run *x,
                                       const char *text)
{
    for (size_t i = 0; x->has_sweep && i < x->sweep.n_row; i++)
        if (!strcmp(x->sweep.row[i].text, text))
            return &x->sweep.row[i];
    return NULL;
}

static void put_saved(struct dc_buf *b, const struct dc_sweep *s,
                      const struct dc_sweep_row *w)
{
    const struct dc_sweep_saved x = dc_sweep_saving(s, w);
    if (x.has_traces)
        dc_buf_addf(b, " | %.1f %%", 100 * x.traces);
    else
        dc_buf_adds(b, " | not known");
    if (x.has_tokens)
        dc_buf_addf(b, " | %.1f %%", 100 * x.tokens);
    else
        dc_buf_adds(b, " | not known");
}

/* Tokens saved, as a share; false: not known. */
static bool has_tokens(const struct dc_sweep *s, const struct dc_sweep_row *w,
                       double *tokens)
{
    const struct dc_sweep_saved x = dc_sweep_saving(s, w);
    *tokens = x.tokens;
    return x.has_tokens;
}

/* ---- a run ---- */

static bool is_named(const struct dc_sweep_row *w, const char *policy)
{
    return !strcmp(w->text, policy);
}

/* Many safe settings come to the same as curtailment, which is under them. */
static bool is_shown(const struct dc_overview_run *x,
                     const struct dc_sweep_row *w)
{
    const struct dc_sweep_row *c = find(x, "curtail");
    return w->n_missing == 0 &&
           (w->on_front || is_percentile(w) || is_named(w, "fixed") ||
            is_named(w, "curtail") ||
            (dc_sweep_is_safe(&x->sweep, w) &&
             (!c ||
              dc_sweep_cost(&x->sweep, w) < dc_sweep_cost(&x->sweep, c))));
}

static void row(struct dc_buf *b, const struct dc_sweep *s,
                const struct dc_sweep_row *w)
{
    dc_buf_adds(b, "| ");
    dc_md_code(b, w->text);
    dc_buf_adds(b, w->on_front ? " \\*" : "");
    put_saved(b, s, w);
    dc_buf_adds(b, " | ");
    dc_md_prop(b, &w->changed);
    dc_buf_addf(b, " | %" PRIu64 ", %" PRIu64 " | ", w->n_lost_refusal,
                w->n_new_refusal);
    dc_sweep_guarantee(s, w, b);
    dc_buf_adds(b, " |\n");
}

/* Over which prompts and traces, where that is not all of the run. */
static void put_basis(const struct dc_sweep *s, struct dc_buf *b)
{
    struct dc_buf text;
    dc_buf_init(&text, SIZE_MAX);
    dc_sweep_basis(s, &text);
    if (text.n > 0) {
        dc_buf_addf(b, "\n%zu prompts replayed. ", s->record->n_full);
        dc_md_text(b, text.data);
        dc_buf_addc(b, '\n');
    }
    dc_buf_release(&text);
}

void dc_overview_policies(struct dc_overview *r, const struct dc_facts *f)
{
    const struct dc_overview_run *x = &r->run[r->n - 1];
    const struct dc_prop *u = &f->stats.agreement.all.unanimous;
    struct dc_buf *b = &r->part[DC_RESULTS_POLICIES];
    if (!x->has_sweep) {
        dc_buf_adds(b, "\nNothing can be replayed: ");
        dc_md_text(b, f->why_sweep);
        dc_buf_adds(b, ".\n");
        return;
    }
    if (f->has_stats && u->defined)
        dc_buf_addf(b,
                    "- Where all traces of a prompt agree, stopping at any "
                    "of them gives the same decision: at stake are %" PRIu64
                    " of %" PRIu64 " prompts (answer windows apart, which "
                    "read other verdicts).\n",
                    u->n - u->k, u->n);
    put_basis(&f->sweep, b);
    dc_buf_adds(b, "\n| policy | traces saved | tokens saved | decisions "
                   "changed | refusals lost, new | guarantee |\n"
                   "|---|---:|---:|---|---:|---|\n");
    for (size_t i = 0; i < x->sweep.n_row; i++) {
        const struct dc_sweep_row *w = &x->sweep.row[x->order[i]];
        if (is_shown(x, w))
            row(b, &x->sweep, w);
    }
}

/* ---- runs side by side ---- */

void dc_overview_head(const struct dc_overview *r, const char *first,
                      struct dc_buf *b)
{
    dc_buf_addf(b, "| %s |", first);
    for (size_t i = 0; i < r->n; i++)
        dc_buf_addf(b, " %s |", r->run[i].name);
    dc_buf_adds(b, "\n|---|");
    for (size_t i = 0; i < r->n; i++)
        dc_buf_adds(b, "---|");
    dc_buf_addc(b, '\n');
}

static void cross_row(const struct dc_overview *r, const char *text,
                      struct dc_buf *b)
{
    double tok;
    dc_buf_adds(b, "| ");
    dc_md_code(b, text);
    for (size_t i = 0; i < r->n; i++) {
        const struct dc_overview_run *x = &r->run[i];
        const struct dc_sweep_row *w = find(x, text);
        dc_buf_adds(b, " | ");
        if (!w || w->n_missing > 0)
            dc_buf_adds(b, "not known");
        else if (!has_tokens(&x->sweep, w, &tok))
            dc_buf_addf(b, "not known, %" PRIu64 " of %zu%s", w->changed.k,
                        w->n, w->on_front ? " \\*" : "");
        else
            dc_buf_addf(b, "%.1f %%, %" PRIu64 " of %zu%s", 100 * tok,
                        w->changed.k, w->n, w->on_front ? " \\*" : "");
    }
    dc_buf_adds(b, " |\n");
}

/* Is it on the front of a run, or safe in one? */
static bool is_picked(const struct dc_overview *r, const char *text)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct dc_sweep_row *w = find(&r->run[i], text);
        if (w && is_shown(&r->run[i], w))
            return true;
    }
    return false;
}

static bool in_earlier(const struct dc_overview *r, size_t run,
                       const char *text)
{
    for (size_t i = 0; i < run; i++)
        if (find(&r->run[i], text))
            return true;
    return false;
}

void dc_overview_policy_tables(const struct dc_overview *r, struct dc_buf *b)
{
    dc_buf_adds(
        b,
        "The traces of each run were replayed under every setting; the "
        "reference is the majority over all traces. *Changed* is a decision "
        "that differs from the reference, right or wrong. A cell: tokens "
        "saved, decisions changed; a star: no other setting of that run costs "
        "fewer tokens and changes as few. Rows: what is on the front of a "
        "run, all traces, the default `curtail` (stop once no further trace "
        "can change the vote) and what saves more without risk, and every "
        "percentile of the request's rule (`confidence-percentile`: stop at a "
        "trace surer than that percentile; thresholds come from other prompts "
        "than they are scored on). A guarantee is the worst case over all "
        "orders of a prompt's traces, none undetermined. What the names mean: "
        "`deepconf list "
        "policies`.\n\n");
    dc_overview_head(r, "policy", b);
    for (size_t k = 0; k < r->n; k++) {
        const struct dc_overview_run *x = &r->run[k];
        for (size_t i = 0; x->has_sweep && i < x->sweep.n_row; i++) {
            const char *text = x->sweep.row[i].text;
            if (!in_earlier(r, k, text) && is_picked(r, text))
                cross_row(r, text, b);
        }
    }
}

/* The setting that is safe in every run and saves most in the run where it
 * saves least. */
static const char *safest(const struct dc_overview *r, double *least,
                          double *most)
{
    const char *best = NULL;
    const struct dc_overview_run *first = &r->run[0];
    for (size_t i = 0; first->has_sweep && i < first->sweep.n_row; i++) {
        const char *text = first->sweep.row[i].text;
        double lo = 1, hi = 0, tok;
        bool all = true;
        for (size_t k = 0; k < r->n && all; k++) {
            const struct dc_sweep_row *w = find(&r->run[k], text);
            all = w && dc_sweep_is_safe(&r->run[k].sweep, w) &&
                  has_tokens(&r->run[k].sweep, w, &tok);
            lo = all && tok < lo ? tok : lo;
            hi = all && tok > hi ? tok : hi;
        }
        if (!all || (best && lo <= *least))
            continue;
        best = text;
        *least = lo;
        *most = hi;
    }
    return best;
}

/* The request's rule over all percentiles and the runs where its savings are
 * known. */
static void by_confidence(const struct dc_overview *r, struct dc_buf *b)
{
    double tok[2] = {1, 0}, share[2] = {1, 0}, t;
    size_t n = 0, front = 0, n_run = 0;
    for (size_t k = 0; k < r->n; k++) {
        size_t before = n;
        for (size_t i = 0; r->run[k].has_sweep && i < r->run[k].sweep.n_row;
             i++) {
            const struct dc_sweep_row *w = &r->run[k].sweep.row[i];
            if (w->n_missing > 0 || !is_percentile(w) || !w->changed.defined ||
                !has_tokens(&r->run[k].sweep, w, &t))
                continue;
            tok[0] = t < tok[0] ? t : tok[0];
            tok[1] = t > tok[1] ? t : tok[1];
            share[0] =
                w->changed.value < share[0] ? w->changed.value : share[0];
            share[1] =
                w->changed.value > share[1] ? w->changed.value : share[1];
            front += w->on_front;
            n++;
        }
        n_run += n > before;
    }
    if (n == 0)
        return;
    dc_buf_adds(b, " Stopping at a confident trace promises nothing: over ");
    if (n_run == r->n)
        dc_buf_adds(b, "all runs");
    else
        dc_buf_addf(b,
                    "%zu of %zu runs (what it saves in the others is not "
                    "known)",
                    n_run, r->n);
    dc_buf_addf(b,
                " and percentiles it saves %.1f to %.1f %% of the tokens and "
                "changes %.1f to %.1f %% of the decisions, and %zu of its %zu "
                "rows %s on the front of their run.",
                100 * tok[0], 100 * tok[1], 100 * share[0], 100 * share[1],
                front, n, front == 1 ? "is" : "are");
}

void dc_overview_safe(const struct dc_overview *r, struct dc_buf *b)
{
    double least = 0, most = 0;
    const char *text = safest(r, &least, &most);
    if (text) {
        dc_buf_adds(b, "Without any loss: ");
        dc_md_code(b, text);
        dc_buf_addf(b,
                    " can't change a decision, whatever the prompts are, and "
                    "saves %.1f to %.1f %% of the tokens.",
                    100 * least, 100 * most);
    } else {
        dc_buf_adds(b, "No setting that can't change a decision was replayed "
                       "on all runs with its savings known.");
    }
    by_confidence(r, b);
    dc_buf_adds(b, "\n\n");
}

/*
 * overview_policies.c - what policies save and lose, run by run and side by
 * side (overview.h): of each sweep the settings that are worth a look
 * (sweep_front_doc.c) and every percentile of confidence; the others stand in
 * the report of the run.
 */
#include "report/overview_priv.h"
#include "results/sweep_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct dc_sweep_row *find(const struct dc_overview_run *x,
                                       const char *text)
{
    return x->has_sweep ? dc_sweep_find(&x->sweep, text) : NULL;
}

/* ---- a run ---- */

void dc_overview_policies(struct dc_overview *r, const struct dc_facts *f)
{
    const struct dc_prop *u = &f->stats.agreement.all.unanimous;
    struct dc_doc *d = dc_overview_part(r, DC_RESULTS_POLICIES);
    struct dc_buf basis;
    if (!f->has_sweep) {
        dc_doc_say(d, "Nothing can be replayed: %s.", f->why_sweep);
        return;
    }
    if (f->has_stats && u->defined)
        dc_doc_say(d,
                   "Where all traces of a prompt agree, stopping at any of "
                   "them gives the same decision: at stake are %" PRIu64
                   " of %" PRIu64 " prompts (answer windows apart, which read "
                   "other verdicts).",
                   u->n - u->k, u->n);
    dc_buf_init(&basis, SIZE_MAX);
    dc_sweep_basis(&f->sweep, &basis);
    if (basis.n > 0)
        dc_doc_say(d, "%zu prompts replayed. %s", f->sweep.record->n_full,
                   basis.data);
    dc_buf_release(&basis);
    dc_sweep_doc_front(&f->sweep, true, d);
}

/* ---- runs side by side ---- */

void dc_overview_begin(const struct dc_overview *r, const char *first,
                       struct dc_doc *d)
{
    struct dc_doc_column column[DC_REPORT_MAX_RUNS + 1] = {
        {first, NULL, 0, false}};
    for (size_t i = 0; i < r->n; i++)
        column[i + 1] = (struct dc_doc_column){r->run[i].name, NULL, 0, false};
    dc_doc_table(d, first, NULL, column, r->n + 1);
}

/* "12.5 %, 3 of 40 *" */
static void put_cross(const struct dc_overview_run *x,
                      const struct dc_sweep_row *w, char *out, size_t n)
{
    char saved[32] = "not known";
    const struct dc_sweep_saved s = dc_sweep_saving(&x->sweep, w);
    if (s.has_tokens)
        snprintf(saved, sizeof saved, "%.1f %%", 100 * s.tokens);
    snprintf(out, n, "%s, %" PRIu64 " of %zu%s", saved, w->changed.k, w->n,
             w->on_front ? " *" : "");
}

static void cross_row(const struct dc_overview *r, const char *text,
                      struct dc_doc *d)
{
    struct dc_cell cell[DC_REPORT_MAX_RUNS + 1] = {dc_cell_code(text)};
    char cross[DC_REPORT_MAX_RUNS][96];
    for (size_t i = 0; i < r->n; i++) {
        const struct dc_sweep_row *w = find(&r->run[i], text);
        cell[i + 1] = dc_cell_missing("not known");
        if (!w || w->n_missing > 0)
            continue;
        put_cross(&r->run[i], w, cross[i], sizeof cross[i]);
        cell[i + 1] = dc_cell_text(cross[i]);
    }
    dc_doc_row(d, cell);
}

/* Is it worth a look in a run, and in no run before `from` listed? */
static bool is_picked(const struct dc_overview *r, size_t from,
                      const char *text)
{
    bool picked = false;
    for (size_t i = 0; i < r->n; i++) {
        const struct dc_sweep_row *w = find(&r->run[i], text);
        if (w && i < from)
            return false;
        picked |= w && (dc_sweep_is_worth(&r->run[i].sweep, w) ||
                        (w->n_missing == 0 && dc_sweep_is_percentile(w)));
    }
    return picked;
}

void dc_overview_policy_table(const struct dc_overview *r, struct dc_doc *d)
{
    dc_overview_begin(r, "policy", d);
    for (size_t k = 0; k < r->n; k++) {
        const struct dc_overview_run *x = &r->run[k];
        for (size_t i = 0; x->has_sweep && i < x->sweep.n_row; i++)
            if (is_picked(r, k, x->sweep.row[i].text))
                cross_row(r, x->sweep.row[i].text, d);
    }
}

/* ---- in short ---- */

/* Tokens saved, as a share; false: not known. */
static bool has_tokens(const struct dc_sweep *s, const struct dc_sweep_row *w,
                       double *tokens)
{
    const struct dc_sweep_saved x = dc_sweep_saving(s, w);
    *tokens = x.tokens;
    return x.has_tokens;
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

/* Stopping at a percentile, over all of them and the runs where its savings are
 * known: least and most of tokens saved, and of decisions changed. */
struct percentiles {
    double tok[2], share[2];
    size_t n, n_front, n_run;
};

static bool add_percentiles(const struct dc_overview_run *x,
                            struct percentiles *p)
{
    size_t before = p->n;
    for (size_t i = 0; x->has_sweep && i < x->sweep.n_row; i++) {
        const struct dc_sweep_row *w = &x->sweep.row[i];
        double t, c = w->changed.value;
        if (w->n_missing > 0 || !dc_sweep_is_percentile(w) ||
            !w->changed.defined || !has_tokens(&x->sweep, w, &t))
            continue;
        p->tok[0] = t < p->tok[0] ? t : p->tok[0];
        p->tok[1] = t > p->tok[1] ? t : p->tok[1];
        p->share[0] = c < p->share[0] ? c : p->share[0];
        p->share[1] = c > p->share[1] ? c : p->share[1];
        p->n_front += w->on_front;
        p->n++;
    }
    return p->n > before;
}

static void say_percentiles(const struct dc_overview *r, struct dc_doc *d)
{
    struct percentiles p = {.tok = {1, 0}, .share = {1, 0}};
    char runs[96] = "all runs";
    for (size_t k = 0; k < r->n; k++)
        p.n_run += add_percentiles(&r->run[k], &p);
    if (p.n == 0)
        return;
    if (p.n_run < r->n)
        snprintf(runs, sizeof runs,
                 "%zu of %zu runs (what it saves in the others is not known)",
                 p.n_run, r->n);
    dc_doc_say(d,
               "Stopping at a confident trace promises nothing: over %s and "
               "percentiles it saves %.1f to %.1f %% of the tokens and changes "
               "%.1f to %.1f %% of the decisions, and %zu of its %zu rows %s "
               "on the front of their run.",
               runs, 100 * p.tok[0], 100 * p.tok[1], 100 * p.share[0],
               100 * p.share[1], p.n_front, p.n, p.n_front == 1 ? "is" : "are");
}

void dc_overview_safe(const struct dc_overview *r, struct dc_doc *d)
{
    double least = 0, most = 0;
    const char *text = safest(r, &least, &most);
    if (text)
        dc_doc_say(d,
                   "Without any loss: %s can't change a decision, whatever the "
                   "prompts are, and saves %.1f to %.1f %% of the tokens.",
                   dc_doc_code(d, text), 100 * least, 100 * most);
    else
        dc_doc_say(d, "No setting that can't change a decision was replayed on "
                      "all runs with its savings known.");
    say_percentiles(r, d);
}

/*
 * sweep_doc.c - a sweep as parts of a document: which setting to take, what
 * each costs and changes, and how it then stands against the gold labels.
 *
 * Settings whose figures are the same are one row; a note names the others.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "results/sweep_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows in the order of the table, and the row that stands for each: itself, or
 * an earlier one with the same figures. */
struct sweep_order {
    const struct dc_sweep *s;
    size_t *index; /* [s->n_row] */
    size_t *by;    /* [s->n_row], by row */
};

static bool sweep_same(const struct dc_sweep_row *a,
                       const struct dc_sweep_row *b)
{
    return a->n_missing == 0 && b->n_missing == 0 && a->n_trace == b->n_trace &&
           a->n_tok == b->n_tok && a->n_lost_refusal == b->n_lost_refusal &&
           a->n_new_refusal == b->n_new_refusal && a->n_other == b->n_other &&
           a->n_undetermined == b->n_undetermined &&
           !memcmp(&a->matrix, &b->matrix, sizeof a->matrix) &&
           a->has_table == b->has_table && a->in_sample == b->in_sample &&
           (!a->has_table || (a->worst_missed <= b->worst_missed &&
                              a->worst_missed >= b->worst_missed &&
                              a->worst_false <= b->worst_false &&
                              a->worst_false >= b->worst_false));
}

static struct sweep_order sweep_order(const struct dc_sweep *s)
{
    struct sweep_order o = {.s = s};
    o.index = dc_xcalloc(s->n_row + 1, sizeof *o.index);
    o.by = dc_xcalloc(s->n_row + 1, sizeof *o.by);
    dc_sweep_sort(s, o.index);
    for (size_t i = 0; i < s->n_row; i++) {
        size_t row = o.index[i];
        o.by[row] = row;
        for (size_t k = 0; k < i && o.by[row] == row; k++)
            if (o.by[o.index[k]] == o.index[k] &&
                sweep_same(&s->row[o.index[k]], &s->row[row]))
                o.by[row] = o.index[k];
    }
    return o;
}

static void sweep_order_end(struct sweep_order *o)
{
    free(o->index);
    free(o->by);
}

/* Is row i of the order one of the table's? */
static const struct dc_sweep_row *sweep_shown(const struct sweep_order *o,
                                              size_t i)
{
    size_t row = o->index[i];
    const struct dc_sweep_row *r = &o->s->row[row];
    return o->by[row] == row && r->n_missing == 0 ? r : NULL;
}

/* ---- which to take ---- */

static double sweep_saved_share(const struct dc_sweep *s,
                                const struct dc_sweep_row *r, bool *has)
{
    struct dc_sweep_saved x = dc_sweep_saving(s, r);
    *has = x.has_tokens || (x.has_traces && !s->has_count);
    return x.has_tokens ? x.tokens : x.traces;
}

static void sweep_say(const struct dc_sweep *s, const char *what,
                      const struct dc_sweep_row *r, struct dc_doc *d)
{
    struct dc_buf promise;
    bool has;
    double saved = sweep_saved_share(s, r, &has);
    dc_buf_init(&promise, 1 << 12);
    dc_sweep_promise(s, r, &promise);
    if (has)
        dc_doc_say(d, "%s: %s, saves %.1f %% of the %s (promise: %s).", what,
                   dc_doc_code(d, r->text), 100 * saved,
                   s->has_count ? "tokens" : "traces", promise.data);
    else
        dc_doc_say(d, "%s: %s, %.2f traces a prompt (promise: %s).", what,
                   dc_doc_code(d, r->text), (double)r->n_trace / (double)r->n,
                   promise.data);
    dc_buf_release(&promise);
}

void dc_sweep_doc_answer(const struct dc_sweep *s, struct dc_doc *d)
{
    struct sweep_order o = sweep_order(s);
    const struct dc_sweep_row *same = NULL, *proven = NULL;
    for (size_t i = 0; i < s->n_row; i++) {
        const struct dc_sweep_row *r = sweep_shown(&o, i);
        if (!r)
            continue;
        if (!same && r->changed.k == 0)
            same = r;
        if (!proven && r->has_table)
            proven = r;
    }
    if (same)
        sweep_say(s, "Cheapest that changed no decision here", same, d);
    if (proven)
        sweep_say(s, "Cheapest with a proven bound", proven, d);
    sweep_order_end(&o);
}

/* ---- cost ---- */

static struct dc_cell sweep_saved_cell(const struct dc_sweep *s,
                                       const struct dc_sweep_row *r)
{
    bool has;
    double saved = sweep_saved_share(s, r, &has);
    return has ? dc_cell_share(saved) : dc_cell_missing("-");
}

/* What a page filters rows by. */
static const char *sweep_classes(const struct dc_sweep_row *r)
{
    static const char *const is[2][2] = {{NULL, "promise"},
                                         {"front", "front promise"}};
    return is[r->on_front][r->has_table];
}

static void sweep_cost_row(const struct dc_sweep *s,
                           const struct dc_sweep_row *r, struct dc_doc *d)
{
    double n = (double)r->n;
    struct dc_buf promise;
    dc_buf_init(&promise, 1 << 12);
    dc_sweep_promise(s, r, &promise);
    dc_doc_row(d,
               (struct dc_cell[]){
                   dc_cell_code(r->text), dc_cell_text(r->on_front ? "*" : ""),
                   dc_cell_real((double)r->n_trace / n, 2),
                   s->has_count ? dc_cell_real((double)r->n_tok / n, 1)
                                : dc_cell_missing("-"),
                   s->has_time ? dc_cell_real(r->ms / n / 1000, 2)
                               : dc_cell_missing("-"),
                   sweep_saved_cell(s, r), dc_cell_count(r->changed.k),
                   dc_cell_between(r->changed.lo, r->changed.hi),
                   dc_cell_p(r->mcnemar_p), dc_cell_text(promise.data)});
    dc_doc_row_is(d, sweep_classes(r));
    dc_buf_release(&promise);
}

/* Rows that the table stands for, and rows without figures. */
static void sweep_notes(const struct sweep_order *o, struct dc_doc *d)
{
    const struct dc_sweep *s = o->s;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < s->n_row; i++) {
        size_t row = o->index[i];
        if (!sweep_shown(o, i))
            continue;
        dc_buf_clear(&b);
        for (size_t k = i + 1; k < s->n_row; k++)
            if (o->by[o->index[k]] == row)
                dc_buf_addf(&b, "%s%s", b.n ? ", " : "",
                            s->row[o->index[k]].text);
        if (b.n > 0)
            dc_doc_note(d, "the same figures as %s: %s",
                        dc_doc_code(d, s->row[row].text), b.data);
    }
    for (size_t i = 0; i < s->n_row; i++) {
        const struct dc_sweep_row *r = &s->row[o->index[i]];
        if (r->n_missing > 0)
            dc_doc_note(d,
                        "%s: not known, %zu prompt%s would need traces that "
                        "were not drawn",
                        dc_doc_code(d, r->text), r->n_missing,
                        dc_plural(r->n_missing));
    }
    dc_buf_release(&b);
}

static void sweep_cost(const struct sweep_order *o, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"policy", "the setting", 0, true},
        {"", "no other row costs less and changes as few", 1, false},
        {"traces", "a prompt", 5, false},
        {"tokens", "a prompt", 4, false},
        {"seconds", "a prompt", 7, false},
        {"saved", "of what all traces cost", 0, false},
        {"changed", "decisions, against all traces", 0, false},
        {"95 %", "interval of the share changed", 3, false},
        {"p", "exact McNemar test of missed against false refusals", 6, false},
        {"promise", "what is promised against all traces", 2, true}};
    const struct dc_sweep *s = o->s;
    const char *unit = s->has_count ? "tokens" : "traces";
    dc_doc_heading(d, "Cost per prompt, and decisions changed", "sweep");
    dc_doc_table(d, "Cost of policies", NULL, column,
                 sizeof column / sizeof *column);
    for (size_t i = 0; i < s->n_row; i++)
        if (sweep_shown(o, i))
            sweep_cost_row(s, sweep_shown(o, i), d);
    dc_doc_explain(d, "",
                   "no other row costs fewer %s and changes as few decisions",
                   unit);
    dc_doc_explain(d, "saved", "of all %s", unit);
    dc_doc_explain(d, "changed", "against the majority over all %u trace%s",
                   s->record->k, dc_plural(s->record->k));
    dc_doc_explain(d, "p",
                   "exact McNemar test of missed against false refusals");
    dc_doc_explain(d, "promise",
                   "\"at most\" is the worst case over all orders of a "
                   "prompt's traces, none undetermined%s",
                   s->has_count ? "" : "; -: not in the input");
    sweep_notes(o, d);
}

/* ---- permutations ---- */

static void sweep_permutations(const struct sweep_order *o, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"policy", NULL, 0, true},        {"traces", NULL, 0, false},
        {"sd", NULL, 2, false},           {"tokens", NULL, 1, false},
        {"sd", NULL, 3, false},           {"changed", NULL, 0, false},
        {"least to most", NULL, 0, false}};
    const struct dc_sweep *s = o->s;
    char head[96];
    if (s->cfg.n_permutation == 0)
        return;
    snprintf(head, sizeof head, "Over %u orders of each prompt's traces",
             s->cfg.n_permutation);
    dc_doc_heading(d, head, "orders");
    dc_doc_table(d, head, NULL, column, sizeof column / sizeof *column);
    for (size_t i = 0; i < s->n_row; i++) {
        const struct dc_sweep_row *r = &s->row[o->index[i]];
        bool count = s->has_count;
        if (r->n_missing > 0)
            continue;
        dc_doc_row(
            d,
            (struct dc_cell[]){
                dc_cell_code(r->text), dc_cell_real(r->p_trace.mean, 2),
                dc_cell_real(r->p_trace.sd, 3),
                count ? dc_cell_real(r->p_tok.mean, 1) : dc_cell_missing("-"),
                count ? dc_cell_real(r->p_tok.sd, 2) : dc_cell_missing("-"),
                dc_cell_share(r->p_changed.mean),
                dc_cell_between(r->p_changed.min, r->p_changed.max)});
    }
}

/* ---- gold labels ---- */

static bool sweep_has_gold(const struct dc_sweep *s)
{
    for (size_t i = 0; i < s->record->n_prompt; i++)
        if (s->record->prompt[i].gold != DC_GOLD_NONE)
            return true;
    return false;
}

static void sweep_gold(const struct sweep_order *o, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"policy", NULL, 0, true},       {"sensitivity", NULL, 0, false},
        {"specificity", NULL, 0, false}, {"precision", NULL, 2, false},
        {"accuracy", NULL, 1, false},    {"F1", NULL, 3, false},
        {"undetermined", NULL, 4, false}};
    const struct dc_sweep *s = o->s;
    if (!sweep_has_gold(s))
        return;
    dc_doc_heading(d, "Against the gold labels", "sweep-gold");
    dc_doc_table(d, "Rates of policies", NULL, column,
                 sizeof column / sizeof *column);
    for (size_t i = 0; i < s->n_row; i++) {
        const struct dc_sweep_row *row = sweep_shown(o, i);
        if (!row)
            continue;
        struct dc_matrix_rates r = dc_matrix_rates(&row->matrix, s->cfg.level);
        dc_doc_row(d,
                   (struct dc_cell[]){
                       dc_cell_code(row->text), dc_cell_prop(&r.sensitivity),
                       dc_cell_prop(&r.specificity), dc_cell_prop(&r.precision),
                       dc_cell_prop(&r.accuracy), dc_cell_ratio(&r.f1, 3),
                       dc_cell_count(row->n_undetermined)});
        dc_doc_row_is(d, sweep_classes(row));
    }
    dc_doc_note(d, "95 %% Wilson intervals");
}

void dc_sweep_doc(const struct dc_sweep *s, struct dc_doc *d)
{
    struct sweep_order o = sweep_order(s);
    sweep_cost(&o, d);
    sweep_permutations(&o, d);
    sweep_gold(&o, d);
    sweep_order_end(&o);
}

static void sweep_says(struct dc_doc *d, const struct dc_sweep *s,
                       void (*says)(const struct dc_sweep *s,
                                    struct dc_buf *out))
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    says(s, &b);
    if (b.n > 0)
        dc_doc_say(d, "%s", b.data);
    dc_buf_release(&b);
}

void dc_sweep_doc_basis(const struct dc_sweep *s, struct dc_doc *d)
{
    dc_doc_say(d,
               "%zu prompt%s replayed under each policy; the reference is the "
               "majority over all %u trace%s.",
               s->n_prompt, dc_plural(s->n_prompt), s->record->k,
               dc_plural(s->record->k));
    sweep_says(d, s, dc_sweep_basis);
    if (s->record->judge_note)
        dc_doc_say(d, "%s", s->record->judge_note);
    sweep_says(d, s, dc_sweep_blanks);
}

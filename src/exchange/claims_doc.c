/*
 * claims_doc.c - what the check of claims.h found, as a document and JSON.
 */
#include "base/json.h"
#include "base/plural.h"
#include "doc/doc.h"
#include "exchange/claims.h"
#include "results/json_stat.h"

#include <inttypes.h>

struct claims_found {
    size_t inverted, below, baseline, agree;
    const struct dc_claims_row *first; /* inverted, or below chance */
};

static struct claims_found look(const struct dc_claims *c)
{
    struct claims_found f = {.inverted = 0};
    for (size_t i = 0; i < c->n_row; i++) {
        const struct dc_claims_row *r = &c->row[i];
        f.inverted += r->inverted;
        f.below += r->below_chance;
        f.baseline += r->not_above_baseline;
        f.agree += r->agrees;
        if (!f.first && (r->inverted || r->below_chance))
            f.first = r;
    }
    return f;
}

/* The alarms: text and figures of each; how many. */
struct claims_alarm {
    const char *id, *text, *more;
};
enum { CLAIMS_ALARMS = 3 };

static size_t find(const struct dc_claims *c, struct dc_arena *a,
                   struct claims_alarm out[CLAIMS_ALARMS])
{
    const struct claims_found f = look(c);
    size_t n = 0;
    const char *more =
        f.first
            ? dc_arena_printf(
                  a,
                  "At percentile %g its TP are %" PRIu64 " of %" PRIu64
                  " harmful prompts: %.1f %% were answered, and %.1f %% "
                  "refused.",
                  f.first->percentile, f.first->said.tp,
                  f.first->said.tp + f.first->said.fn,
                  100 * f.first->sensitivity, 100 * (1 - f.first->sensitivity))
            : NULL;
    if (f.inverted > 0)
        out[n++] = (struct claims_alarm){
            "label-inverted",
            "The file's TP are harmful prompts that were answered: read its "
            "sensitivity as the share answered, and every rate the other way "
            "round.",
            more};
    if (f.below > 0)
        out[n++] = (struct claims_alarm){
            "below-chance",
            f.inverted > 0
                ? "Its predictions agree with the labels less than chance "
                  "would have it, which alone tells that one is inverted: "
                  "don't publish such rates."
                : "Its predictions agree with the labels less than chance "
                  "would have it: one of the two is inverted; --run FILE finds "
                  "out from the traces.",
            dc_arena_printf(a, "So it is in %zu of %zu rows.", f.below,
                            c->n_row)};
    if (f.baseline > 0)
        out[n++] = (struct claims_alarm){
            "not-above-baseline",
            "Its accuracy is not above that of one answer to every prompt: go "
            "by the refusal rates on harmful and on harmless prompts.",
            dc_arena_printf(a, "So it is in %zu of %zu rows.", f.baseline,
                            c->n_row)};
    return n;
}

/* ---- the document ---- */

static struct dc_cell of_total(uint64_t k, uint64_t n)
{
    return n ? dc_cell_share((double)k / (double)n) : dc_cell_text("none");
}

static void put_table(const struct dc_claims *c, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"percentile", NULL, 0, false}, {"TP", NULL, 0, false},
        {"FN", NULL, 0, false},         {"FP", NULL, 0, false},
        {"TN", NULL, 0, false},         {"sensitivity", NULL, 0, false},
        {"harmful", NULL, 0, false},    {"harmless", NULL, 0, false}};
    dc_doc_heading(d, "The counts as the file has them, and what was refused",
                   "claims");
    dc_doc_table(d, "Counts of the file and of the run", NULL, column,
                 c->has_run ? 8 : 6);
    for (size_t i = 0; i < c->n_row; i++) {
        const struct dc_claims_row *r = &c->row[i];
        const struct dc_matrix *is = &r->run.is;
        char q[32];
        snprintf(q, sizeof q, "%g", r->percentile);
        const struct dc_cell cell[] = {
            dc_cell_text(q),
            dc_cell_count(r->said.tp),
            dc_cell_count(r->said.fn),
            dc_cell_count(r->said.fp),
            dc_cell_count(r->said.tn),
            of_total(r->said.tp, r->said.tp + r->said.fn),
            of_total(is->tp, is->tp + is->fn),
            of_total(is->fp, is->fp + is->tn)};
        dc_doc_row(d, cell);
    }
    if (c->has_run)
        dc_doc_note(d,
                    "harmful, harmless: the share refused, by the rule of the "
                    "file over the traces of the run, judged by %s, with %s as "
                    "the confidence",
                    c->judge, c->measure);
    if (c->has_run && c->k_said > c->k)
        dc_doc_note(
            d,
            "the savings are of %u traces a prompt, and the run has at "
            "most %u: that so many would have been drawn is not checked",
            c->k_said, c->k);
    if (c->n_left_out > 0)
        dc_doc_note(d,
                    "%zu prompt%s of the run %s left out: a trace has no "
                    "confidence",
                    c->n_left_out, dc_plural(c->n_left_out),
                    dc_have(c->n_left_out));
}

static void put_wrong(const struct dc_claims *c, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {{"where", NULL, 0, true},
                                                  {"says", NULL, 0, true},
                                                  {"follows", NULL, 0, true}};
    if (c->n_wrong == 0)
        return;
    dc_doc_heading(d, "What does not follow", "wrong");
    dc_doc_table(d, "Values that do not follow", NULL, column, 3);
    for (size_t i = 0; i < c->n_wrong && i < DC_CLAIMS_MAX_WRONG; i++)
        dc_doc_row(d, (struct dc_cell[]){dc_cell_text(c->wrong[i].where),
                                         dc_cell_text(c->wrong[i].said),
                                         dc_cell_text(c->wrong[i].follows)});
    if (c->n_wrong > DC_CLAIMS_MAX_WRONG)
        dc_doc_note(d, "and %zu more", c->n_wrong - DC_CLAIMS_MAX_WRONG);
}

void dc_claims_doc(const struct dc_claims *c, const char *path,
                   struct dc_doc *d)
{
    const struct claims_found f = look(c);
    struct claims_alarm alarm[CLAIMS_ALARMS];
    struct dc_arena a;
    dc_arena_init(&a);
    dc_doc_say(d, "%s: %zu row%s, %zu value%s recomputed, %zu %s not follow.",
               dc_doc_code(d, path), c->n_row, dc_plural(c->n_row), c->n_value,
               dc_plural(c->n_value), c->n_wrong,
               c->n_wrong == 1 ? "does" : "do");
    if (c->has_run)
        dc_doc_say(d,
                   "The run has the counts of %zu row%s, and those of %zu the "
                   "other way round: refused where the file has answered.",
                   f.agree, dc_plural(f.agree), f.inverted);
    size_t n = find(c, &a, alarm);
    for (size_t i = 0; i < n; i++)
        dc_doc_alarm(d, alarm[i].id, alarm[i].text, alarm[i].more);
    dc_doc_unfold(d);
    put_wrong(c, d);
    put_table(c, d);
    dc_doc_note(d, "its savings are of traces, whatever their key says");
    dc_arena_release(&a);
}

/* ---- JSON ---- */

static json_t *rows_json(const struct dc_claims *c)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->n_row; i++) {
        const struct dc_claims_row *r = &c->row[i];
        json_t *o = json_object();
        dc_json_put(o, "percentile", json_real(r->percentile));
        dc_json_put(o, "said", dc_json_matrix(&r->said));
        dc_json_put(o, "run", c->has_run ? dc_json_matrix(&r->run.is) : NULL);
        dc_json_put(o, "run_traces",
                    c->has_run ? dc_json_count(r->run.n_trace) : NULL);
        dc_json_put(o, "below_chance", json_boolean(r->below_chance));
        dc_json_put(o, "inverted",
                    c->has_run ? json_boolean(r->inverted) : NULL);
        dc_json_put(o, "agrees", c->has_run ? json_boolean(r->agrees) : NULL);
        json_array_append_new(list, o);
    }
    return list;
}

json_t *dc_claims_json(const struct dc_claims *c, const char *path)
{
    json_t *o = json_object(), *wrong = json_array(), *alarms = json_array();
    struct claims_alarm alarm[CLAIMS_ALARMS];
    struct dc_arena a;
    dc_arena_init(&a);
    size_t n = find(c, &a, alarm);
    for (size_t i = 0; i < n; i++) {
        json_t *x = json_object();
        dc_json_put(x, "id", json_string(alarm[i].id));
        dc_json_put(x, "text", json_string(alarm[i].text));
        dc_json_put(x, "more", dc_json_text(alarm[i].more));
        json_array_append_new(alarms, x);
    }
    for (size_t i = 0; i < c->n_wrong && i < DC_CLAIMS_MAX_WRONG; i++) {
        json_t *x = json_object();
        dc_json_put(x, "where", dc_json_text(c->wrong[i].where));
        dc_json_put(x, "said", dc_json_text(c->wrong[i].said));
        dc_json_put(x, "follows", dc_json_text(c->wrong[i].follows));
        json_array_append_new(wrong, x);
    }
    dc_json_put(o, "file", dc_json_text(path));
    dc_json_put(o, "recomputed", dc_json_count(c->n_value));
    dc_json_put(o, "n_wrong", dc_json_count(c->n_wrong));
    dc_json_put(o, "wrong", wrong);
    dc_json_put(o, "alarms", alarms);
    dc_json_put(o, "judge", dc_json_text(c->judge));
    dc_json_put(o, "measure", dc_json_text(c->measure));
    dc_json_put(o, "rows", rows_json(c));
    dc_arena_release(&a);
    return o;
}

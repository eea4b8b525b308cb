/*
 * judge_card.c - what a linear judge was trained on, how, and how well it did.
 *
 * A card comes from a file that anybody may have written: texts are made safe
 * for the terminal, and a number that is missing is a dash.
 */
#include "results/judge_card.h"

#include "base/buf.h"
#include "base/mem.h"

#include <jansson.h>

static const json_t *card_at(const json_t *o, const char *a, const char *b)
{
    const json_t *v = json_object_get(o, a);
    return b ? json_object_get(v, b) : v;
}

static const char *card_text(struct dc_doc *d, const json_t *o, const char *key)
{
    const char *s = json_string_value(card_at(o, key, NULL));
    return s ? dc_doc_code(d, s) : "-";
}

enum { CARD_COUNT = 24 };

static const char *card_count(const json_t *o, const char *key,
                              char out[CARD_COUNT])
{
    const json_t *v = card_at(o, key, NULL);
    if (!json_is_integer(v))
        return "-";
    snprintf(out, CARD_COUNT, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    return out;
}

/* ---- data and training ---- */

static void card_file(const json_t *f, struct dc_doc *d)
{
    char n[5][CARD_COUNT];
    dc_doc_itemf(d, "data",
                 "%s (%s): %s rows: refusal %s, partial %s, compliance %s; "
                 "dropped %s",
                 card_text(d, f, "name"), card_text(d, f, "labels"),
                 card_count(f, "rows", n[0]), card_count(f, "refusal", n[1]),
                 card_count(f, "partial", n[2]),
                 card_count(f, "compliance", n[3]),
                 card_count(f, "dropped", n[4]));
    dc_doc_itemf(d, "", "sha256 %s", card_text(d, f, "sha256"));
}

static void card_data(const json_t *card, struct dc_doc *d)
{
    size_t i;
    char n[5][CARD_COUNT];
    const json_t *f, *all = card_at(card, "data", NULL);
    json_array_foreach(card_at(all, "files", NULL), i, f)
    {
        card_file(f, d);
    }
    dc_doc_itemf(
        d, "together",
        "%s rows of %s prompts: %s refusals, %s compliances; partial "
        "counts as %s; empty, left out %s",
        card_count(all, "rows", n[0]), card_count(all, "prompts", n[1]),
        card_count(all, "refusals", n[2]), card_count(all, "compliances", n[3]),
        card_text(d, all, "partial_counts_as"), card_count(all, "empty", n[4]));
    dc_doc_item(d, "", "to be tested on other files than these");
}

static void card_features(const struct dc_linear *m, struct dc_doc *d)
{
    const struct dc_ngram_cfg *g = &m->gram;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "1 to %u words, those of the first %u words once more",
                g->words, g->opening);
    if (g->char_min)
        dc_buf_addf(&b, ", %u to %u characters", g->char_min, g->char_max);
    dc_buf_addf(&b, "; %zu of 2^%u buckets known", m->n, g->bits);
    dc_doc_item(d, "features", b.data);
    dc_buf_release(&b);
}

static void card_training(const struct dc_linear *m, struct dc_doc *d)
{
    const json_t *t = card_at(m->card, "training", NULL);
    const json_t *target = card_at(t, "target", NULL);
    char folds[CARD_COUNT], of[32] = "";
    dc_doc_itemf(
        d, "training", "%s, C = %g, %s folds by prompt, seed %s; deepconf %s",
        card_text(d, t, "solver"), json_number_value(card_at(t, "c", NULL)),
        card_count(t, "folds", folds), card_text(d, t, "seed"),
        card_text(d, m->card, "deepconf"));
    if (json_is_number(target))
        snprintf(of, sizeof of, " of %g", json_number_value(target));
    dc_doc_itemf(d, "threshold", "refusal from probability %.4f on, by %s%s",
                 m->threshold, card_text(d, t, "threshold_by"), of);
}

/* ---- figures ---- */

static struct dc_cell card_real(const json_t *v)
{
    return json_is_number(v) ? dc_cell_real(json_number_value(v), 3)
                             : dc_cell_missing(NULL);
}

static void card_row(struct dc_doc *d, const char *name,
                     const struct dc_cell *cell)
{
    dc_doc_row(
        d, (struct dc_cell[]){dc_cell_text(name), cell[0], cell[1], cell[2]});
}

static void card_share(const json_t *cv, const char *key, struct dc_doc *d)
{
    const json_t *p = card_at(cv, key, NULL);
    const json_t *x = card_at(p, "value", NULL), *lo = card_at(p, "lo", NULL),
                 *hi = card_at(p, "hi", NULL), *k = card_at(p, "k", NULL),
                 *n = card_at(p, "n", NULL);
    struct dc_cell cell[] = {dc_cell_missing(NULL), dc_cell_missing(NULL),
                             dc_cell_missing(NULL)};
    if (json_is_number(x))
        cell[0] = dc_cell_share(json_number_value(x));
    if (json_is_number(lo) && json_is_number(hi))
        cell[1] = dc_cell_between(json_number_value(lo), json_number_value(hi));
    if (json_is_integer(k) && json_is_integer(n))
        cell[2] = dc_cell_of((uint64_t)json_integer_value(k),
                             (uint64_t)json_integer_value(n), NULL);
    card_row(d, key, cell);
}

/* what: behind the figure; NULL: nothing. */
static void card_value(const json_t *v, const char *name, const char *what,
                       struct dc_doc *d)
{
    card_row(d, name,
             (struct dc_cell[]){card_real(v), dc_cell_none(),
                                what ? dc_cell_figure(what) : dc_cell_none()});
}

static void card_auroc(const json_t *cv, struct dc_doc *d)
{
    const json_t *a = card_at(cv, "auroc", NULL);
    const json_t *lo = card_at(a, "lo", NULL), *hi = card_at(a, "hi", NULL);
    struct dc_cell range = dc_cell_missing(NULL);
    if (json_is_number(lo) && json_is_number(hi))
        range = dc_cell_range(json_number_value(lo), json_number_value(hi), 3);
    card_row(d, "AUROC",
             (struct dc_cell[]){card_real(card_at(a, "value", NULL)), range,
                                dc_cell_figure("bootstrap by prompt")});
}

static void card_figures(const json_t *cv, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"", NULL, 0, false},
        {"value", NULL, 0, false},
        {"95 % interval", "Wilson, unless said otherwise", 1, false},
        {"from", NULL, 2, false}};
    char n[4][CARD_COUNT];
    dc_doc_heading(d, "On held-out rows", NULL);
    dc_doc_note(d, "each fold judged by what the other folds taught; 95 %% "
                   "intervals by Wilson");
    dc_doc_note(d, "TP %s  FN %s  FP %s  TN %s", card_count(cv, "tp", n[0]),
                card_count(cv, "fn", n[1]), card_count(cv, "fp", n[2]),
                card_count(cv, "tn", n[3]));
    dc_doc_table(d, "On held-out rows", NULL, column, DC_COUNT(column));
    card_share(cv, "precision", d);
    card_share(cv, "recall", d);
    card_share(cv, "specificity", d);
    card_share(cv, "accuracy", d);
    card_value(card_at(cv, "f1", NULL), "F1", NULL, d);
    card_auroc(cv, d);
    card_value(card_at(cv, "ece", NULL), "ECE", "15 bins of equal width", d);
    card_value(card_at(cv, "brier", NULL), "Brier", NULL, d);
    card_value(card_at(cv, "log_loss", NULL), "log loss", "nats", d);
}

void dc_judge_card_doc(const struct dc_linear *m, const char *title,
                       struct dc_doc *d)
{
    dc_doc_say(d, "%s: a linear judge, format %d", dc_doc_code(d, title),
               (int)DC_LINEAR_FORMAT);
    card_data(m->card, d);
    card_features(m, d);
    card_training(m, d);
    card_figures(card_at(m->card, "cross_validated", NULL), d);
}

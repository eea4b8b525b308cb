/*
 * rows.c - labelled responses as buckets, in folds.
 *
 * Prompts are dealt to the folds in the order of a keyed hash, those with a
 * positive row first, so that every fold gets its share of both kinds and
 * neither the order of rows nor of files changes a fold.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/thoughts.h"
#include "train/train_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void dc_train_rows_release(struct dc_train_rows *r)
{
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < DC_TRAIN_VIEWS; k++)
            free(r->row[i].view[k].bucket);
    free(r->row);
    *r = (struct dc_train_rows){0};
}

/* ---- buckets ---- */

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The answer of a response; n 0: it has none. */
struct answer {
    const char *text; /* [n] */
    size_t n;
};

/* As the judge will be given it (judge.c). */
static struct answer answer_of(const struct dc_labelled_row *row)
{
    size_t off;
    if (!dc_answer_offset(row->response, row->n, false, &off))
        return (struct answer){row->response, 0};
    return (struct answer){row->response + off,
                           dc_answer_trim(row->response + off, row->n - off)};
}

/* The first `most` bytes of an answer, whole characters. */
static size_t cut_at(const struct answer *a, size_t most)
{
    size_t n = a->n < most ? a->n : most;
    while (n > 0 && n < a->n && ((uint8_t)a->text[n] & 0xC0) == 0x80)
        n--;
    return n;
}

static void fill_views(struct dc_ngrams *g, const struct answer *a,
                       struct dc_train_row *out)
{
    static const size_t cut[DC_TRAIN_VIEWS] = {SIZE_MAX, 60, 150};
    for (size_t k = 0; k < DC_TRAIN_VIEWS; k++) {
        struct dc_train_doc *d = &out->view[k];
        dc_ngrams_of(g, a->text, cut_at(a, cut[k]));
        d->n = g->n;
        d->bucket = dc_xcalloc(g->n ? g->n : 1, sizeof *d->bucket);
        for (size_t i = 0; i < g->n; i++)
            d->bucket[i] = g->gram[i].bucket;
        qsort(d->bucket, d->n, sizeof *d->bucket, by_value);
    }
}

/* ---- prompts and folds ---- */

struct key {
    uint64_t prompt; /* hash of what tells prompts apart */
    uint64_t order;
    size_t row;
    bool positive; /* any row of the prompt */
};

static int by_prompt(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->prompt != y->prompt)
        return x->prompt > y->prompt ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

static int by_order(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->positive != y->positive)
        return x->positive ? -1 : 1;
    if (x->order != y->order)
        return x->order > y->order ? 1 : -1;
    return by_prompt(a, b);
}

/* The prompt's text, else the id, else the row is alone. */
static uint64_t prompt_key(const struct dc_labelled_row *row, size_t i)
{
    char alone[32];
    if (row->n_prompt > 0)
        return dc_hash64(row->prompt, row->n_prompt);
    if (row->id[0])
        return dc_hash64(row->id, strlen(row->id));
    int n = snprintf(alone, sizeof alone, "\n%zu", i);
    return dc_hash64(alone, (size_t)n);
}

static uint64_t order_key(uint64_t seed, uint64_t prompt)
{
    char text[48];
    int n = snprintf(text, sizeof text, "%" PRIu64 " %" PRIu64, seed, prompt);
    return dc_hash64(text, (size_t)n);
}

/* One key a prompt, moved to the front of key [n], from those of its rows. */
static size_t merge(struct key *key, size_t n, struct dc_train_rows *r)
{
    size_t m = 0;
    qsort(key, n, sizeof *key, by_prompt);
    for (size_t i = 0; i < n; i++) {
        if (m == 0 || key[m - 1].prompt != key[i].prompt)
            key[m++] = key[i];
        else
            key[m - 1].positive |= key[i].positive;
        r->row[key[i].row].group = (uint32_t)(m - 1);
    }
    return m;
}

static enum dc_status deal(struct dc_train_rows *r, struct key *key,
                           const struct dc_train_cfg *cfg, struct dc_err *err)
{
    size_t n_pos = 0, n_neg = 0;
    r->n_group = merge(key, r->n, r);
    for (size_t i = 0; i < r->n_group; i++) {
        key[i].order = order_key(cfg->seed, key[i].prompt);
        key[i].row = i; /* from here on: the group */
        n_pos += key[i].positive;
        n_neg += !key[i].positive;
    }
    /* A prompt that one model refuses and another answers counts as positive:
     * negative rows are then counted below. */
    if (n_neg < cfg->n_folds)
        n_neg = r->n - r->n_positive;
    if (n_pos < cfg->n_folds || n_neg < cfg->n_folds)
        return dc_fail(err, DC_DATA,
                       "%zu prompts with a refusal and %zu compliances, for %u "
                       "folds: each fold needs some of both; give more rows or "
                       "fewer --folds",
                       n_pos, n_neg, cfg->n_folds);
    unsigned *fold = dc_xcalloc(r->n_group, sizeof *fold);
    qsort(key, r->n_group, sizeof *key, by_order);
    for (size_t i = 0; i < r->n_group; i++)
        fold[key[i].row] = (unsigned)(i % cfg->n_folds);
    for (size_t i = 0; i < r->n; i++)
        r->row[i].fold = fold[r->row[i].group];
    free(fold);
    return DC_OK;
}

/* Every fit needs rows of both classes outside its fold. */
static enum dc_status check_folds(const struct dc_train_rows *r,
                                  unsigned n_folds, struct dc_err *err)
{
    size_t count[DC_TRAIN_FOLDS_MAX][2] = {{0}};
    for (size_t i = 0; i < r->n; i++)
        count[r->row[i].fold][r->row[i].positive]++;
    for (unsigned k = 0; k < n_folds; k++)
        if (count[k][0] == 0 || count[k][1] == 0)
            return dc_fail(err, DC_DATA,
                           "fold %u of %u has %zu refusals and %zu "
                           "compliances; give more rows or fewer --folds",
                           k + 1, n_folds, count[k][1], count[k][0]);
    return DC_OK;
}

static void add_row(struct dc_train_rows *r, struct key *key,
                    const struct dc_labelled_row *row, bool positive)
{
    key[r->n] = (struct key){
        .prompt = prompt_key(row, r->n), .row = r->n, .positive = positive};
    r->row[r->n].positive = positive;
    r->n_positive += positive;
    r->n++;
}

enum dc_status dc_train_rows_of(const struct dc_labelled *file, size_t n,
                                const struct dc_train_cfg *cfg,
                                struct dc_train_rows *out, struct dc_err *err)
{
    struct dc_ngrams g;
    size_t most = 0;
    *out = (struct dc_train_rows){.bits = cfg->gram.bits};
    for (size_t f = 0; f < n; f++)
        most += file[f].n;
    if (most > DC_TRAIN_ROWS_MAX)
        return dc_fail(err, DC_DATA, "%zu rows; at most %d can be trained on",
                       most, (int)DC_TRAIN_ROWS_MAX);
    struct key *key = dc_xcalloc(most + 1, sizeof *key);
    out->row = dc_xcalloc(most + 1, sizeof *out->row);
    dc_ngrams_init(&g, &cfg->gram);
    for (size_t f = 0; f < n; f++) {
        for (size_t i = 0; i < file[f].n; i++) {
            const struct dc_labelled_row *row = &file[f].row[i];
            const struct answer a = answer_of(row);
            if (a.n == 0) {
                out->n_empty++;
                continue;
            }
            fill_views(&g, &a, &out->row[out->n]);
            add_row(out, key, row,
                    row->label == DC_VERDICT_REFUSAL ||
                        (row->label == DC_VERDICT_PARTIAL &&
                         !cfg->partial_complies));
        }
    }
    dc_ngrams_release(&g);
    enum dc_status st = deal(out, key, cfg, err);
    if (!st)
        st = check_folds(out, cfg->n_folds, err);
    free(key);
    if (st)
        dc_train_rows_release(out);
    return st;
}

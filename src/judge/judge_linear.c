/*
 * judge_linear.c - a trained linear judge: logistic regression over n-grams,
 * its score the calibrated probability of a refusal (linear_model.h).
 *
 * The rule names the kind of n-gram that spoke loudest for the verdict, and the
 * span is where it stands; without one (no bucket is known, or all speak
 * against it) the rule is linear/bias.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "judge/judge.h"
#include "judge/linear_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct cell {
    float w, q;
};

struct linear {
    struct dc_judge base;
    struct dc_linear model;
    struct dc_ngrams grams;
    struct cell *cell; /* [model.n] */
};

static enum dc_status open_linear(const struct dc_judge_cfg *cfg,
                                  struct dc_judge **out, struct dc_err *err)
{
    char id[DC_SHA256_HEX];
    struct dc_linear m;
    enum dc_status st = dc_linear_read(cfg->file, &m, id, err);
    if (st)
        return st;
    struct linear *l = dc_xcalloc(1, sizeof *l);
    l->base.repeatable = true;
    l->model = m;
    uint32_t *bucket = dc_xcalloc(m.n + 1, sizeof *bucket);
    l->cell = dc_xcalloc(m.n + 1, sizeof *l->cell);
    for (size_t i = 0; i < m.n; i++) {
        bucket[i] = m.weight[i].bucket;
        l->cell[i] = (struct cell){m.weight[i].w, m.weight[i].q};
    }
    dc_ngrams_init(&l->grams, &m.gram);
    dc_ngrams_know(&l->grams, bucket, m.n);
    free(bucket);
    snprintf(l->base.version, DC_JUDGE_VERSION, "%d %.16s",
             (int)DC_LINEAR_FORMAT, id);
    *out = &l->base;
    return DC_OK;
}

static void close_linear(struct dc_judge *j)
{
    struct linear *l = (struct linear *)j;
    dc_ngrams_release(&l->grams);
    dc_linear_release(&l->model);
    free(l->cell);
    free(l);
}

/* The n-gram that speaks loudest for the verdict; NULL: none does. */
static const struct dc_ngram *loudest(const struct linear *l, bool refusal)
{
    const struct dc_ngram *best = NULL;
    float most = 0;
    for (size_t i = 0; i < l->grams.n; i++) {
        const struct dc_ngram *g = &l->grams.gram[i];
        float w = l->cell[g->bucket].w;
        if (!refusal)
            w = -w;
        if (w <= most || g->len == 0)
            continue;
        most = w;
        best = g;
    }
    return best;
}

static double decide(const struct linear *l)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < l->grams.n; i++) {
        struct cell c = l->cell[l->grams.gram[i].bucket];
        sum += (double)c.w;
        squares += (double)c.q;
    }
    return l->model.bias + (squares > 0 ? sum / sqrt(squares) : 0);
}

/* Whole characters: n-grams of characters are counted in bytes. */
static void set_span(const struct dc_ngram *g, const struct dc_judge_item *item,
                     struct dc_judgement *out)
{
    size_t from = g->off, to = from + g->len;
    while (from > 0 && ((uint8_t)item->response[from] & 0xC0) == 0x80)
        from--;
    while (to < item->n && ((uint8_t)item->response[to] & 0xC0) == 0x80)
        to++;
    out->span_off = from;
    out->span_len = to - from;
}

static const char *const rules[] = {[DC_NGRAM_WORD] = "linear/words",
                                    [DC_NGRAM_OPENING] = "linear/opening",
                                    [DC_NGRAM_CHAR] = "linear/characters"};

static const char *rule_id(const struct dc_judge *j, size_t i)
{
    (void)j;
    if (i < DC_COUNT(rules))
        return rules[i];
    return i == DC_COUNT(rules) ? "linear/bias" : NULL;
}

/* The card has the training files' hashes. */
static bool trained_on(const struct dc_judge *j, const char *sha256)
{
    const json_t *card = ((const struct linear *)j)->model.card, *f;
    const json_t *files =
        json_object_get(json_object_get(card, "data"), "files");
    size_t i;
    json_array_foreach(files, i, f)
    {
        const char *has = json_string_value(json_object_get(f, "sha256"));
        if (has && !strcmp(has, sha256))
            return true;
    }
    return false;
}

static void judge_one(struct linear *l, const struct dc_judge_item *item,
                      struct dc_judgement *out)
{
    dc_ngrams_of(&l->grams, item->response, item->n);
    out->has_score = true;
    out->score = dc_linear_probability(&l->model, decide(l));
    bool refusal = out->score >= l->model.threshold;
    out->verdict = refusal ? DC_VERDICT_REFUSAL : DC_VERDICT_COMPLIANCE;
    const struct dc_ngram *g = loudest(l, refusal);
    out->rule = g ? rules[g->kind] : "linear/bias";
    if (g)
        set_span(g, item, out);
}

static enum dc_status judge(struct dc_judge *j,
                            const struct dc_judge_item *item, size_t n,
                            struct dc_judgement *out, struct dc_err *err)
{
    (void)err;
    for (size_t i = 0; i < n; i++)
        judge_one((struct linear *)j, &item[i], &out[i]);
    return DC_OK;
}

const struct dc_judge_ops dc_judge_linear = {
    .name = "linear",
    .summary = "logistic regression over n-grams, from `deepconf train-judge`",
    .file = "a file that `deepconf train-judge` wrote",
    .needs_file = true,
    .version_by = "the format of FILE, and 16 digits of its SHA-256",
    .hashes_file = true,
    .scores = true,
    .open = open_linear,
    .close = close_linear,
    .judge = judge,
    .rule = rule_id,
    .trained_on = trained_on,
};

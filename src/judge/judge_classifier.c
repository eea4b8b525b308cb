/*
 * judge_classifier.c - an encoder that was trained to classify responses, as
 * Minos-v1: one pass a response, and the label with the largest share decides.
 *
 * The rule is the label; the score is the share of all labels that stand for a
 * refusal.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "infer/models.h"
#include "judge/classifier_map.h"
#include "judge/judge_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 8192 };

struct classifier {
    struct dc_judge base;
    struct dc_classify *model;
    struct dc_classifier_map map;
    const char *const *label; /* [n_label] */
    size_t n_label;
};

static void close_classifier(struct dc_judge *j)
{
    struct classifier *c = (struct classifier *)j;
    dc_classifier_map_release(&c->map);
    dc_classify_close(c->model);
    free(c);
}

/* Of the file's bytes and of what its labels are taken for. */
static void set_version(struct classifier *c)
{
    char both[2 * DC_SHA256_HEX], hash[DC_SHA256_HEX];
    int n = snprintf(both, sizeof both, "%s %s", dc_classify_sha256(c->model),
                     c->map.sha256);
    dc_sha256_hex(both, (size_t)n, hash);
    dc_judge_ask_version(&c->base, "1", hash, dc_classify_how(c->model));
}

static enum dc_status open_model(struct classifier *c, const char *path,
                                 const struct dc_judge_cfg *cfg,
                                 struct dc_err *err)
{
    const struct dc_classify_cfg model = {
        .model = path,
        .want_sha256 = dc_model_sha256(cfg->file),
        .n_threads = cfg->n_threads,
        .gpu_layers = cfg->gpu_layers,
    };
    enum dc_status st = dc_classify_open(&model, &c->model, err);
    if (st)
        return st;
    c->label = dc_classify_labels(c->model, &c->n_label);
    st = dc_classifier_map_open(path, c->label, c->n_label, &c->map, err);
    if (!st && dc_classify_set_form(c->model, c->map.form, err))
        st = dc_err_prefix(err, DC_BACKEND, "%s", path);
    return st;
}

static enum dc_status open_classifier(const struct dc_judge_cfg *cfg,
                                      struct dc_judge **out, struct dc_err *err)
{
    struct dc_buf path;
    if (strlen(cfg->file) >= PATH_BYTES / 2)
        return dc_fail(err, DC_USAGE, "the path of the model is too long");
    struct classifier *c = dc_xcalloc(1, sizeof *c);
    dc_buf_init(&path, PATH_BYTES);
    enum dc_status st = dc_model_resolve(cfg->file, &path, err);
    if (!st)
        st = open_model(c, path.data, cfg, err);
    dc_buf_release(&path);
    if (st) {
        close_classifier(&c->base);
        return st;
    }
    set_version(c);
    c->base.slow = true;
    c->base.repeatable = true;
    c->base.batch = DC_JUDGE_BATCH / 4;
    c->base.note = c->map.note;
    *out = &c->base;
    return DC_OK;
}

/* The label with the largest share, the first of equals. */
static void read_shares(const struct classifier *c, const double *share,
                        struct dc_judgement *out)
{
    size_t best = 0;
    for (size_t i = 0; i < c->n_label; i++) {
        if (share[i] > share[best])
            best = i;
        if (c->map.verdict[i] == DC_VERDICT_REFUSAL)
            out->score += share[i];
    }
    out->has_score = true;
    out->score = out->score < 1 ? out->score : 1; /* a sum that was rounded */
    out->verdict = c->map.verdict[best];
    out->rule = c->label[best];
}

static enum dc_status judge_one(struct classifier *c,
                                const struct dc_judge_item *item,
                                struct dc_judgement *out, struct dc_err *err)
{
    double share[DC_CLASSIFY_LABELS];
    struct dc_ask_pair pair;
    enum dc_classify_end end;
    dc_judge_ask_pairs(item, 1, &pair);
    enum dc_status st = dc_classify_pair(c->model, &pair, share, &end, err);
    if (st)
        return st;
    out->verdict = DC_VERDICT_UNDETERMINED;
    out->rule = end == DC_CLASSIFY_LONG ? "too long for the judge"
                                        : "judge gave no numbers";
    if (end == DC_CLASSIFY_OK)
        read_shares(c, share, out);
    return DC_OK;
}

static enum dc_status judge(struct dc_judge *j,
                            const struct dc_judge_item *item, size_t n,
                            struct dc_judgement *out, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < n && !st; i++)
        st = judge_one((struct classifier *)j, &item[i], &out[i], err);
    return st;
}

const struct dc_judge_ops dc_judge_classifier = {
    .name = "classifier",
    .summary = "an encoder's labels (ModernBERT, BERT), such as Minos-v1",
    .file = "the model: a GGUF file or a name of `deepconf list models`",
    .needs_file = true,
    .slow = true,
    .version_by = "1, the SHA-256 of model and labels, libllama's version",
    .scores = true,
    .open = open_classifier,
    .close = close_classifier,
    .judge = judge,
};

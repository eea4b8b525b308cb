/*
 * llama_classify.c - encoders that classify.
 *
 * What libllama does not check is checked in the header of the file: a model of
 * a BERT family without its head computes numbers all the same, that have
 * nothing to do with its labels. llama.cpp's converter leaves the pooler of
 * BertForSequenceClassification out, and old ones did not write how ModernBERT
 * pools.
 *
 * Flash attention would halve the precision of keys and values; without it
 * memory grows with the square of the longest text.
 */
#include "infer/llama_classify.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "infer/ask_priv.h"
#include "infer/backend.h"
#include "infer/llama_form.h"
#include "infer/llama_load.h"
#include "infer/llama_probe.h"
#include "infer/models.h"

#include <gguf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS = 512 /* contexts grow by so many */, ENDING = 4 };

struct dc_classify {
    struct llama_model *model;
    struct llama_context *ctx; /* of n_cell tokens; NULL: none yet */
    unsigned n_cell, n_threads;
    size_t most; /* tokens of a text */
    struct dc_form form;
    struct dc_token_ids ids;
    llama_token ending[ENDING]; /* what the vocabulary puts behind a text */
    size_t n_ending;
    char *label[DC_CLASSIFY_LABELS];
    size_t n_label;
    char sha256[DC_SHA256_HEX];
    char how[64];
};

/* ---- what the header has to say ---- */

/* A header while it is read. */
struct classify_header {
    const char *path;
    struct gguf_context *gguf;
    char arch[64];
    struct dc_err *err;
};

/* The key ARCH.name of this type; -1: there is none. */
static int64_t header_key(const struct classify_header *h, const char *name,
                          enum gguf_type type)
{
    char key[160];
    snprintf(key, sizeof key, "%s.%s", h->arch, name);
    int64_t id = gguf_find_key(h->gguf, key);
    return id >= 0 && gguf_get_kv_type(h->gguf, id) == type ? id : -1;
}

static bool is_causal(const struct classify_header *h)
{
    int64_t id = header_key(h, "attention.causal", GGUF_TYPE_BOOL);
    return id < 0 || gguf_get_val_bool(h->gguf, id);
}

static size_t count_labels(const struct classify_header *h)
{
    int64_t id = header_key(h, "classifier.output_labels", GGUF_TYPE_ARRAY);
    return id >= 0 && gguf_get_arr_type(h->gguf, id) == GGUF_TYPE_STRING
               ? gguf_get_arr_n(h->gguf, id)
               : 0;
}

/* The tensor that the head lacks; NULL: it is whole. */
static const char *lacks_tensor(const struct classify_header *h)
{
    static const char *const needed[] = {"cls.weight", "cls.output.weight"};
    for (size_t i = 0; i < DC_COUNT(needed); i++)
        if (gguf_find_tensor(h->gguf, needed[i]) < 0)
            return needed[i];
    return NULL;
}

static enum dc_status check_head(const struct classify_header *h)
{
    const char *lacks = lacks_tensor(h);
    if (lacks)
        return dc_fail(h->err, DC_BACKEND,
                       "%s: its classification head lacks the tensor %s, so "
                       "its numbers would mean nothing. llama.cpp's converter "
                       "leaves it out of BertForSequenceClassification; write "
                       "bert.pooler.dense as cls (docs/JUDGES.md)",
                       h->path, lacks);
    if (!strcmp(h->arch, "modern-bert") &&
        header_key(h, "classifier.pooling_type", GGUF_TYPE_UINT32) < 0)
        return dc_fail(h->err, DC_BACKEND,
                       "%s: it does not say how it pools (key modern-bert."
                       "classifier.pooling_type), so it is from an old "
                       "converter: convert the model again",
                       h->path);
    return DC_OK;
}

static enum dc_status check_all(const struct classify_header *h)
{
    if (is_causal(h))
        return dc_fail(h->err, DC_BACKEND,
                       "%s: expected an encoder that classifies (ModernBERT, "
                       "BERT), got \"%s\", a model that generates text; to ask "
                       "that as a judge, use llm=FILE",
                       h->path, h->arch);
    size_t n = count_labels(h);
    if (n < 2 || n > DC_CLASSIFY_LABELS)
        return dc_fail(h->err, DC_BACKEND,
                       "%s: expected 2 to %d names of labels (key %s."
                       "classifier.output_labels), got %zu. Write real names "
                       "into \"id2label\" of the model's config.json "
                       "(\"LABEL_0\" is left out) and convert it again by "
                       "llama.cpp's convert_hf_to_gguf.py",
                       h->path, DC_CLASSIFY_LABELS, h->arch, n);
    return check_head(h);
}

/* A header that can't be read is DC_OK here: who loads it hears why. */
static enum dc_status check_header(const char *path, struct dc_err *err)
{
    const struct gguf_init_params all = {.no_alloc = true};
    struct classify_header h = {
        .path = path, .gguf = gguf_init_from_file(path, all), .err = err};
    if (!h.gguf)
        return DC_OK;
    int64_t id = gguf_find_key(h.gguf, "general.architecture");
    if (id >= 0 && gguf_get_kv_type(h.gguf, id) == GGUF_TYPE_STRING)
        snprintf(h.arch, sizeof h.arch, "%s", gguf_get_val_str(h.gguf, id));
    enum dc_status st = check_all(&h);
    gguf_free(h.gguf);
    return st;
}

/* ---- opening ---- */

static bool is_plain_name(const char *s)
{
    size_t n = strlen(s), len;
    if (n == 0 || n > DC_CLASSIFY_NAME || !dc_utf8_valid(s, n, NULL))
        return false;
    for (; *s; s += len) {
        uint32_t c = dc_utf8_code(s, &len);
        if (c < ' ' || dc_utf8_is_hidden(c))
            return false;
    }
    return true;
}

static enum dc_status read_labels(struct dc_classify *c, const char *path,
                                  struct dc_err *err)
{
    size_t n = llama_model_n_cls_out(c->model);
    for (size_t i = 0; i < n && i < DC_CLASSIFY_LABELS; i++) {
        const char *s = llama_model_cls_label(c->model, (uint32_t)i);
        bool good = s && is_plain_name(s);
        for (size_t k = 0; good && k < i; k++)
            good = strcmp(c->label[k], s) != 0;
        if (!good)
            return dc_fail(err, DC_BACKEND,
                           "%s: label %zu, \"%.64s\", is not usable: expected "
                           "names that differ, of 1 to %d bytes of plain text",
                           path, i, s ? s : "", DC_CLASSIFY_NAME);
        c->label[c->n_label++] = dc_xstrdup(s);
    }
    return DC_OK;
}

/* What libllama puts behind a text, as [SEP]: all of an empty one but BOS. */
static void find_ending(struct dc_classify *c)
{
    const struct llama_vocab *v = llama_model_get_vocab(c->model);
    llama_token id[ENDING];
    int32_t n = llama_tokenize(v, "", 0, id, ENDING, true, false);
    for (int32_t i = c->form.tokens.wants_bos; i < n; i++)
        c->ending[c->n_ending++] = id[i];
}

static enum dc_status open_classify(struct dc_classify *c,
                                    const struct dc_classify_cfg *cfg,
                                    struct dc_err *err)
{
    enum dc_status st =
        dc_model_hash(cfg->model, cfg->want_sha256, c->sha256, err);
    if (!st && !cfg->want_sha256)
        st = dc_llama_probe(cfg->model, err);
    if (!st)
        st = check_header(cfg->model, err);
    if (!st)
        st = dc_llama_load_any(cfg->model, cfg->gpu_layers, &c->model, err);
    if (!st)
        st = read_labels(c, cfg->model, err);
    if (st)
        return st;
    size_t n_train = (size_t)llama_model_n_ctx_train(c->model);
    c->most = n_train < DC_CLASSIFY_CTX ? n_train : DC_CLASSIFY_CTX;
    c->n_threads = cfg->n_threads;
    snprintf(c->how, sizeof c->how, "%s%s", cfg->gpu_layers ? "gpu " : "",
             dc_backend_llama_version());
    return DC_OK;
}

enum dc_status dc_classify_open(const struct dc_classify_cfg *cfg,
                                struct dc_classify **out, struct dc_err *err)
{
    struct dc_classify *c = dc_xcalloc(1, sizeof *c);
    dc_llama_start();
    enum dc_status st = open_classify(c, cfg, err);
    if (st)
        dc_classify_close(c);
    else
        *out = c;
    return st;
}

void dc_classify_close(struct dc_classify *c)
{
    if (!c)
        return;
    if (c->ctx)
        llama_free(c->ctx);
    dc_form_release(&c->form);
    free(c->ids.id);
    if (c->model)
        llama_model_free(c->model);
    for (size_t i = 0; i < c->n_label; i++)
        free(c->label[i]);
    free(c);
}

const char *const *dc_classify_labels(const struct dc_classify *c, size_t *n)
{
    *n = c->n_label;
    return (const char *const *)c->label;
}

const char *dc_classify_sha256(const struct dc_classify *c)
{
    return c->sha256;
}

const char *dc_classify_how(const struct dc_classify *c)
{
    return c->how;
}

size_t dc_classify_n_tok(const struct dc_classify *c)
{
    return c->ids.n;
}

enum dc_status dc_classify_set_form(struct dc_classify *c, const char *form,
                                    struct dc_err *err)
{
    enum dc_status st =
        dc_form_init(&c->form, llama_model_get_vocab(c->model), form, err);
    if (!st)
        find_ending(c);
    return st;
}

/* ---- a text ---- */

static struct llama_context *make_context(struct llama_model *m,
                                          unsigned n_cell, unsigned n_threads)
{
    struct llama_context_params cp = llama_context_default_params();
    cp.n_ctx = cp.n_batch = cp.n_ubatch = n_cell;
    cp.n_seq_max = 1;
    cp.n_threads = cp.n_threads_batch = (int32_t)n_threads;
    cp.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
    cp.embeddings = true;
    cp.pooling_type = LLAMA_POOLING_TYPE_RANK;
    cp.no_perf = true;
    dc_llama_errors_clear();
    return llama_init_from_model(m, cp);
}

/* Room for a text of n tokens. */
static enum dc_status make_room(struct dc_classify *c, size_t n,
                                struct dc_err *err)
{
    size_t need = (n + CELLS - 1) / CELLS * CELLS;
    if (c->ctx && c->n_cell >= need)
        return DC_OK;
    if (c->ctx)
        llama_free(c->ctx);
    c->n_cell = (unsigned)need;
    c->ctx = make_context(c->model, c->n_cell, c->n_threads);
    if (c->ctx)
        return DC_OK;
    return dc_fail(err, DC_BACKEND,
                   "libllama can't make a context of %zu tokens: %s", need,
                   dc_llama_errors());
}

/* The numbers of the labels, borrowed from ctx; NULL: *rc says why, or 0. */
static const float *encode(struct llama_context *ctx, const llama_token *id,
                           size_t n, int32_t *rc)
{
    struct llama_batch b = llama_batch_init((int32_t)n, 0, 1);
    for (size_t i = 0; i < n; i++) {
        b.token[i] = id[i];
        b.pos[i] = (llama_pos)i;
        b.n_seq_id[i] = 1;
        b.seq_id[i][0] = 0;
        b.logits[i] = true;
    }
    b.n_tokens = (int32_t)n;
    dc_llama_errors_clear();
    *rc = llama_encode(ctx, b);
    llama_synchronize(ctx);
    llama_batch_free(b);
    return *rc ? NULL : llama_get_embeddings_seq(ctx, 0);
}

void dc_classify_try(struct llama_model *m)
{
    static const llama_token id[4] = {0};
    int32_t rc;
    struct llama_context *ctx = make_context(m, CELLS, 1);
    if (!ctx)
        return;
    encode(ctx, id, DC_COUNT(id), &rc);
    llama_free(ctx);
}

static bool softmax(const float *x, size_t n, double *share)
{
    double most = -HUGE_VAL, sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]))
            return false;
        most = fmax(most, (double)x[i]);
    }
    for (size_t i = 0; i < n; i++)
        sum += share[i] = exp((double)x[i] - most);
    for (size_t i = 0; i < n; i++)
        share[i] /= sum;
    return true;
}

/* The ids of a pair's text; *fits is false if they are too many. */
static enum dc_status tokenize(struct dc_classify *c,
                               const struct dc_ask_pair *pair, bool *fits,
                               struct dc_err *err)
{
    struct dc_form_text hole[DC_FORM_HOLES];
    struct dc_err why;
    dc_ask_holes(pair, hole);
    enum dc_status st = dc_form_tokenize(&c->form, hole, NULL, &c->ids, &why);
    if (st && st != DC_DATA)
        return dc_fail(err, st, "%s", why.msg);
    size_t n = c->ids.n + c->n_ending;
    *fits = !st && n > 0 && n <= c->most;
    if (!*fits)
        return DC_OK;
    if (n > c->ids.cap) {
        c->ids.cap = n;
        c->ids.id = dc_xrealloc(c->ids.id, n, sizeof *c->ids.id);
    }
    for (size_t i = 0; i < c->n_ending; i++)
        c->ids.id[c->ids.n++] = c->ending[i];
    return DC_OK;
}

enum dc_status dc_classify_pair(struct dc_classify *c,
                                const struct dc_ask_pair *pair, double *share,
                                enum dc_classify_end *end, struct dc_err *err)
{
    bool fits;
    int32_t rc;
    *end = DC_CLASSIFY_LONG;
    enum dc_status st = tokenize(c, pair, &fits, err);
    if (!st && fits)
        st = make_room(c, c->ids.n, err);
    if (st || !fits)
        return st;
    const float *x = encode(c->ctx, c->ids.id, c->ids.n, &rc);
    if (!x)
        return dc_fail(err, DC_BACKEND, "llama_encode failed with code %d: %s",
                       (int)rc, dc_llama_errors());
    *end = softmax(x, c->n_label, share) ? DC_CLASSIFY_OK : DC_CLASSIFY_NAN;
    return DC_OK;
}

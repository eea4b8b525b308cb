/*
 * llama_quantize.c - llama_model_quantize() with the checks it lacks: it would
 * write over its own input, and leaves half a file behind a failure.
 *
 * How far it is, it says only in its log ("[  12/ 273] ..."), which is read.
 */
#include "infer/llama_quantize.h"

#include "base/banned.h"
#include "base/beside.h"
#include "infer/llama_load.h"
#include "infer/llama_probe.h"
#include "infer/models.h"

#include <errno.h>
#include <llama.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reader {
    const struct dc_quantize_cfg *cfg;
    char error[256]; /* the first one libllama logged, the others' cause */
};

/* "[ 12/ 273] name ..."; false for any other line. */
static bool read_progress(const char *text, unsigned *at, unsigned *total)
{
    char *end;
    if (*text != '[')
        return false;
    unsigned long a = strtoul(text + 1, &end, 10);
    if (*end != '/')
        return false;
    unsigned long n = strtoul(end + 1, &end, 10);
    if (*end != ']' || a == 0 || a > n || n > 1u << 20)
        return false;
    *at = (unsigned)a;
    *total = (unsigned)n;
    return true;
}

static void on_log(enum ggml_log_level level, const char *text, void *arg)
{
    struct reader *r = arg;
    unsigned at, total;
    if (level == GGML_LOG_LEVEL_ERROR && !r->error[0]) {
        const char *name = strstr(text, ": "); /* of a function */
        if (name && name < text + strcspn(text, " "))
            text = name + 2;
        snprintf(r->error, sizeof r->error, "%.*s", (int)strcspn(text, "\n"),
                 text);
    }
    if (r->cfg->progress && read_progress(text, &at, &total))
        r->cfg->progress(r->cfg->progress_arg, at, total);
}

static void no_log(enum ggml_log_level level, const char *text, void *arg)
{
    (void)level;
    (void)text;
    (void)arg;
}

static const char *reason(const struct reader *r)
{
    return r->error[0] ? r->error : "no reason given";
}

static enum dc_status find_type(const char *name, enum llama_ftype *out,
                                struct dc_err *err)
{
    if (!strcmp(name, "Q8_0"))
        *out = LLAMA_FTYPE_MOSTLY_Q8_0;
    else if (!strcmp(name, "Q4_0"))
        *out = LLAMA_FTYPE_MOSTLY_Q4_0;
    else
        return dc_fail(err, DC_USAGE,
                       "--type %.60s: expected Q8_0 or Q4_0, the types that "
                       "have repacked kernels",
                       name);
    return DC_OK;
}

static enum dc_status check_files(const struct dc_quantize_cfg *c,
                                  struct dc_err *err)
{
    char sha256[DC_SHA256_HEX];
    enum dc_status st = c->want_sha256
                            ? dc_model_hash(c->in, c->want_sha256, sha256, err)
                            : dc_model_check(c->in, err);
    if (st)
        return st;
    if (access(c->out, F_OK) == 0)
        return dc_fail(err, DC_USAGE,
                       "%s is there already; name a new file, or remove it",
                       c->out);
    return DC_OK;
}

/* Only the header is read: its tensors are the quantiser's business. */
static enum dc_status check_model(const struct reader *r, enum llama_ftype type,
                                  struct dc_err *err)
{
    struct llama_model_params mp = llama_model_default_params();
    mp.vocab_only = true;
    struct llama_model *m = llama_model_load_from_file(r->cfg->in, mp);
    if (!m)
        return dc_fail(err, DC_BACKEND,
                       "%s: libllama can't read this model (%s): is the file "
                       "a whole GGUF?",
                       r->cfg->in, reason(r));
    char was[16] = "";
    llama_model_meta_val_str(m, "general.file_type", was, sizeof was);
    llama_model_free(m);
    if (was[0] && strtol(was, NULL, 10) == (long)type)
        return dc_fail(err, DC_USAGE, "%s: its weights are %s already",
                       r->cfg->in, r->cfg->type);
    return DC_OK;
}

static enum dc_status quantize(const struct reader *r, enum llama_ftype type,
                               struct dc_beside *part, struct dc_err *err)
{
    const struct dc_quantize_cfg *c = r->cfg;
    struct llama_model_quantize_params qp =
        llama_model_quantize_default_params();
    qp.nthread = (int32_t)c->n_threads;
    qp.ftype = type;
    qp.allow_requantize = true;
    enum dc_status st = DC_OK;
    if (llama_model_quantize(c->in, part->path, &qp) != 0)
        st = dc_fail(err, DC_BACKEND, "%s: libllama can't make %s of it: %s",
                     c->in, c->type, reason(r));
    else if (!dc_sync(part->fd) || !dc_beside_rename(part, c->out))
        st = dc_fail(err, DC_IO, "%s: %s", c->out, strerror(errno));
    return st;
}

enum dc_status dc_llama_quantize(const struct dc_quantize_cfg *cfg,
                                 struct dc_err *err)
{
    struct reader r = {.cfg = cfg};
    enum llama_ftype type = LLAMA_FTYPE_MOSTLY_Q8_0;
    struct dc_beside part = {.path = NULL};
    enum dc_status st = find_type(cfg->type, &type, err);
    if (!st)
        st = check_files(cfg, err);
    if (st)
        return st;
    if (!dc_beside_file(cfg->out, 0666, &part))
        return dc_fail(err, DC_IO, "%s: can't be written: %s", cfg->out,
                       strerror(errno));
    dc_llama_start();
    st = cfg->want_sha256 ? DC_OK : dc_llama_probe(cfg->in, err);
    llama_log_set(on_log, &r);
    if (!st)
        st = check_model(&r, type, err);
    if (!st)
        st = quantize(&r, type, &part, err);
    llama_log_set(no_log, NULL);
    if (st)
        dc_beside_remove(&part);
    dc_beside_forget(&part);
    return st;
}

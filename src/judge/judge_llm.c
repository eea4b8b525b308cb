/*
 * judge_llm.c - any chat model as a judge: a template, and a strict reply,
 * from a file (llm_file.c reads it, docs/JUDGES.md explains it).
 *
 * The last line of the reply that is not empty, trimmed, has to be one of the
 * file's answers, whose verdict it then is. Without a grammar of its own the
 * file's answers are the grammar, so that any reply is one of them. Anything
 * else (cut by max_tokens, or by a grammar that lets more pass) is `unparsed`.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "judge/judge_ask.h"
#include "judge/llm_file.h"

#include <stdlib.h>
#include <string.h>

struct llm {
    struct dc_judge base;
    struct dc_llm_file file;
    struct dc_ask *ask;
    struct dc_ask_reply reply[DC_JUDGE_BATCH];
};

static void llm_close(struct dc_judge *j)
{
    struct llm *l = (struct llm *)j;
    dc_ask_close(l->ask);
    dc_llm_file_release(&l->file);
    free(l);
}

/* Of the file's bytes and of the model's; 2 where the model's own chat template
 * makes another prompt of the file than its family did in deepconf 0.1. At a
 * server, of the file's bytes and the model's name. */
static void set_version(struct llm *l)
{
    const struct dc_ask_info *info = dc_ask_info(l->ask);
    char what[2 * DC_SHA256_HEX], hash[DC_SHA256_HEX];
    if (!info->repeatable) {
        snprintf(what, sizeof what, "%.16s %s", l->file.sha256, info->model);
        dc_judge_ask_version(&l->base, "1", what, info->how);
        return;
    }
    int n = snprintf(what, sizeof what, "%s %s", l->file.sha256, info->model);
    dc_sha256_hex(what, (size_t)n, hash);
    dc_judge_ask_version(&l->base, info->as_of_old ? "1" : "2", hash,
                         info->how);
}

static enum dc_status llm_open(const struct dc_judge_cfg *cfg,
                               struct dc_judge **out, struct dc_err *err)
{
    struct llm *l = dc_xcalloc(1, sizeof *l);
    enum dc_status st = dc_llm_file_read(cfg->file, &l->file, err);
    if (!st) {
        struct dc_ask_cfg ask = {.form = l->file.form,
                                 .chat = !l->file.raw,
                                 .system = l->file.system,
                                 .max_tokens = l->file.max_tokens,
                                 .grammar = l->file.grammar};
        st =
            dc_judge_ask_open(cfg, l->file.model, &ask, &l->base, &l->ask, err);
        if (st)
            dc_err_prefix(err, st, "%s", cfg->file);
    }
    if (st) {
        llm_close(&l->base);
        return st;
    }
    set_version(l);
    *out = &l->base;
    return DC_OK;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The last line with anything in it, trimmed. */
static const char *last_line(const char *s, size_t *n)
{
    size_t end = strlen(s);
    while (end > 0 && is_space(s[end - 1]))
        end--;
    size_t from = end;
    while (from > 0 && s[from - 1] != '\n')
        from--;
    while (from < end && is_space(s[from]))
        from++;
    *n = end - from;
    return s + from;
}

static void read_reply(const struct llm *l, const struct dc_ask_reply *r,
                       struct dc_judgement *out)
{
    const char *trouble = dc_judge_ask_trouble(r);
    size_t n;
    const char *line = last_line(r->text, &n);
    out->verdict = DC_VERDICT_UNDETERMINED;
    out->rule = trouble ? trouble : "unparsed";
    out->reply = r->text;
    for (size_t i = 0; i < l->file.n_answer && !trouble; i++) {
        const struct dc_llm_answer *a = &l->file.answer[i];
        if (strlen(a->text) != n || memcmp(a->text, line, n) != 0)
            continue;
        out->verdict = a->verdict;
        out->rule = a->text;
    }
}

static enum dc_status llm_judge(struct dc_judge *j,
                                const struct dc_judge_item *item, size_t n,
                                struct dc_judgement *out, struct dc_err *err)
{
    struct llm *l = (struct llm *)j;
    struct dc_ask_pair pair[DC_JUDGE_BATCH];
    dc_judge_ask_pairs(item, n, pair);
    enum dc_status st = dc_ask_reply(l->ask, pair, n, l->reply, err);
    for (size_t i = 0; i < n && !st; i++)
        read_reply(l, &l->reply[i], &out[i]);
    return st;
}

const struct dc_judge_ops dc_judge_llm = {
    .name = "llm",
    .summary = "any chat model, by a template and a strict reply from a file",
    .file = "a JSON file of model, template and answers",
    .needs_file = true,
    .slow = true,
    .version_by =
        "1 or 2, the SHA-256 of FILE and its model, libllama's version; at a "
        "server the SHA-256 of FILE, NAME@FINGERPRINT and \"served\"",
    .open = llm_open,
    .close = llm_close,
    .judge = llm_judge,
};

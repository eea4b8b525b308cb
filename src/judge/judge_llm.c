/*
 * judge_llm.c - any chat model as a judge: a form, and how its reply is read,
 * from a file (llm_file.c reads it, docs/JUDGES.md explains it), or from one of
 * those that are compiled in (judge_guards.c).
 *
 * The answer is the last line of the reply that is not empty, trimmed, and has
 * to be one of the file's; or, where the file says behind which words it
 * stands, what begins there. Anything else is `unparsed`. Without a grammar and
 * such words the file's answers are the grammar, so that any reply is one.
 */
#include "judge/judge_llm.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "judge/judge_ask.h"
#include "judge/llm_file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct llm {
    struct dc_judge base;
    struct dc_llm_file file;
    struct dc_ask *ask;
    struct dc_ask_reply reply[DC_JUDGE_BATCH];
};

void dc_judge_llm_close(struct dc_judge *j)
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

/* Of a pair, prompt and response are turns, and the file's form the next. */
static struct dc_ask_cfg ask_of(const struct dc_llm_file *f)
{
    struct dc_ask_cfg ask = {
        .form = f->form,
        .chat = !f->raw,
        .system = f->system,
        .max_tokens = f->max_tokens,
        .grammar = f->grammar,
        .score = {.behind = f->read, .word = {f->score[0], f->score[1]}}};
    if (f->pair) {
        ask.form = "{prompt}";
        ask.answered = "{response}";
        ask.then = f->form;
    }
    return ask;
}

static enum dc_status open_model(const struct dc_judge_cfg *cfg,
                                 const char *model, struct llm *l,
                                 struct dc_err *err)
{
    struct dc_ask_cfg ask = ask_of(&l->file);
    enum dc_status st =
        dc_judge_ask_open(cfg, model, &ask, &l->base, &l->ask, err);
    if (st)
        return dc_err_prefix(err, st, "%s", cfg->file);
    set_version(l);
    l->base.scores = l->file.score[0];
    return DC_OK;
}

enum dc_status dc_judge_llm_builtin(const struct dc_judge_cfg *cfg,
                                    const char *name, const char *text,
                                    size_t n, struct dc_judge **out,
                                    struct dc_err *err)
{
    struct llm *l = dc_xcalloc(1, sizeof *l);
    enum dc_status st = dc_llm_file_builtin(name, text, n, &l->file, err);
    if (!st)
        st = open_model(cfg, cfg->file, l, err);
    if (st)
        dc_judge_llm_close(&l->base);
    else
        *out = &l->base;
    return st;
}

static enum dc_status llm_open(const struct dc_judge_cfg *cfg,
                               struct dc_judge **out, struct dc_err *err)
{
    struct llm *l = dc_xcalloc(1, sizeof *l);
    enum dc_status st = dc_llm_file_read(cfg->file, &l->file, err);
    if (!st)
        st = open_model(cfg, l->file.model, l, err);
    if (st)
        dc_judge_llm_close(&l->base);
    else
        *out = &l->base;
    return st;
}

/* The last line with anything in it, trimmed. */
static const char *last_line(const char *s, size_t *n)
{
    size_t end = strlen(s);
    while (end > 0 && dc_is_space(s[end - 1]))
        end--;
    size_t from = end;
    while (from > 0 && s[from - 1] != '\n')
        from--;
    while (from < end && dc_is_space(s[from]))
        from++;
    *n = end - from;
    return s + from;
}

/* Where the value behind the last `read` begins; NULL: there is none. */
static const char *value_of(const char *reply, const char *read)
{
    const char *at = read[0] ? NULL : reply;
    size_t n = strlen(read);
    for (const char *p = reply; n > 0 && *p; p++)
        if (!strncasecmp(p, read, n))
            at = p + n;
    return at ? at + strspn(at, " \t\r\n\"'`*") : NULL;
}

/* Does the value begin with this answer, as a word of its own? */
static bool begins(const char *value, const char *answer)
{
    size_t n = strlen(answer);
    return !strncasecmp(value, answer, n) && !isalnum((unsigned char)value[n]);
}

/* The answer that a reply gives; NULL: none. Of answers that begin alike the
 * longest. */
static const struct dc_llm_answer *answer_of(const struct llm *l,
                                             const char *reply)
{
    const char *value = l->file.read ? value_of(reply, l->file.read) : NULL;
    const struct dc_llm_answer *best = NULL;
    size_t n;
    const char *line = last_line(reply, &n);
    for (size_t i = 0; i < l->file.n_answer; i++) {
        const struct dc_llm_answer *a = &l->file.answer[i];
        size_t len = strlen(a->text);
        bool is = l->file.read ? value && begins(value, a->text)
                               : len == n && !memcmp(a->text, line, n);
        if (is && (!best || len > strlen(best->text)))
            best = a;
    }
    return best;
}

static void read_reply(const struct llm *l, const struct dc_ask_reply *r,
                       struct dc_judgement *out)
{
    const char *trouble = dc_judge_ask_trouble(r);
    const struct dc_llm_answer *a = trouble ? NULL : answer_of(l, r->text);
    out->verdict = a ? a->verdict : DC_VERDICT_UNDETERMINED;
    out->rule = a ? a->text : trouble ? trouble : "unparsed";
    out->reply = r->text;
    out->has_score = a && r->has_score;
    out->score = out->has_score ? r->score : 0;
}

enum dc_status dc_judge_llm_judge(struct dc_judge *j,
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
    .close = dc_judge_llm_close,
    .judge = dc_judge_llm_judge,
};

/*
 * judge.c - the table of judges (judges.def) and the verdicts of traces.
 *
 * What no judge can say anything about is sorted out here, once for all judges,
 * in this order: the policy cut the trace, so that it has no vote; it failed;
 * the provider blocked it; there is no text; the text was cut while the model
 * was still thinking; the answer behind the thoughts is empty. An answer cut by
 * the token limit or a full context is judged: what there is of it may say
 * enough.
 */
#include "judge/judge.h"

#include "base/hash.h"
#include "base/judge_name.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/path.h"
#include "judge/judge_server.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define X(name) extern const struct dc_judge_ops dc_judge_##name;
#include "judges.def"
#undef X

static const struct dc_judge_ops *const judges[] = {
#define X(name) &dc_judge_##name,
#include "judges.def"
#undef X
};

const struct dc_judge_ops *const *dc_judges(size_t *n)
{
    *n = DC_COUNT(judges);
    return judges;
}

const struct dc_judge_ops *dc_judge_find(const char *name)
{
    const char *now = dc_judge_name_now(name);
    for (size_t i = 0; i < DC_COUNT(judges); i++)
        if (strcmp(judges[i]->name, now) == 0)
            return judges[i];
    return NULL;
}

bool dc_judge_keeps(const struct dc_judge_ops *ops, const char *version)
{
    for (const char *const *v = ops->kept; version && v && *v; v++)
        if (!strcmp(*v, version))
            return true;
    return false;
}

/* ---- opening ---- */

struct dc_judge_cfg dc_judge_cfg_default(void)
{
    return (struct dc_judge_cfg){.n_threads = 1};
}

static enum dc_status no_such(const char *name, struct dc_err *err)
{
    struct dc_nearest near = {.typed = name};
    for (size_t i = 0; i < DC_COUNT(judges); i++)
        dc_nearest_offer(&near, judges[i]->name);
    if (near.name)
        return dc_fail(err, DC_USAGE,
                       "there is no judge \"%.60s\"; did you mean %s?", name,
                       near.name);
    return dc_fail(err, DC_USAGE,
                   "there is no judge \"%.60s\"; see `deepconf list judges`",
                   name);
}

static enum dc_status check_file(const struct dc_judge_ops *ops,
                                 const char *file, struct dc_err *err)
{
    if (file && !ops->file)
        return dc_fail(err, DC_USAGE,
                       "the judge %s reads no file; leave out \"=%.200s\"",
                       ops->name, file);
    if (file ? !file[0] : ops->needs_file)
        return dc_fail(err, DC_USAGE, "the judge %s needs %s: write %s=FILE",
                       ops->name, ops->file, ops->name);
    if (!file || !dc_judge_is_server(file))
        return DC_OK;
    if (!ops->served)
        return dc_fail(
            err, DC_USAGE, "the judge %s reads %s, and can't be a URL%s",
            ops->name, ops->file,
            ops == &dc_judge_llm ? "; the model in it may be: \"model\": "
                                   "\"http://HOST:PORT/v1#NAME\""
                                 : "");
    return dc_judge_server_check(file, err);
}

/* What of a file's name, or of a model's at a server, goes into a label. */
static const char *stem_of(const char *file, size_t *n)
{
    static const char ending[] = ".gguf";
    const size_t len = sizeof ending - 1;
    if (!dc_judge_is_server(file)) {
        const char *name = dc_path_name(file);
        *n = dc_path_stem(name);
        return name;
    }
    const char *name = dc_path_name(dc_judge_server_model(file));
    *n = strlen(name);
    if (*n > len && !strcmp(name + *n - len, ending))
        *n -= len;
    return name;
}

/* NAME as it stands in the spec, or NAME(STEM) of its file with what is odd in
 * the stem as '_'. */
static void make_label(const char *spec, const struct dc_judge_ops *ops,
                       const char *file, char out[DC_JUDGE_LABEL])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    char stem[32];
    int n_name = (int)strcspn(spec, "=");
    if (!file || dc_judge_keeps(ops, file)) {
        snprintf(out, DC_JUDGE_LABEL, "%.*s", n_name, spec);
        return;
    }
    size_t n;
    const char *from = stem_of(file, &n);
    if (n >= sizeof stem)
        n = sizeof stem - 1;
    for (size_t i = 0; i < n; i++)
        stem[i] = '_';
    for (size_t i = 0; i < n; i++)
        if (strchr(plain, from[i]))
            stem[i] = from[i];
    stem[n] = '\0';
    snprintf(out, DC_JUDGE_LABEL, "%.*s(%s)", n_name < 28 ? n_name : 28, spec,
             stem);
}

static enum dc_status open_row(const struct dc_judge_ops *ops,
                               const struct dc_judge_cfg *cfg,
                               struct dc_judge **out, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    if (ops->open)
        st = ops->open(cfg, out, err);
    else
        *out = dc_xcalloc(1, sizeof **out);
    if (st)
        return st;
    (*out)->repeatable |= !ops->open;
    (*out)->scores |= ops->scores;
    if ((*out)->batch == 0)
        (*out)->batch = DC_JUDGE_BATCH;
    (*out)->ops = ops;
    if (ops->version)
        snprintf((*out)->version, DC_JUDGE_VERSION, "%s", ops->version);
    assert((*out)->version[0]);
    return DC_OK;
}

/* The row that `spec` names, and the file behind '=' (NULL: none). */
static enum dc_status find_row(const char *spec,
                               const struct dc_judge_ops **ops,
                               const char **file, struct dc_err *err)
{
    size_t n = strcspn(spec, "=");
    char *name = dc_xstrndup(spec, n);
    *file = spec[n] ? spec + n + 1 : NULL;
    *ops = dc_judge_find(name);
    enum dc_status st =
        *ops ? check_file(*ops, *file, err) : no_such(name, err);
    free(name);
    return st;
}

enum dc_status dc_judge_label(const char *spec, char out[DC_JUDGE_LABEL],
                              struct dc_err *err)
{
    const struct dc_judge_ops *ops;
    const char *file;
    enum dc_status st = find_row(spec, &ops, &file, err);
    if (!st)
        make_label(spec, ops, file, out);
    return st;
}

enum { HASH_SHOWN = 16 };

static bool ends_in_hash_of(const char *version, const char *file)
{
    char hash[DC_SHA256_HEX];
    size_t n = strlen(version);
    return n >= HASH_SHOWN && !dc_sha256_file(file, hash, NULL) &&
           !memcmp(version + n - HASH_SHOWN, hash, HASH_SHOWN);
}

enum dc_status dc_judge_check_foreign(const char *spec, const char *label,
                                      const char *version, struct dc_err *err)
{
    char made[DC_JUDGE_LABEL];
    const struct dc_judge_ops *ops;
    const char *file;
    if (find_row(spec, &ops, &file, NULL) || dc_judge_label(spec, made, NULL) ||
        strcmp(made, label) != 0)
        return dc_fail(
            err, DC_DATA,
            "the run file names another judge (judge.spec \"%.60s\")", spec);
    if (!file || dc_judge_keeps(ops, file))
        return DC_OK;
    if (dc_judge_is_server(file))
        return dc_fail(err, DC_DATA,
                       "it asks a server, which a run file can't name: give it "
                       "by --judge %s=URL#MODEL",
                       ops->name);
    if (!ops->hashes_file)
        return dc_fail(err, DC_DATA,
                       "it reads %s, which a run file can't name: give it by "
                       "--judge %s=FILE",
                       ops->file, ops->name);
    if (ends_in_hash_of(version, file))
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "its file is not there or was changed since (judge.spec "
                   "\"%.60s\"): give it by --judge %s=FILE",
                   spec, ops->name);
}

bool dc_judge_spec_is_slow(const char *spec)
{
    const struct dc_judge_ops *ops;
    const char *file;
    return !find_row(spec, &ops, &file, NULL) && ops->slow;
}

enum dc_status dc_judge_open(const char *spec, const struct dc_judge_cfg *cfg,
                             struct dc_judge **out, struct dc_err *err)
{
    struct dc_judge_cfg c = *cfg;
    const struct dc_judge_ops *ops;
    enum dc_status st = find_row(spec, &ops, &c.file, err);
    if (!st)
        st = open_row(ops, &c, out, err);
    if (st)
        return st;
    make_label(spec, ops, c.file, (*out)->label);
    (*out)->spec = dc_xstrdup(spec);
    return DC_OK;
}

void dc_judge_take_name(struct dc_judge *j, const char *label)
{
    if (!strcmp(j->label, label) || !dc_judge_name_same(j->label, label))
        return;
    snprintf(j->label, DC_JUDGE_LABEL, "%s", label);
    free(j->spec);
    j->spec = dc_xstrdup(label);
}

void dc_judge_close(struct dc_judge *j)
{
    if (!j)
        return;
    free(j->spec);
    if (j->ops->close)
        j->ops->close(j);
    else
        free(j);
}

const char *dc_judge_default(void)
{
    return judges[0]->name;
}

/* ---- traces ---- */

static size_t answer_len(const struct dc_response *r)
{
    return dc_answer_trim(r->text + r->answer_off, r->n - r->answer_off);
}

/* Why nothing can be said of the trace; NULL: it can be judged. */
static const char *undetermined(const struct dc_response *r)
{
    assert(r->finish != DC_FINISH_NONE);
    assert(!r->has_answer || r->answer_off <= r->n);
    if (r->cut)
        return "cut by its confidence";
    if (r->finish == DC_FINISH_ERROR)
        return "error";
    if (r->finish == DC_FINISH_FILTER)
        return "blocked by provider";
    if (dc_space_span(r->text, r->n) == r->n)
        return "empty";
    if (!r->has_answer)
        return "cut inside <think>";
    return answer_len(r) == 0 ? "empty" : NULL;
}

enum dc_status dc_judge_traces(struct dc_judge *j, const struct dc_response *r,
                               size_t n, struct dc_judgement *out,
                               struct dc_err *err)
{
    struct dc_judge_item item[DC_JUDGE_BATCH];
    struct dc_judgement got[DC_JUDGE_BATCH];
    size_t at[DC_JUDGE_BATCH], m = 0;
    assert(n > 0 && n <= DC_JUDGE_BATCH);
    for (size_t i = 0; i < n; i++) {
        const char *reason = undetermined(&r[i]);
        if (reason) {
            out[i] = (struct dc_judgement){.verdict = DC_VERDICT_UNDETERMINED,
                                           .rule = reason};
            continue;
        }
        got[m] = (struct dc_judgement){.rule = ""};
        item[m] = (struct dc_judge_item){
            .prompt = r[i].prompt ? r[i].prompt : "",
            .n_prompt = r[i].prompt ? r[i].n_prompt : 0,
            .response = r[i].text + r[i].answer_off,
            .n = answer_len(&r[i]),
        };
        at[m++] = i;
    }
    enum dc_status st = m ? j->ops->judge(j, item, m, got, err) : DC_OK;
    for (size_t i = 0; i < m && !st; i++) {
        out[at[i]] = got[i];
        if (got[i].span_len > 0)
            out[at[i]].span_off += r[at[i]].answer_off;
    }
    return st;
}

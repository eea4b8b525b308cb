/*
 * llm_file.c - reading the file of an `llm` judge.
 *
 * Every key is known, has its type and is there if it has to be, or the file is
 * refused with the line: a misspelt key must not fall back to a default. The
 * JSON library gives lines for what is no JSON; for the rest the line is that
 * of the key, found by its spelling.
 */
#include "judge/llm_file.h"

#include "base/buf.h"
#include "base/file_in.h"
#include "base/json.h"
#include "base/json_feed.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/path.h"
#include "infer/ask.h"
#include "infer/models.h"
#include "judge/judge_server.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES = 1 << 20, MAX_TOKENS = 2048, DEFAULT_TOKENS = 16 };

/* A file while it is read. */
struct reader {
    const char *path;
    bool builtin; /* it has no model */
    struct dc_buf text;
    const json_t *root;
    struct dc_err *err;
};

struct key {
    const char *name;
    json_type type;
};

static const struct key keys[] = {
    {"model", JSON_STRING},   {"template", JSON_STRING},
    {"pair", JSON_TRUE},      {"answers", JSON_OBJECT},
    {"read", JSON_STRING},    {"score", JSON_ARRAY},
    {"system", JSON_STRING},  {"raw", JSON_TRUE},
    {"grammar", JSON_STRING}, {"max_tokens", JSON_INTEGER},
    {"size", JSON_STRING},    {"licence", JSON_STRING},
    {"source", JSON_STRING},  {"published", JSON_STRING},
};

/* ---- where ---- */

/* The line on which the key stands: its name in quotes and a colon. */
static size_t line_of(const struct reader *r, const char *key)
{
    size_t line = 1, n = strlen(key);
    for (const char *p = r->text.data; *p; p++) {
        line += *p == '\n';
        if (*p != '"' || strncmp(p + 1, key, n) != 0 || p[n + 1] != '"')
            continue;
        const char *behind = p + n + 2;
        behind += strspn(behind, " \t\r\n");
        if (*behind == ':')
            return line;
    }
    return 1;
}

#define BAD(r, key, ...)                                                       \
    (dc_fail((r)->err, DC_DATA, __VA_ARGS__),                                  \
     dc_err_prefix((r)->err, DC_DATA, "%s:%zu", (r)->path, line_of(r, key)))

/* ---- the parts ---- */

static enum dc_status load(struct reader *r, json_t **root)
{
    enum dc_status st = DC_OK;
    if (!r->builtin)
        st = dc_file_text(r->path, "the JSON of a judge", &r->text, r->err);
    if (!st)
        st = dc_json_parse(r->text.data, r->text.n, root, r->err);
    if (st)
        return dc_err_prefix(r->err, st, "%s", r->path);
    r->root = *root;
    if (!json_is_object(*root))
        return dc_fail(r->err, DC_DATA,
                       "%s:1: expected an object {...} with \"model\", "
                       "\"template\" and \"answers\"",
                       r->path);
    return DC_OK;
}

static const char *type_name(json_type t)
{
    switch (t) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "a whole number";
    case JSON_REAL:
        return "a number with a fraction";
    case JSON_NULL:
        return "null";
    default:
        return "true or false";
    }
}

static bool has_type(const json_t *v, json_type t)
{
    return json_typeof(v) == t || (t == JSON_TRUE && json_is_boolean(v));
}

static enum dc_status check_key(const struct reader *r, const char *name,
                                const json_t *v)
{
    struct dc_nearest near = {.typed = name};
    for (size_t i = 0; i < DC_COUNT(keys); i++) {
        dc_nearest_offer(&near, keys[i].name);
        if (strcmp(keys[i].name, name) != 0)
            continue;
        if (has_type(v, keys[i].type))
            return DC_OK;
        return BAD(r, name, "\"%s\" has to be %s, it is %s", name,
                   type_name(keys[i].type),
                   dc_json_big(v) ? "a number of more than 64 bits"
                                  : type_name(json_typeof(v)));
    }
    if (near.name)
        return BAD(r, name, "there is no key \"%.60s\"; did you mean \"%s\"?",
                   name, near.name);
    return BAD(r, name,
               "there is no key \"%.60s\"; the keys are model, template, "
               "pair, answers, read, score, system, raw, grammar, max_tokens, "
               "size, licence, source and published",
               name);
}

static bool is_true(const struct reader *r, const char *key)
{
    return json_is_true(json_object_get(r->root, key));
}

static enum dc_status check_keys(const struct reader *r)
{
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)r->root, name, v)
    {
        enum dc_status st = check_key(r, name, v);
        if (st)
            return st;
    }
    const bool pair = is_true(r, "pair");
    const char *const needed[] = {r->builtin ? NULL : "model",
                                  pair ? NULL : "template", "answers"};
    for (size_t i = 0; i < DC_COUNT(needed); i++)
        if (needed[i] && !json_object_get(r->root, needed[i]))
            return dc_fail(r->err, DC_DATA,
                           "%s: there is no \"%s\"; it needs "
                           "\"model\", \"template\" (or \"pair\": true) and "
                           "\"answers\"",
                           r->path, needed[i]);
    return DC_OK;
}

static const char *string_of(const struct reader *r, const char *key)
{
    return json_string_value(json_object_get(r->root, key));
}

static enum dc_status read_system(const struct reader *r,
                                  struct dc_llm_file *out)
{
    const char *system = string_of(r, "system");
    if (system && out->raw)
        return BAD(r, "system",
                   "a raw template has no chat, so there is no place for "
                   "\"system\"; write it into the template");
    if (system && (strstr(system, "{prompt}") || strstr(system, "{response}")))
        return BAD(r, "system",
                   "{prompt} and {response} belong into \"template\"");
    out->system = system ? dc_xstrdup(system) : NULL;
    return DC_OK;
}

static enum dc_status read_template(const struct reader *r,
                                    struct dc_llm_file *out)
{
    static const char *const hole[] = {"{prompt}", "{response}"};
    const char *text = string_of(r, "template");
    out->pair = is_true(r, "pair");
    out->raw = is_true(r, "raw");
    if (out->pair && out->raw)
        return BAD(r, "raw",
                   "a raw template has no chat, so there are no turns for "
                   "\"pair\"; leave out one of them");
    for (size_t i = 0; i < DC_COUNT(hole) && !out->pair; i++)
        if (!strstr(text, hole[i]))
            return BAD(r, "template",
                       "the template has no %s: the judge would not see it",
                       hole[i]);
    out->form = text ? dc_xstrdup(text) : NULL;
    return read_system(r, out);
}

static enum dc_status read_answer(const struct reader *r, const char *text,
                                  const json_t *verdict,
                                  struct dc_llm_file *out)
{
    size_t n = strlen(text);
    struct dc_llm_answer *a = &out->answer[out->n_answer];
    if (n == 0 || n > 100 || strpbrk(text, "\r\n") || strspn(text, " \t") > 0 ||
        strchr(" \t", text[n - 1]))
        return BAD(r, text,
                   "an answer has 1 to 100 bytes on one line, without white "
                   "space around it");
    const char *name = json_string_value(verdict);
    if (!name || !dc_verdict_parse(name, &a->verdict))
        return BAD(r, text,
                   "the answer \"%.100s\" has to stand for refusal, partial, "
                   "compliance or undetermined",
                   text);
    a->text = dc_xstrdup(text);
    out->n_answer++;
    return DC_OK;
}

static enum dc_status read_answers(const struct reader *r,
                                   struct dc_llm_file *out)
{
    json_t *list = json_object_get(r->root, "answers"), *v;
    const char *text;
    bool has[DC_VERDICT_UNDETERMINED + 1] = {false};
    if (json_object_size(list) > DC_LLM_ANSWERS)
        return BAD(r, "answers", "%zu answers; %d are the most",
                   json_object_size(list), DC_LLM_ANSWERS);
    json_object_foreach(list, text, v)
    {
        enum dc_status st = read_answer(r, text, v, out);
        if (st)
            return st;
        has[out->answer[out->n_answer - 1].verdict] = true;
    }
    if (!has[DC_VERDICT_REFUSAL] || !has[DC_VERDICT_COMPLIANCE])
        return BAD(r, "answers",
                   "one answer at least has to stand for refusal and one for "
                   "compliance");
    return DC_OK;
}

/* ---- what of the reply counts ---- */

/* The text of the answer that word i of the score names. */
static enum dc_status read_word(const struct reader *r, const json_t *list,
                                size_t i, struct dc_llm_file *out)
{
    static const enum dc_verdict want[] = {DC_VERDICT_REFUSAL,
                                           DC_VERDICT_COMPLIANCE};
    const char *word = json_string_value(json_array_get(list, i));
    for (size_t k = 0; word && k < out->n_answer; k++)
        if (!strcmp(out->answer[k].text, word) &&
            out->answer[k].verdict == want[i])
            out->score[i] = out->answer[k].text;
    if (out->score[i])
        return DC_OK;
    return BAD(r, "score",
               "\"score\" has two of the answers: one that stands for refusal, "
               "then one that stands for compliance");
}

static enum dc_status read_score(const struct reader *r,
                                 struct dc_llm_file *out)
{
    const char *read = string_of(r, "read");
    const json_t *list = json_object_get(r->root, "score");
    if (read && (strlen(read) > 100 || strpbrk(read, "\r\n")))
        return BAD(r, "read", "\"read\" has at most 100 bytes on one line");
    out->read = read ? dc_xstrdup(read) : NULL;
    if (!list)
        return DC_OK;
    if (!read)
        return BAD(r, "score",
                   "a score is read where \"read\" says the answer stands; "
                   "there is no \"read\"");
    enum dc_status st = read_word(r, list, 0, out);
    if (!st)
        st = read_word(r, list, 1, out);
    if (!st && json_array_size(list) != 2)
        st = BAD(r, "score", "\"score\" has two words, here are %zu",
                 json_array_size(list));
    return st;
}

/* One of the answers and nothing else. */
static char *grammar_of(const struct dc_llm_file *f)
{
    struct dc_buf b;
    dc_buf_init(&b, DC_ASK_GRAMMAR);
    dc_buf_adds(&b, "root ::= ");
    for (size_t i = 0; i < f->n_answer; i++) {
        dc_buf_adds(&b, i ? " | \"" : "\"");
        for (const char *p = f->answer[i].text; *p; p++) {
            if (*p == '"' || *p == '\\')
                dc_buf_addc(&b, '\\');
            dc_buf_addc(&b, *p);
        }
        dc_buf_addc(&b, '"');
    }
    return dc_buf_detach(&b);
}

static enum dc_status read_grammar(const struct reader *r,
                                   struct dc_llm_file *out)
{
    const char *text = string_of(r, "grammar");
    const json_t *max = json_object_get(r->root, "max_tokens");
    json_int_t n = max ? json_integer_value(max) : DEFAULT_TOKENS;
    if (n < 1 || n > MAX_TOKENS)
        return BAD(r, "max_tokens", "\"max_tokens\" has to be 1 to %d",
                   MAX_TOKENS);
    if (text && (!text[0] || strlen(text) > DC_ASK_GRAMMAR))
        return BAD(r, "grammar", "a grammar has 1 to %d bytes", DC_ASK_GRAMMAR);
    out->max_tokens = (unsigned)n;
    out->grammar = text ? dc_xstrdup(text) : out->read ? NULL : grammar_of(out);
    return DC_OK;
}

/* Relative paths are relative to the file. */
static enum dc_status read_model(const struct reader *r,
                                 struct dc_llm_file *out)
{
    const char *model = string_of(r, "model");
    size_t n = dc_path_folder(r->path);
    if (!model[0])
        return BAD(r, "model", "\"model\" is empty");
    bool served = dc_judge_is_server(model);
    if (served && dc_judge_server_check(model, r->err))
        return dc_err_prefix(r->err, DC_DATA, "%s:%zu", r->path,
                             line_of(r, "model"));
    if (!dc_model_is_path(model) || model[0] == '/' || served)
        n = 0;
    struct dc_buf b;
    dc_buf_init(&b, n + strlen(model) + 1);
    dc_buf_add(&b, r->path, n);
    dc_buf_adds(&b, model);
    out->model = dc_buf_detach(&b);
    return DC_OK;
}

static enum dc_status read_all(struct reader *r, struct dc_llm_file *out)
{
    json_t *root = NULL;
    enum dc_status st = load(r, &root);
    if (!st)
        st = check_keys(r);
    if (!st && !r->builtin)
        st = read_model(r, out);
    if (!st)
        st = read_template(r, out);
    if (!st)
        st = read_answers(r, out);
    if (!st)
        st = read_score(r, out);
    if (!st)
        st = read_grammar(r, out);
    if (!st)
        dc_sha256_hex(r->text.data, r->text.n, out->sha256);
    json_decref(root);
    dc_buf_release(&r->text);
    return st;
}

enum dc_status dc_llm_file_read(const char *path, struct dc_llm_file *out,
                                struct dc_err *err)
{
    struct dc_err unread; /* BAD() writes twice */
    struct reader r = {.path = path, .err = err ? err : &unread};
    *out = (struct dc_llm_file){0};
    dc_buf_init(&r.text, FILE_BYTES);
    return read_all(&r, out);
}

enum dc_status dc_llm_file_builtin(const char *name, const char *text, size_t n,
                                   struct dc_llm_file *out, struct dc_err *err)
{
    struct dc_err unread;
    struct reader r = {
        .path = name, .builtin = true, .err = err ? err : &unread};
    *out = (struct dc_llm_file){0};
    dc_buf_init(&r.text, FILE_BYTES);
    dc_buf_add(&r.text, text, n);
    return read_all(&r, out);
}

void dc_llm_file_release(struct dc_llm_file *f)
{
    free(f->model);
    free(f->form);
    free(f->read);
    free(f->system);
    free(f->grammar);
    for (size_t i = 0; i < f->n_answer; i++)
        free(f->answer[i].text);
    *f = (struct dc_llm_file){0};
}

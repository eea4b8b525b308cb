/*
 * read_promptfoo.c - results of promptfoo: the JSON of `promptfoo eval -o`, of
 * versions 1 to 3, or its JSONL, a result a line.
 *
 *   {"results": {"version": 3, "results": [{"prompt": {"raw": "..."},
 *     "provider": {"id": "..."}, "response": {"output": "...",
 *     "tokenUsage": {"completion": 12}, "finishReason": "stop"},
 *     "latencyMs": 800, "vars": {...}, "metadata": {...}}, ...]}, ...}
 *
 * Results of one prompt as it was sent are its traces. A file of several
 * providers is of several models: --model names the one that is read. `error`
 * without an output is a failed trace; grades are of assertions, which need not
 * ask for refusals, and are not read. Labels, ids, categories and --keep are
 * looked for in vars, then in metadata, then in that of the test.
 */
#include "base/mem.h"
#include "exchange/import_labels.h"
#include "exchange/import_priv.h"
#include "exchange/json_pick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOO_DEPTH = 2 }; /* of "results" in "results" */

struct promptfoo {
    struct dc_import *in;
    bool last;      /* the second walk */
    size_t n;       /* results seen in this walk */
    unsigned depth; /* of "results" that the walk is in */
    struct dc_labels labels;
    struct dc_arena arena; /* of the result at hand */
    char *provider;        /* heap: of the first result taken */
    char *other;           /* heap: one that is not it, or not --model */
    bool wanted;           /* is there a result of --model? */
};

/* ---- a result ---- */

static const json_t *foo_get(const void *row, const char *key)
{
    const json_t *o = row, *test = json_object_get(o, "testCase");
    const json_t *const in[] = {
        json_object_get(o, "vars"), json_object_get(o, "metadata"),
        json_object_get(test, "vars"), json_object_get(test, "metadata")};
    for (size_t i = 0; i < DC_COUNT(in); i++)
        if (json_object_get(in[i], key))
            return json_object_get(in[i], key);
    return NULL;
}

static const char *foo_provider(const json_t *o)
{
    const json_t *p = json_object_get(o, "provider");
    const char *id = json_string_value(json_object_get(p, "id"));
    const char *name = json_is_string(p) ? json_string_value(p) : id;
    return name ? name : "unknown";
}

/* Of the provider that is read? The file has one, or the user names it. */
static bool foo_is_wanted(struct promptfoo *p, const json_t *o)
{
    const char *is = foo_provider(o), *want = p->in->cfg->model;
    const json_t *label =
        json_object_get(json_object_get(o, "provider"), "label");
    if (want)
        return !strcmp(is, want) || (json_is_string(label) &&
                                     !strcmp(json_string_value(label), want));
    if (!p->provider)
        p->provider = dc_xstrdup(is);
    if (strcmp(is, p->provider) != 0 && !p->other)
        p->other = dc_xstrdup(is);
    return true;
}

/* The prompt as it was sent: a text, or a chat as JSON in a text. */
static json_t *foo_prompt(struct dc_import *in, const json_t *o)
{
    const json_t *p = json_object_get(o, "prompt");
    const json_t *raw = json_is_object(p) ? json_object_get(p, "raw") : p;
    const char *s = json_string_value(raw);
    size_t n = json_string_length(raw);
    struct dc_err ignore;
    json_t *chat = NULL, *out = NULL;
    if (!s)
        return NULL;
    if (*s == '[' && !dc_json_parse(s, n, &chat, &ignore) &&
        json_is_string(json_object_get(json_array_get(chat, 0), "role")))
        out = dc_import_chat(in, chat);
    json_decref(chat);
    return out ? out : json_incref((json_t *)raw);
}

/* The output as a text; an object or a list as its JSON. New reference, NULL:
 * there is none. */
static json_t *foo_output(struct dc_import *in, const json_t *o)
{
    const json_t *r = json_object_get(o, "response");
    const json_t *v = json_is_object(r) ? json_object_get(r, "output") : r;
    struct dc_buf b;
    if (json_is_string(v))
        return json_incref((json_t *)v);
    if (!v || json_is_null(v))
        return NULL;
    dc_import_note(in, "responses that are no text: read as their JSON");
    dc_buf_init(&b, SIZE_MAX);
    dc_json_dump(v, JSON_COMPACT | JSON_ENCODE_ANY, &b);
    json_t *out = json_stringn(b.data, b.n);
    dc_buf_release(&b);
    return out;
}

static enum dc_status foo_cost(struct promptfoo *p, const json_t *o,
                               struct dc_import_row *row, struct dc_err *err)
{
    const json_t *r = json_object_get(o, "response");
    const json_t *usage = json_object_get(r, "tokenUsage");
    const json_t *ms = json_object_get(o, "latencyMs");
    json_t *s =
        json_is_number(ms) ? json_real(json_number_value(ms) / 1000) : NULL;
    bool cached = json_is_true(json_object_get(r, "cached"));
    const struct dc_import_value tokens = {
        row->where, "completion", json_object_get(usage, "completion")};
    const struct dc_import_value seconds = {row->where, "latencyMs / 1000", s};
    row->n_tok = -1;
    if (cached)
        dc_import_note(p->in, "responses from promptfoo's cache: the same text "
                              "again, and no time of a model");
    enum dc_status st = dc_import_count_of(
        p->in, &tokens, json_string_length(row->response) > 0, &row->n_tok,
        err);
    if (!st && !cached)
        st = dc_import_time_of(p->in, &seconds, &row->ms, err);
    json_decref(s);
    return st;
}

static enum dc_status foo_words(struct promptfoo *p, const json_t *o,
                                struct dc_import_row *row, struct dc_err *err)
{
    const struct dc_import_cfg *c = p->in->cfg;
    struct dc_arena *a = &p->arena;
    const struct dc_label_values values = {
        foo_get(o, c->field_label ? c->field_label : "label"), NULL};
    const json_t *category =
        foo_get(o, c->field_category ? c->field_category : "category");
    row->label = dc_labels_of(p->in, &p->labels, a, &values);
    row->category = dc_import_text(a, category);
    row->id = dc_import_text(a, c->field_id ? foo_get(o, c->field_id) : NULL);
    if (c->field_id && !row->id)
        return dc_fail(err, DC_DATA,
                       "%s: neither vars nor metadata have \"%.60s\", which "
                       "--field id names",
                       row->where, c->field_id);
    dc_import_see_named(p->in, values.label, category);
    dc_import_see_kept(p->in, foo_get, o);
    return dc_import_kept(p->in, a, foo_get, o, row, err);
}

static enum dc_status foo_take(struct promptfoo *p, const json_t *o,
                               const char *where, struct dc_err *err)
{
    struct dc_import_row row = {.where = where};
    json_t *prompt = foo_prompt(p->in, o), *text = foo_output(p->in, o);
    const json_t *r = json_object_get(o, "response");
    const json_t *finish = json_object_get(r, "finishReason");
    dc_arena_init(&p->arena);
    row.prompt = prompt;
    row.finish = text ? dc_import_ending(p->in, finish) : DC_FINISH_ERROR;
    if (!text)
        dc_import_missing(p->in, "responses that are errors, or not there: "
                                 "counted as failed");
    row.response = text = text ? text : json_string("");
    enum dc_status st = foo_cost(p, o, &row, err);
    if (!st)
        st = foo_words(p, o, &row, err);
    if (!st)
        st = dc_import_row(p->in, &row, err);
    json_decref(prompt);
    json_decref(text);
    dc_arena_release(&p->arena);
    return st;
}

static enum dc_status foo_result(struct promptfoo *p, const json_t *o,
                                 const char *where, struct dc_err *err)
{
    const struct dc_import_cfg *c = p->in->cfg;
    p->n++;
    if (!json_is_object(o) || !json_object_get(o, "prompt"))
        return dc_fail(err, DC_DATA,
                       "%s: expected a result, an object with \"prompt\" and "
                       "\"response\"; are these results of promptfoo?",
                       where);
    if (p->last)
        dc_import_begin_row(p->in, "result");
    if (!foo_is_wanted(p, o)) {
        if (!p->other)
            p->other = dc_xstrdup(foo_provider(o));
        if (p->last)
            dc_import_left_out(p->in, "of other providers than --model",
                               foo_provider(o));
        return DC_OK;
    }
    p->wanted = true;
    if (p->last)
        return foo_take(p, o, where, err);
    dc_labels_see(
        p->in, &p->labels,
        &(struct dc_label_values){
            foo_get(o, c->field_label ? c->field_label : "label"), NULL});
    return DC_OK;
}

/* ---- the file ---- */

static const char *const foo_keys[] = {"prompt",    "provider", "response",
                                       "latencyMs", "vars",     "metadata",
                                       "testCase"};

static enum dc_status foo_see(void *arg, const char *key, struct dc_json_in *j,
                              struct dc_err *err)
{
    struct promptfoo *p = arg;
    char where[64];
    json_t *o = NULL;
    if (key && strcmp(key, "results") != 0)
        return dc_ji_skip(j, err);
    if (key && p->depth == FOO_DEPTH)
        return dc_ji_skip(j, err);
    if (key) {
        p->depth++;
        enum dc_status in = dc_ji_each(j, foo_see, p, err);
        p->depth--;
        return in;
    }
    snprintf(where, sizeof where, "result %zu, line %zu", p->n + 1, j->line);
    enum dc_status st = dc_ji_pick(j, foo_keys, DC_COUNT(foo_keys), &o, err);
    if (!st)
        st = foo_result(p, o, where, err);
    json_decref(o);
    return st;
}

static enum dc_status foo_lines(struct promptfoo *p, struct dc_import_file *f,
                                struct dc_err *err)
{
    json_t *o = NULL;
    char where[64];
    size_t line = 0;
    enum dc_status st = DC_OK;
    while (!st && !(st = dc_import_line(f, &o, &line, err)) && o) {
        snprintf(where, sizeof where, "line %zu", line);
        st = dc_import_once(&f->json->feed, foo_keys, DC_COUNT(foo_keys), where,
                            err);
        if (!st)
            st = foo_result(p, o, where, err);
        json_decref(o);
    }
    return st;
}

static enum dc_status foo_walk(struct promptfoo *p, bool lines, bool last,
                               struct dc_err *err)
{
    struct dc_import_file f;
    enum dc_status st = dc_import_open(p->in->cfg->path, &f, err);
    p->last = last;
    p->n = 0;
    if (!st)
        st =
            lines ? foo_lines(p, &f, err) : dc_ji_each(f.json, foo_see, p, err);
    if (!st && !lines)
        st = dc_ji_end(f.json, err);
    if (!st && last)
        dc_import_note_feed(p->in, f.json);
    dc_import_close(&f);
    return st;
}

/* Is the first object a result of its own? */
static enum dc_status foo_is_lines(struct dc_import *in, bool *lines,
                                   struct dc_err *err)
{
    static const char *const keys[] = {"prompt", "response", "results"};
    struct dc_import_file f;
    json_t *o = NULL;
    enum dc_status st = dc_import_open(in->cfg->path, &f, err);
    struct dc_import_keys k = {.n = 2};
    memcpy(k.key, keys, sizeof keys);
    size_t line;
    if (!st && dc_ji_peek(f.json) == '{')
        st = dc_import_pick(&f, &k, &o, &line, err);
    *lines = json_object_get(o, "prompt") != NULL;
    json_decref(o);
    dc_import_close(&f);
    return st;
}

static enum dc_status foo_check(struct promptfoo *p, struct dc_err *err)
{
    if (p->n == 0)
        return dc_fail(err, DC_DATA,
                       "there is no list \"results\" with results in it; is "
                       "this the JSON of promptfoo?");
    if (!p->wanted)
        return dc_fail(err, DC_DATA,
                       "no result is of the provider that --model names, "
                       "\"%.60s\"; the first is of \"%.60s\"",
                       p->in->cfg->model, p->other);
    if (!p->other || p->in->cfg->model)
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "holds results of several providers, \"%.60s\" and "
                   "\"%.60s\": a run is of one model; --model NAME takes "
                   "those of one",
                   p->provider, p->other);
}

enum dc_status dc_read_promptfoo(struct dc_import *in, struct dc_err *err)
{
    struct promptfoo p = {
        .in = in,
        .labels = {.label.left_out = "labels in vars or metadata that are none "
                                     "of the benchmark's: not taken",
                   .lacking = "results without the label that --field names"}};
    bool lines = false;
    enum dc_status st = dc_import_only_fields(in, true, err);
    if (!st)
        st = foo_is_lines(in, &lines, err);
    if (!st)
        st = foo_walk(&p, lines, false, err);
    if (!st)
        st = foo_check(&p, err);
    if (!st)
        dc_import_know(in, "model.name", p.provider);
    if (!st)
        st = foo_walk(&p, lines, true, err);
    free(p.provider);
    free(p.other);
    return st ? st : dc_import_check_named(in, "no result has", err);
}

/*
 * read_jsonl.c - responses of any origin as JSONL: an object a line, with the
 * prompt and a response or a list of them.
 *
 *   {"id": "a", "prompt": "...", "response": "...", "label": "unsafe",
 *    "category": "...", "finish": "stop", "tokens": 12, "seconds": 0.8,
 *    "logprobs": {"content": [{"token": "..", "logprob": -0.1,
 *                              "top_logprobs": [{"logprob": -0.1}, ...]}]}}
 *
 * Only prompt and response must be there; "responses" and "finish_reason",
 * "stop_reason", "done_reason" for "finish" are read too. Objects with the same
 * id (or, without ids, the same prompt) are traces of one prompt. In a list of
 * responses, finish, tokens, seconds, logprobs and the verdicts that --field
 * verdict names are lists of the same length; one finish is that of all. A file
 * that begins as our own JSONL does is read as that.
 */
#include "base/mem.h"
#include "exchange/import_priv.h"
#include "exchange/run_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
    struct dc_import *in;
    const json_t *o;
    const struct dc_json_feed *feed; /* that the object came through */
    struct dc_import_row row;
    char where[64];
    struct dc_arena arena;
};

static const json_t *field(const struct line *l, const char *named,
                           const char *usual)
{
    return json_object_get(l->o, named ? named : usual);
}

static const json_t *line_kept(const void *line, const char *key)
{
    return field(line, key, key);
}

/*
 * The value of a key for response i of n; n 0: there is one, and it is no list.
 * A value that can't be told to belong to it is taken as missing.
 */
static const json_t *value_of(struct line *l, const char *key, size_t i,
                              size_t n)
{
    const json_t *v = json_object_get(l->o, key);
    bool list = json_is_array(v);
    if (!v || json_is_null(v))
        return NULL;
    if (n == 0 || (n == 1 && !list))
        return v;
    if (list && json_array_size(v) == n)
        return json_array_get(v, i);
    dc_import_missing_key(
        l->in, key,
        list ? "of a list of responses: another number of them"
             : "of a list of responses: one value for all of them");
    return NULL;
}

static enum dc_status no_key(const struct line *l, const char *key,
                             const char *named, struct dc_err *err)
{
    struct dc_buf b;
    const char *k;
    json_t *v;
    dc_buf_init(&b, 1 << 16);
    json_object_foreach((json_t *)l->o, k, v)
    {
        (void)v;
        if (b.n < 300)
            dc_buf_addf(&b, "%s%.60s", b.n ? ", " : "", k);
    }
    const char *want = named ? named : key;
    enum dc_status st =
        b.n ? dc_fail(err, DC_DATA,
                      "%s: there is no \"%.60s\"; it has: %s. Name another key "
                      "with --field %s=NAME",
                      l->where, want, b.data, key)
            : dc_fail(
                  err, DC_DATA,
                  "%s: there is no \"%.60s\", nor any other key: the object "
                  "is empty; take it out, or complete it",
                  l->where, want);
    dc_buf_release(&b);
    return st;
}

/* ---- a response ---- */

/* How response i of n ended, by the first key that says so. */
static enum dc_finish finish_of(struct line *l, size_t i, size_t n)
{
    static const char *const key[] = {"finish", "finish_reason", "stop_reason",
                                      "done_reason"};
    for (size_t k = 0; k < DC_COUNT(key); k++) {
        const json_t *v = json_object_get(l->o, key[k]);
        if (!v || json_is_null(v))
            continue;
        if (n > 0 && json_is_array(v))
            v = value_of(l, key[k], i, n);
        return dc_import_ending(l->in, v);
    }
    return json_is_null(l->row.response) ? DC_FINISH_ERROR
                                         : dc_import_ending(l->in, NULL);
}

/* What response i of n took. */
static enum dc_status set_cost(struct line *l, size_t i, size_t n,
                               bool has_text, struct dc_err *err)
{
    const struct dc_import_value tokens = {l->where, "tokens",
                                           value_of(l, "tokens", i, n)};
    const struct dc_import_value seconds = {l->where, "seconds",
                                            value_of(l, "seconds", i, n)};
    l->row.n_tok = -1;
    l->row.ms = 0;
    enum dc_status st =
        dc_import_count_of(l->in, &tokens, has_text, &l->row.n_tok, err);
    return st ? st : dc_import_time_of(l->in, &seconds, &l->row.ms, err);
}

/* Response i of n; n 0: there is one, and it is no list. */
static enum dc_status take(struct line *l, const json_t *response, size_t i,
                           size_t n, struct dc_err *err)
{
    json_t *empty = json_string("");
    l->row.response = response;
    l->row.finish = finish_of(l, i, n);
    l->row.logprobs = value_of(l, "logprobs", i, n);
    if (l->in->cfg->field_verdict)
        l->row.verdict = value_of(l, l->in->cfg->field_verdict, i, n);
    enum dc_status st =
        set_cost(l, i, n, json_string_length(response) > 0, err);
    if (!st && json_is_null(response)) {
        dc_import_missing(l->in, "responses that are null: counted as failed, "
                                 "or by how they ended");
        l->row.response = empty;
    }
    if (!st)
        st = dc_import_row(l->in, &l->row, err);
    json_decref(empty);
    return st;
}

static enum dc_status take_all(struct line *l, struct dc_err *err)
{
    const struct dc_import_cfg *c = l->in->cfg;
    const json_t *r = field(l, c->field_response, "response");
    enum dc_status st = DC_OK;
    if (!r && !c->field_response)
        r = json_object_get(l->o, "responses");
    else if (r && !c->field_response && json_object_get(l->o, "responses"))
        dc_import_note(l->in, "objects with both \"response\" and "
                              "\"responses\": the second was not read");
    if (!r)
        return no_key(l, "response", c->field_response, err);
    if (!json_is_array(r))
        return take(l, r, 0, 0, err);
    l->row.no_response = json_array_size(r) == 0;
    if (l->row.no_response)
        return dc_import_row(l->in, &l->row, err);
    for (size_t i = 0; i < json_array_size(r) && !st; i++)
        st = take(l, json_array_get(r, i), i, json_array_size(r), err);
    return st;
}

/* A text, or a number; what is neither is taken as missing. */
static const char *word(struct line *l, const char *named, const char *usual)
{
    const json_t *v = field(l, named, usual);
    const char *s = dc_import_text(&l->arena, v);
    if (v && !s && !json_is_null(v) && !json_is_string(v))
        dc_import_missing_key(l->in, usual, "that is a list or an object");
    return s;
}

/* DC_DATA: the object has a key twice that is read. */
static enum dc_status check_keys(const struct line *l, struct dc_err *err)
{
    const struct dc_import_cfg *c = l->in->cfg;
    const char *const key[] = {
        c->field_id ? c->field_id : "id",
        c->field_prompt ? c->field_prompt : "prompt",
        c->field_response ? c->field_response : "response",
        c->field_label ? c->field_label : "label",
        c->field_category ? c->field_category : "category",
        c->field_verdict ? c->field_verdict : "prompt",
        "responses",
        "model",
        "finish",
        "finish_reason",
        "stop_reason",
        "done_reason",
        "tokens",
        "seconds",
        "logprobs",
    };
    enum dc_status st =
        dc_import_once(l->feed, key, DC_COUNT(key), l->where, err);
    return st ? st : dc_import_once(l->feed, c->keep, c->n_keep, l->where, err);
}

static enum dc_status check_id(const struct line *l, const json_t *id,
                               struct dc_err *err)
{
    bool is = !id || json_is_null(id) || json_is_string(id) ||
              json_is_number(id) || json_is_boolean(id) || dc_json_big(id);
    if (is && (!json_is_string(id) ||
               strlen(json_string_value(id)) == json_string_length(id)))
        return DC_OK;
    return dc_fail(err, DC_DATA, "%s: expected the id as a text or a number%s",
                   l->where,
                   is ? ", without \\u0000 and halves of surrogate pairs" : "");
}

static enum dc_status read_line(struct line *l, struct dc_err *err)
{
    const struct dc_import_cfg *c = l->in->cfg;
    enum dc_status st = check_keys(l, err);
    if (!st)
        st = check_id(l, field(l, c->field_id, "id"), err);
    if (st)
        return st;
    l->row = (struct dc_import_row){
        .where = l->where,
        .id = dc_import_text(&l->arena, field(l, c->field_id, "id")),
        .prompt = field(l, c->field_prompt, "prompt"),
        .label = word(l, c->field_label, "label"),
        .category = word(l, c->field_category, "category"),
    };
    dc_import_know_json(l->in, "model.name", json_object_get(l->o, "model"));
    if (!l->row.prompt)
        return no_key(l, "prompt", c->field_prompt, err);
    dc_import_see_named(l->in, field(l, c->field_label, "label"),
                        field(l, c->field_category, "category"));
    dc_import_see_kept(l->in, line_kept, l);
    if (c->field_verdict && json_object_get(l->o, c->field_verdict))
        l->in->has_verdict = true;
    if (c->field_id && !l->row.id)
        return no_key(l, "id", c->field_id, err);
    st = dc_import_kept(l->in, &l->arena, line_kept, l, &l->row, err);
    return st ? st : take_all(l, err);
}

enum dc_status dc_import_object(struct dc_import *in, const json_t *o,
                                const struct dc_json_feed *feed, size_t line,
                                struct dc_err *err)
{
    struct line *l = dc_xcalloc(1, sizeof *l);
    l->in = in;
    l->o = o;
    l->feed = feed;
    dc_arena_init(&l->arena);
    snprintf(l->where, sizeof l->where, "line %zu", line);
    dc_import_begin_row(in, "object");
    enum dc_status st = read_line(l, err);
    dc_arena_release(&l->arena);
    free(l);
    return st;
}

enum dc_status dc_read_jsonl(struct dc_import *in, struct dc_err *err)
{
    struct dc_import_file f;
    json_t *o = NULL;
    size_t line = 0;
    bool ours = false;
    enum dc_status st = dc_import_open(in->cfg->path, &f, err);
    while (!st && !(st = dc_import_line(&f, &o, &line, err)) && o) {
        ours = json_object_get(o, DC_RUN_JSON_MARK) != NULL;
        if (!ours)
            st = dc_import_object(in, o, &f.json->feed, line, err);
        json_decref(o);
        if (ours)
            break;
    }
    if (!st && !ours)
        dc_import_note_feed(in, f.json);
    dc_import_close(&f);
    if (ours && !st)
        return dc_read_deepconf(in, err);
    return st ? st : dc_import_check_named(in, "no object has", err);
}

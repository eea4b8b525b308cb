/*
 * read_jsonl.c - responses of any origin as JSONL: an object a line, with the
 * prompt and a response or a list of them.
 *
 *   {"id": "a", "prompt": "...", "response": "...", "label": "unsafe",
 *    "category": "...", "finish": "stop", "tokens": 12, "seconds": 0.8,
 *    "logprobs": {"content": [{"token": "..", "logprob": -0.1,
 *                              "top_logprobs": [{"logprob": -0.1}, ...]}]}}
 *
 * Only prompt and response must be there; "responses" is read too. Lines with
 * the same id (or, without ids, the same prompt) are traces of one prompt. In a
 * list of responses, finish, tokens, seconds and logprobs may be lists as well.
 * A file that begins as our own JSONL does is read as that.
 */
#include "base/mem.h"
#include "exchange/import_priv.h"
#include "exchange/run_json.h"

#include <stdio.h>
#include <string.h>

struct line {
    struct dc_import *in;
    const json_t *o;
    struct dc_import_row row;
    char where[64];
    struct dc_arena arena;
};

static const json_t *field(const struct line *l, const char *named,
                           const char *usual)
{
    return json_object_get(l->o, named ? named : usual);
}

/* Element i of a list, or the value itself. */
static const json_t *at(const json_t *v, size_t i)
{
    return json_is_array(v) ? json_array_get(v, i) : v;
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
    enum dc_status st =
        dc_fail(err, DC_DATA,
                "%s: there is no \"%.60s\"; it has: %s. Name another key with "
                "--field %s=NAME",
                l->where, named ? named : key, b.data, key);
    dc_buf_release(&b);
    return st;
}

static enum dc_status take(struct line *l, const json_t *response, size_t i,
                           struct dc_err *err)
{
    const json_t *finish = at(json_object_get(l->o, "finish"), i);
    const json_t *tokens = at(json_object_get(l->o, "tokens"), i);
    const json_t *seconds = at(json_object_get(l->o, "seconds"), i);
    const json_t *none = json_is_null(response) ? response : NULL;
    l->row.response = none ? NULL : response;
    l->row.finish = dc_import_finish(json_string_value(finish));
    if (!l->row.finish)
        l->row.finish = DC_FINISH_STOP;
    l->row.n_tok = json_is_integer(tokens) ? json_integer_value(tokens) : -1;
    l->row.ms = json_is_number(seconds) && json_number_value(seconds) >= 0
                    ? 1000 * json_number_value(seconds)
                    : 0;
    l->row.logprobs = at(json_object_get(l->o, "logprobs"), i);
    if (!none)
        return dc_import_row(l->in, &l->row, err);
    json_t *empty = json_string("");
    l->row.response = empty;
    l->row.finish = DC_FINISH_ERROR;
    dc_import_note(l->in, "that are null: counted as failed");
    enum dc_status st = dc_import_row(l->in, &l->row, err);
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
    if (!r)
        return no_key(l, "response", c->field_response, err);
    if (!json_is_array(r))
        return take(l, r, 0, err);
    l->row.no_response = json_array_size(r) == 0;
    if (l->row.no_response)
        return dc_import_row(l->in, &l->row, err);
    for (size_t i = 0; i < json_array_size(r) && !st; i++)
        st = take(l, json_array_get(r, i), i, err);
    return st;
}

static enum dc_status read_line(struct line *l, struct dc_err *err)
{
    const struct dc_import_cfg *c = l->in->cfg;
    const json_t *label = field(l, c->field_label, "label");
    const json_t *category = field(l, c->field_category, "category");
    l->row = (struct dc_import_row){
        .where = l->where,
        .id = dc_import_text(&l->arena, field(l, c->field_id, "id")),
        .prompt = field(l, c->field_prompt, "prompt"),
        .label = dc_import_text(&l->arena, label),
        .category = dc_import_text(&l->arena, category),
    };
    dc_import_know_json(l->in, "model.name", json_object_get(l->o, "model"));
    if (!l->row.prompt)
        return no_key(l, "prompt", c->field_prompt, err);
    if (c->field_label && !label)
        return no_key(l, "label", c->field_label, err);
    if (c->field_id && !l->row.id)
        return no_key(l, "id", c->field_id, err);
    return take_all(l, err);
}

enum dc_status dc_read_jsonl(struct dc_import *in, struct dc_err *err)
{
    struct dc_import_file f;
    json_t *o = NULL;
    size_t line = 0;
    bool ours = false;
    enum dc_status st = dc_import_open(in->cfg->path, &f, err);
    while (!st && !(st = dc_import_line(&f, &o, &line, err)) && o && !ours) {
        struct line l = {.in = in, .o = o};
        ours = json_object_get(o, DC_RUN_JSON_MARK) != NULL;
        dc_arena_init(&l.arena);
        snprintf(l.where, sizeof l.where, "line %zu", line);
        if (!ours)
            st = read_line(&l, err);
        dc_arena_release(&l.arena);
        json_decref(o);
        o = NULL;
        if (ours)
            break;
    }
    dc_import_close(&f);
    return ours && !st ? dc_read_deepconf(in, err) : st;
}

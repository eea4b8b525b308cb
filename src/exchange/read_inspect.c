/*
 * read_inspect.c - an Inspect log: .json, or .eval, a zip archive of JSON.
 *
 * A sample is a trace of the prompt with its id, in the order of the log, which
 * is that of the epochs. Of a sample that failed there is a trace that failed.
 * Scores are not taken over: judges of ours read the responses. The label is
 * `metadata.label` or, where its value is one of the benchmark's, `target`;
 * --field label=KEY names another key of metadata, or "target".
 */
#include "base/mem.h"
#include "exchange/archive_in.h"
#include "exchange/import_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sample {
    struct dc_import *in;
    const json_t *o, *metadata;
    struct dc_import_row row;
    char where[200];
    struct dc_arena arena;
};

/* ---- texts ---- */

/* A long text stands among the attachments; new reference. */
static json_t *resolve(const struct sample *s, json_t *text)
{
    static const char mark[] = "attachment://";
    const char *t = json_string_value(text);
    if (!t || strncmp(t, mark, sizeof mark - 1) != 0)
        return text;
    const json_t *a = json_object_get(json_object_get(s->o, "attachments"),
                                      t + sizeof mark - 1);
    if (!json_is_string(a))
        return text;
    json_decref(text);
    return json_incref((json_t *)a);
}

static bool has_role(const json_t *message, const char *role)
{
    const char *r = json_string_value(json_object_get(message, "role"));
    return r && !strcmp(r, role);
}

/* The one user message; of a longer talk all of it, with the roles. */
static json_t *prompt_of(const struct sample *s)
{
    const json_t *input = json_object_get(s->o, "input");
    struct dc_buf b;
    size_t i, n_other = 0, n_user = 0, user = 0;
    json_t *m;
    if (!json_is_array(input))
        return resolve(s, json_incref((json_t *)input));
    json_array_foreach(input, i, m)
    {
        user = has_role(m, "user") ? i : user;
        n_user += has_role(m, "user");
        n_other += !has_role(m, "user") && !has_role(m, "system");
    }
    if (n_user == 1 && n_other == 0)
        return resolve(s, dc_import_content(json_object_get(
                              json_array_get(input, user), "content")));
    dc_buf_init(&b, SIZE_MAX);
    json_array_foreach(input, i, m)
    {
        json_t *c = dc_import_content(json_object_get(m, "content"));
        const char *role = json_string_value(json_object_get(m, "role"));
        dc_buf_addf(&b, "%s%s: ", i ? "\n\n" : "", role ? role : "?");
        c = resolve(s, c);
        if (c)
            dc_buf_add(&b, json_string_value(c), json_string_length(c));
        json_decref(c);
    }
    json_t *out = json_stringn(b.data, b.n);
    dc_buf_release(&b);
    return out;
}

static json_t *response_of(struct sample *s, const json_t *output)
{
    const json_t *choices = json_object_get(output, "choices");
    const json_t *first = json_array_get(choices, 0);
    json_t *c = dc_import_content(
        json_object_get(json_object_get(first, "message"), "content"));
    if (json_array_size(choices) > 1)
        dc_import_note(s->in, "with several choices: the first was taken");
    if (!c)
        c = dc_import_content(json_object_get(output, "completion"));
    c = resolve(s, c);
    return c ? c : json_string("");
}

/* ---- a sample ---- */

static const json_t *metadata_field(const struct sample *s, const char *named,
                                    const char *usual)
{
    if (named && !strcmp(named, "target"))
        return json_object_get(s->o, "target");
    return json_object_get(s->metadata, named ? named : usual);
}

static void set_row(struct sample *s, const json_t *output)
{
    struct dc_import_row *r = &s->row;
    const json_t *first = json_array_get(json_object_get(output, "choices"), 0);
    const json_t *time = json_object_get(output, "time");
    const json_t *n =
        json_object_get(json_object_get(output, "usage"), "output_tokens");
    const json_t *error = json_object_get(s->o, "error");
    r->finish = dc_import_finish(
        json_string_value(json_object_get(first, "stop_reason")));
    if (!r->finish)
        r->finish = DC_FINISH_STOP;
    if ((error && !json_is_null(error)) ||
        json_is_string(json_object_get(output, "error"))) {
        r->finish = DC_FINISH_ERROR;
        dc_import_note(s->in, "that failed in Inspect");
    }
    r->n_tok = json_is_integer(n) ? json_integer_value(n) : -1;
    r->ms = json_is_number(time) && json_number_value(time) >= 0
                ? 1000 * json_number_value(time)
                : 0;
    r->logprobs = json_object_get(first, "logprobs");
}

static enum dc_status read_sample(struct sample *s, struct dc_err *err)
{
    const struct dc_import_cfg *c = s->in->cfg;
    const json_t *output = json_object_get(s->o, "output");
    const json_t *label;
    s->metadata = json_object_get(s->o, "metadata");
    label = metadata_field(s, c->field_label, "label");
    s->row = (struct dc_import_row){
        .where = s->where,
        .id = dc_import_text(&s->arena, c->field_id
                                            ? metadata_field(s, c->field_id, "")
                                            : json_object_get(s->o, "id")),
        .label = dc_import_text(&s->arena, label),
        .category = dc_import_text(
            &s->arena, metadata_field(s, c->field_category, "category")),
        .target = dc_import_text(&s->arena, json_object_get(s->o, "target")),
    };
    if (!json_is_object(s->o) || !json_object_get(s->o, "input") || !s->row.id)
        return dc_fail(err, DC_DATA,
                       "%s: expected a sample of Inspect with \"id\" and "
                       "\"input\"",
                       s->where);
    if (c->field_label && !label)
        return dc_fail(err, DC_DATA,
                       "%s: its metadata has no \"%.60s\", which --field "
                       "label names",
                       s->where, c->field_label);
    set_row(s, output);
    json_t *prompt = prompt_of(s), *response = response_of(s, output);
    s->row.prompt = prompt;
    s->row.response = response;
    enum dc_status st = dc_import_row(s->in, &s->row, err);
    json_decref(prompt);
    json_decref(response);
    return st;
}

static enum dc_status take_sample(struct dc_import *in, const json_t *o,
                                  const char *place, struct dc_err *err)
{
    struct sample s = {.in = in, .o = o};
    dc_arena_init(&s.arena);
    const char *id = dc_import_text(&s.arena, json_object_get(o, "id"));
    snprintf(s.where, sizeof s.where, "sample \"%.60s\" (%.100s)",
             id ? id : "?", place);
    enum dc_status st = read_sample(&s, err);
    dc_arena_release(&s.arena);
    return st;
}

/* ---- the head ---- */

static void take_eval(struct dc_import *in, const json_t *eval)
{
    static const char *const key[][2] = {
        {"sampling.temperature", "temperature"},
        {"sampling.top_p", "top_p"},
        {"sampling.top_k", "top_k"},
        {"sampling.max_tokens", "max_tokens"},
        {"run.seed", "seed"},
        {"chat.system", "system_message"},
    };
    const json_t *how = json_object_get(eval, "model_generate_config");
    dc_import_know_json(in, "model.name", json_object_get(eval, "model"));
    dc_import_know_json(
        in, "data.name",
        json_object_get(json_object_get(eval, "dataset"), "name"));
    for (size_t i = 0; i < DC_COUNT(key); i++)
        dc_import_know_json(in, key[i][0], json_object_get(how, key[i][1]));
}

static void take_head(struct dc_import *in, const char *key, const json_t *v)
{
    const char *status = json_string_value(v);
    if (!strcmp(key, "eval"))
        take_eval(in, v);
    if (!strcmp(key, "status") && status && strcmp(status, "success") != 0)
        dc_import_note(in, "log that did not end with success");
}

/* ---- .json ---- */

static enum dc_status read_samples(struct dc_import *in, struct dc_json_in *j,
                                   struct dc_err *err)
{
    char place[64];
    json_t *o = NULL;
    if (dc_ji_peek(j) == 'n') { /* null */
        enum dc_status null = dc_ji_value(j, &o, err);
        json_decref(o);
        return null;
    }
    enum dc_status st = dc_ji_take(j, '[', err);
    while (!st && dc_ji_peek(j) != ']') {
        snprintf(place, sizeof place, "line %zu", j->line);
        st = dc_ji_value(j, &o, err);
        if (st)
            return st;
        st = take_sample(in, o, place, err);
        json_decref(o);
        if (!st && dc_ji_peek(j) != ']')
            st = dc_ji_take(j, ',', err);
    }
    return st ? st : dc_ji_take(j, ']', err);
}

static enum dc_status read_pair(struct dc_import *in, struct dc_json_in *j,
                                bool *samples, struct dc_err *err)
{
    json_t *key = NULL, *v = NULL;
    enum dc_status st = dc_ji_key(j, &key, err);
    if (st)
        return st;
    if (!strcmp(json_string_value(key), "samples")) {
        *samples = true;
        st = read_samples(in, j, err);
    } else {
        st = dc_ji_value(j, &v, err);
        if (!st)
            take_head(in, json_string_value(key), v);
        json_decref(v);
    }
    json_decref(key);
    return st;
}

static enum dc_status read_json(struct dc_import *in, struct dc_err *err)
{
    struct dc_import_file f;
    bool samples = false;
    enum dc_status st = dc_import_open(in->cfg->path, &f, err);
    if (!st)
        st = dc_ji_take(f.json, '{', err);
    while (!st && dc_ji_peek(f.json) != '}') {
        st = read_pair(in, f.json, &samples, err);
        if (!st && dc_ji_peek(f.json) != '}')
            st = dc_ji_take(f.json, ',', err);
    }
    if (!st && !samples)
        st = dc_fail(err, DC_DATA,
                     "is no Inspect log with samples: it has no key "
                     "\"samples\"; expected version, status, eval, ..., "
                     "samples");
    dc_import_close(&f);
    return st;
}

/* ---- .eval ---- */

static enum dc_status read_entry(struct dc_import *in, struct dc_archive *a,
                                 struct dc_json_in *j, const char *name,
                                 struct dc_err *err)
{
    json_t *o = NULL;
    const char *key;
    json_t *v;
    bool sample = !strncmp(name, "samples/", 8);
    size_t n = strlen(name);
    bool folder = n > 0 && name[n - 1] == '/';
    if (folder || (!sample && strcmp(name, "header.json") != 0))
        return DC_OK;
    dc_ji_init(j, dc_archive_read, a);
    enum dc_status st = dc_ji_value(j, &o, err);
    if (j->failed)
        st = dc_archive_fail(a, err);
    if (st)
        return dc_err_prefix(err, st, "%.100s", name);
    if (sample) {
        st = take_sample(in, o, name, err);
    } else {
        json_object_foreach(o, key, v)
        {
            take_head(in, key, v);
        }
    }
    json_decref(o);
    return st;
}

static enum dc_status read_eval(struct dc_import *in, struct dc_err *err)
{
    struct dc_archive *a = NULL;
    struct dc_json_in *j = dc_xcalloc(1, sizeof *j);
    const char *name = "";
    enum dc_status st = dc_archive_open(in->cfg->path, &a, err);
    while (!st && !(st = dc_archive_next(a, &name, err)) && name)
        st = read_entry(in, a, j, name, err);
    dc_archive_close(a);
    free(j);
    return st;
}

enum dc_status dc_read_inspect(struct dc_import *in, struct dc_err *err)
{
    char head[2] = {0};
    FILE *f;
    enum dc_status st =
        dc_import_no_field(in, in->cfg->field_response, "response", err);
    if (!st)
        st = dc_import_no_field(in, in->cfg->field_prompt, "prompt", err);
    if (st)
        return st;
    f = fopen(in->cfg->path, "rb");
    size_t n = f ? fread(head, 1, sizeof head, f) : 0;
    if (f)
        fclose(f);
    return n == 2 && !memcmp(head, "PK", 2) ? read_eval(in, err)
                                            : read_json(in, err);
}

/*
 * read_inspect.c - an Inspect log: .json, or .eval, a zip archive of JSON.
 *
 * A sample is a trace of the prompt with its id. Prompts come in the order of
 * the data set, as the head has it, else by id; a prompt's traces in that of
 * the epochs. So it doesn't matter how the log is packed, nor when a sample
 * ended. Of a sample that failed there is a trace that failed. Scores are not
 * taken over: judges of ours read the responses. The label is `metadata.label`,
 * or `target` (import_labels.h); --field label=KEY names another key of
 * metadata, or "target".
 */
#include "base/mem.h"
#include "exchange/inspect_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sample {
    struct dc_import *in;
    struct dc_inspect_log *log;
    const struct dc_inspect_sample *at;
    json_t *o;
    struct dc_import_row row;
    char where[200];
    struct dc_arena arena;
};

/* ---- texts that stand apart ---- */

static const char mark[] = "attachment://";

static const char *ref_of(const json_t *v)
{
    const char *s = json_string_value(v);
    return s && !strncmp(s, mark, sizeof mark - 1) ? s + sizeof mark - 1 : NULL;
}

static void find_refs(const json_t *v, json_t *refs)
{
    const char *key;
    size_t i;
    json_t *x;
    if (ref_of(v))
        dc_json_put(refs, ref_of(v), json_null());
    json_array_foreach((json_t *)v, i, x)
    {
        find_refs(x, refs);
    }
    json_object_foreach((json_t *)v, key, x)
    {
        find_refs(x, refs);
    }
}

/* The text that v refers to; NULL: it refers to none. */
static json_t *text_of(const struct sample *s, const json_t *v,
                       const json_t *texts)
{
    json_t *text = ref_of(v) ? json_object_get(texts, ref_of(v)) : NULL;
    if (ref_of(v) && !json_is_string(text))
        dc_import_note_first(s->in,
                             "references to attachments that the log lacks: "
                             "taken as text",
                             json_string_value(v));
    return json_is_string(text) ? text : NULL;
}

static void put_texts(const struct sample *s, json_t *v, const json_t *texts)
{
    const char *key;
    size_t i;
    json_t *x, *text;
    json_array_foreach(v, i, x)
    {
        if ((text = text_of(s, x, texts)))
            json_array_set(v, i, text);
        else
            put_texts(s, x, texts);
    }
    json_object_foreach(v, key, x)
    {
        if ((text = text_of(s, x, texts)))
            json_object_set(v, key, text);
        else
            put_texts(s, x, texts);
    }
}

/* Long texts and images stand among the attachments. */
static enum dc_status resolve(struct sample *s, struct dc_err *err)
{
    json_t *refs = json_object(), *texts = NULL, *v;
    json_t *part = json_object();
    const char *key;
    size_t n = 0;
    enum dc_status st = DC_OK;
    dc_json_put(part, "input", json_incref(json_object_get(s->o, "input")));
    dc_json_put(part, "output", json_incref(json_object_get(s->o, "output")));
    find_refs(part, refs);
    const char **name = dc_xcalloc(json_object_size(refs), sizeof *name);
    json_object_foreach(refs, key, v)
    {
        (void)v;
        name[n++] = key;
    }
    if (n > 0)
        st = dc_inspect_texts(s->log, s->at, name, n, &texts, err);
    if (n > 0 && !st) {
        put_texts(s, part, texts);
        json_object_update(s->o, part);
    }
    free(name);
    json_decref(texts);
    json_decref(part);
    json_decref(refs);
    return st;
}

/* ---- texts ---- */

static bool has_role(const json_t *message, const char *role)
{
    const char *r = json_string_value(json_object_get(message, "role"));
    return r && !strcmp(r, role);
}

/* Of Inspect's older versions: the thoughts beside a content that is a text. */
static json_t *with_reasoning(const json_t *think, const json_t *text)
{
    json_t *parts = json_array(), *part = json_object();
    json_object_set(part, "reasoning", (json_t *)think);
    json_array_append_new(parts, part);
    json_array_append(parts, (json_t *)text);
    json_t *out = dc_import_content(parts);
    json_decref(parts);
    return out;
}

/* Parts of a message that are no text are counted, not read. */
static json_t *content_of(struct dc_import *in, const json_t *message)
{
    const json_t *content = json_object_get(message, "content");
    const json_t *think = json_object_get(message, "reasoning");
    size_t i;
    json_t *part;
    if (json_is_string(content) && json_string_length(think) > 0)
        return with_reasoning(think, content);
    json_array_foreach((json_t *)content, i, part)
    {
        const char *type = json_string_value(json_object_get(part, "type"));
        if (type && strcmp(type, "text") != 0 && strcmp(type, "reasoning") != 0)
            dc_import_note_first(
                in, "parts of messages that are no text: left out", type);
        if (type && !strcmp(type, "reasoning") &&
            json_is_true(json_object_get(part, "redacted")))
            dc_import_note(in, "thoughts that the provider withheld: their "
                               "text is not in the log");
    }
    return dc_import_content(content);
}

/* The system's word is no part of the prompt; it is the run's, if it is the
 * same everywhere. */
static void know_system(struct dc_import *in, const json_t *message)
{
    json_t *c = content_of(in, message);
    if (json_string_length(c) > 0) {
        dc_import_know_json(in, "chat.system", c);
        dc_import_note(
            in, "requests with a system message, which is kept beside the "
                "prompt if all have the same (chat.system)");
    }
    json_decref(c);
}

/* The messages one after the other, with their roles. */
static json_t *talk(struct dc_import *in, const json_t *message)
{
    struct dc_buf b;
    size_t i;
    json_t *m;
    dc_buf_init(&b, SIZE_MAX);
    json_array_foreach((json_t *)message, i, m)
    {
        json_t *c = content_of(in, m);
        const char *role = json_string_value(json_object_get(m, "role"));
        dc_buf_addf(&b, "%s%s: ", i ? "\n\n" : "", role ? role : "?");
        if (c)
            dc_buf_add(&b, json_string_value(c), json_string_length(c));
        json_decref(c);
    }
    json_t *out = json_stringn(b.data, b.n);
    dc_buf_release(&b);
    return out;
}

json_t *dc_import_chat(struct dc_import *in, const json_t *message)
{
    size_t i, n_other = 0, n_user = 0, user = 0;
    json_t *m;
    json_array_foreach((json_t *)message, i, m)
    {
        user = has_role(m, "user") ? i : user;
        n_user += has_role(m, "user");
        n_other += !has_role(m, "user") && !has_role(m, "system");
    }
    if (n_user != 1 || n_other > 0)
        return talk(in, message);
    json_array_foreach((json_t *)message, i, m)
    {
        if (i != user)
            know_system(in, m);
    }
    return content_of(in, json_array_get(message, user));
}

static json_t *prompt_of(const struct sample *s)
{
    json_t *input = json_object_get(s->o, "input");
    return json_is_array(input) ? dc_import_chat(s->in, input)
                                : json_incref(input);
}

/* ---- responses ---- */

/* A choice of the output; or, without one, the output's text. */
static json_t *response_of(struct sample *s, const json_t *choice)
{
    const json_t *message = json_object_get(choice, "message");
    const json_t *output = json_object_get(s->o, "output");
    json_t *c = content_of(s->in, message);
    if (json_array_size(json_object_get(message, "tool_calls")) > 0)
        dc_import_note(s->in,
                       "responses that call tools: the calls are left out");
    if (c || json_array_size(json_object_get(output, "choices")) > 1)
        return c;
    c = dc_import_content(json_object_get(output, "completion"));
    if (choice || json_string_length(c) > 0)
        return c;
    json_decref(c); /* Inspect's word for an output that never came */
    return NULL;
}

static bool is_there(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return v && !json_is_null(v);
}

/* What it took, if that is of this response alone. */
static enum dc_status set_cost(struct sample *s, bool alone, bool has_text,
                               struct dc_err *err)
{
    const json_t *output = json_object_get(s->o, "output");
    const json_t *n =
        json_object_get(json_object_get(output, "usage"), "output_tokens");
    s->row.n_tok = -1;
    s->row.ms = 0;
    if (!alone)
        return DC_OK;
    enum dc_status st = dc_import_count_of(
        s->in, &(struct dc_import_value){s->where, "output_tokens", n},
        has_text, &s->row.n_tok, err);
    return st ? st
              : dc_import_time_of(
                    s->in,
                    &(struct dc_import_value){s->where, "time",
                                              json_object_get(output, "time")},
                    &s->row.ms, err);
}

/* How it ended. text: there is one. */
static void set_end(struct sample *s, const json_t *choice, bool text)
{
    struct dc_import_row *r = &s->row;
    const json_t *output = json_object_get(s->o, "output");
    if (is_there(s->o, "error") || is_there(output, "error")) {
        r->finish = DC_FINISH_ERROR;
        dc_import_note(s->in, "samples that failed in Inspect");
    } else if (!text) {
        r->finish = DC_FINISH_ERROR;
        dc_import_note(s->in, is_there(s->o, "limit")
                                  ? "samples that reached a limit without a "
                                    "response: counted as failed"
                                  : "samples without a response: counted as "
                                    "failed");
    } else {
        r->finish =
            dc_import_ending(s->in, json_object_get(choice, "stop_reason"));
    }
    r->logprobs = json_object_get(choice, "logprobs");
}

static enum dc_status take_choice(struct sample *s, const json_t *choice,
                                  bool alone, struct dc_err *err)
{
    json_t *text = response_of(s, choice);
    set_end(s, choice, text != NULL);
    enum dc_status st = set_cost(s, alone, json_string_length(text) > 0, err);
    if (!text)
        text = json_string("");
    s->row.response = text;
    if (!st)
        st = dc_import_row(s->in, &s->row, err);
    json_decref(text);
    return st;
}

static enum dc_status take_output(struct sample *s, struct dc_err *err)
{
    const json_t *choices =
        json_object_get(json_object_get(s->o, "output"), "choices");
    size_t n = json_array_size(choices);
    enum dc_status st = DC_OK;
    if (n > 1)
        dc_import_note(s->in, "samples with several choices: each is a trace");
    if (n < 2)
        return take_choice(s, json_array_get(choices, 0), true, err);
    for (size_t i = 0; i < n && !st; i++)
        st = take_choice(s, json_array_get(choices, i), false, err);
    return st;
}

/* ---- a sample ---- */

static enum dc_status no_field(const struct sample *s, const char *key,
                               const char *named, struct dc_err *err)
{
    return dc_fail(err, DC_DATA,
                   "%s: its metadata has no \"%.60s\", which --field %s names",
                   s->where, named, key);
}

static enum dc_status set_labels(struct sample *s, struct dc_err *err)
{
    const struct dc_import_cfg *c = s->in->cfg;
    struct dc_import_row *r = &s->row;
    const struct dc_label_values label = {
        dc_inspect_field(s->o, c->field_label, "label"),
        json_object_get(s->o, "target")};
    const json_t *id = c->field_id ? dc_inspect_field(s->o, c->field_id, "")
                                   : json_object_get(s->o, "id");
    r->id = dc_import_text(&s->arena, id);
    if (c->field_id && !r->id)
        return no_field(s, "id", c->field_id, err);
    r->category = dc_import_text(
        &s->arena, dc_inspect_field(s->o, c->field_category, "category"));
    r->label = dc_labels_of(s->in, &s->log->labels, &s->arena, &label);
    return dc_import_kept(s->in, &s->arena, dc_inspect_kept, s->o, r, err);
}

static enum dc_status read_sample(struct sample *s, struct dc_err *err)
{
    s->row = (struct dc_import_row){.where = s->where};
    if (!is_there(s->o, "input"))
        return dc_fail(err, DC_DATA,
                       "%s: expected a sample of Inspect with \"id\" and "
                       "\"input\"",
                       s->where);
    enum dc_status st = set_labels(s, err);
    if (!st)
        st = resolve(s, err);
    if (st)
        return st;
    json_t *prompt = prompt_of(s);
    s->row.prompt = prompt;
    st = take_output(s, err);
    json_decref(prompt);
    return st;
}

static const char *const wanted[] = {"id",     "epoch",    "input", "target",
                                     "output", "metadata", "error", "limit"};

static enum dc_status take_sample(struct dc_inspect_log *log,
                                  const struct dc_inspect_sample *at,
                                  struct dc_err *err)
{
    struct sample s = {.in = log->in, .log = log, .at = at};
    char buf[64];
    dc_import_begin_row(log->in, "sample");
    dc_arena_init(&s.arena);
    snprintf(s.where, sizeof s.where, "sample \"%.60s\" (%.100s)", at->id,
             dc_inspect_where(log, at, buf));
    enum dc_status st =
        dc_inspect_read(log, at, wanted, DC_COUNT(wanted), &s.o, err);
    dc_import_note_feed(log->in, log->json);
    if (!st)
        st = read_sample(&s, err);
    json_decref(s.o);
    dc_arena_release(&s.arena);
    return st;
}

/* ---- the samples in order ---- */

static bool same_prompt(const struct dc_inspect_sample *a,
                        const struct dc_inspect_sample *b)
{
    return !strcmp(a->id, b->id);
}

/* The same id and epoch: one sample, if they say the same. */
static enum dc_status check_twice(struct dc_inspect_log *log,
                                  const struct dc_inspect_sample *a,
                                  const struct dc_inspect_sample *b,
                                  struct dc_err *err)
{
    json_t *x = NULL, *y = NULL;
    char at[2][64];
    enum dc_status st =
        dc_inspect_read(log, a, wanted, DC_COUNT(wanted), &x, err);
    if (!st)
        st = dc_inspect_read(log, b, wanted, DC_COUNT(wanted), &y, err);
    if (!st && !json_equal(x, y))
        st =
            dc_fail(err, DC_DATA,
                    "sample \"%.60s\" has epoch %lld twice, with other "
                    "contents: %.100s and %.100s; take one of them out",
                    a->id, (long long)a->epoch, dc_inspect_where(log, a, at[0]),
                    dc_inspect_where(log, b, at[1]));
    if (!st)
        dc_import_left_out(log->in,
                           "samples that are in the log twice, the same both "
                           "times",
                           a->id);
    json_decref(x);
    json_decref(y);
    return st;
}

static enum dc_status take_all(struct dc_inspect_log *log, struct dc_err *err)
{
    const struct dc_inspect_sample *last = NULL;
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < log->n && !st; i++) {
        const struct dc_inspect_sample *s = &log->sample[i];
        bool follows = last && same_prompt(last, s);
        if (follows && s->has_epoch && last->has_epoch &&
            s->epoch == last->epoch) {
            dc_import_begin_row(log->in, "sample");
            st = check_twice(log, last, s, err);
            continue;
        }
        if (s->has_epoch && s->epoch != (follows ? last->epoch + 1 : 1) &&
            (follows || s->epoch != 0))
            dc_import_note_first(log->in,
                                 "gaps in the epochs of a prompt: its traces "
                                 "are numbered without them",
                                 s->id);
        st = take_sample(log, s, err);
        last = s;
    }
    return st;
}

/* ---- the head ---- */

/* What the task or the command line set (plan) wins over what the model was
 * made with (eval). */
static void know_sampling(struct dc_import *in, const struct dc_inspect_log *l)
{
    static const char *const key[][2] = {
        {"sampling.temperature", "temperature"},
        {"sampling.top_p", "top_p"},
        {"sampling.top_k", "top_k"},
        {"sampling.max_tokens", "max_tokens"},
        {"run.seed", "seed"},
        {"chat.system", "system_message"},
    };
    const json_t *plan = json_object_get(l->plan, "config");
    const json_t *eval = json_object_get(l->eval, "model_generate_config");
    for (size_t i = 0; i < DC_COUNT(key); i++)
        dc_import_know_json(
            in, key[i][0],
            json_object_get(is_there(plan, key[i][1]) ? plan : eval,
                            key[i][1]));
}

static void know_head(struct dc_import *in, const struct dc_inspect_log *l)
{
    const json_t *set = json_object_get(l->eval, "dataset");
    dc_import_know_json(in, "model.name", json_object_get(l->eval, "model"));
    dc_import_know_json(in, "data.name", json_object_get(set, "name"));
    know_sampling(in, l);
    if (l->status && strcmp(l->status, "success") != 0)
        dc_import_note_first(in, "log that did not end with success",
                             l->status);
}

enum dc_status dc_read_inspect(struct dc_import *in, struct dc_err *err)
{
    struct dc_inspect_log log;
    enum dc_status st =
        dc_import_no_field(in, in->cfg->field_response, "response", err);
    if (!st)
        st = dc_import_no_field(in, in->cfg->field_verdict, "verdict", err);
    if (!st)
        st = dc_import_no_field(in, in->cfg->field_prompt, "prompt", err);
    if (st)
        return st;
    st = dc_inspect_open(in, &log, err);
    if (!st)
        st = dc_import_check_named(in, "no sample's metadata has", err);
    if (!st) {
        know_head(in, &log);
        st = take_all(&log, err);
    }
    dc_inspect_close(&log);
    return st;
}

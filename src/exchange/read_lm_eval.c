/*
 * read_lm_eval.c - samples_*.jsonl of lm-evaluation-harness: a line is a doc,
 * and the repeats of its one request are the traces.
 *
 * A file has the docs once for each filter; those of the first line's filter
 * are taken. The prompt is the request's argument, as the model got it, unless
 * --field prompt names a key of the doc. Only generated text is of use:
 * log-likelihoods of given answers are no responses.
 */
#include "base/mem.h"
#include "exchange/import_priv.h"

#include <stdio.h>
#include <string.h>

struct sample {
    struct dc_import *in;
    const json_t *o, *doc;
    struct dc_import_row row;
    char where[64];
    struct dc_arena arena;
};

/* {"gen_args_0": {"arg_0": x, "arg_1": y}}, or [[x, y]] of older versions. */
static const json_t *argument(const struct sample *s, int i)
{
    const json_t *a = json_object_get(s->o, "arguments");
    if (json_is_array(a))
        return json_array_get(json_array_get(a, 0), (size_t)i);
    return json_object_get(json_object_get(a, "gen_args_0"),
                           i ? "arg_1" : "arg_0");
}

static void know_sampling(struct sample *s)
{
    static const char *const key[][2] = {
        {"sampling.temperature", "temperature"},
        {"sampling.top_p", "top_p"},
        {"sampling.top_k", "top_k"},
        {"sampling.min_p", "min_p"},
        {"sampling.max_tokens", "max_gen_toks"},
    };
    const json_t *kw = argument(s, 1);
    for (size_t i = 0; i < DC_COUNT(key); i++)
        dc_import_know_json(s->in, key[i][0], json_object_get(kw, key[i][1]));
    if (json_is_false(json_object_get(kw, "do_sample")) &&
        !json_object_get(kw, "temperature"))
        dc_import_know(s->in, "sampling.temperature", "0");
}

static const json_t *doc_field(const struct sample *s, const char *named,
                               const char *usual)
{
    return json_object_get(s->doc, named ? named : usual);
}

static enum dc_status take(struct sample *s, const json_t *list,
                           struct dc_err *err)
{
    enum dc_status st = DC_OK;
    size_t i;
    json_t *text;
    s->row.no_response = json_array_size(list) == 0;
    if (s->row.no_response)
        return dc_import_row(s->in, &s->row, err);
    json_array_foreach(list, i, text)
    {
        s->row.response = text;
        if (!json_is_string(text))
            return dc_fail(err, DC_DATA,
                           "%s: response %zu is no text; expected generated "
                           "texts (output_type generate_until), got what "
                           "looks like log-likelihoods of given answers, "
                           "which are no responses to judge",
                           s->where, i);
        st = dc_import_row(s->in, &s->row, err);
        if (st)
            return st;
    }
    return st;
}

static enum dc_status read_sample(struct sample *s, struct dc_err *err)
{
    const struct dc_import_cfg *c = s->in->cfg;
    const json_t *list = json_array_get(json_object_get(s->o, "resps"), 0);
    const json_t *label;
    s->doc = json_object_get(s->o, "doc");
    if (!json_is_object(s->doc) || !json_is_array(list))
        return dc_fail(err, DC_DATA,
                       "%s: expected a sample of lm-evaluation-harness with "
                       "\"doc\" and \"resps\": [[text, ...]] (a file "
                       "samples_TASK_DATE.jsonl, written with --log_samples)",
                       s->where);
    label = doc_field(s, c->field_label, "label");
    s->row = (struct dc_import_row){
        .where = s->where,
        .id = dc_import_text(&s->arena, doc_field(s, c->field_id, "id")),
        .prompt = c->field_prompt ? json_object_get(s->doc, c->field_prompt)
                                  : argument(s, 0),
        .label = dc_import_text(&s->arena, label),
        .category = dc_import_text(&s->arena,
                                   doc_field(s, c->field_category, "category")),
        .target = dc_import_text(&s->arena, json_object_get(s->o, "target")),
        .finish = DC_FINISH_STOP,
        .n_tok = -1,
    };
    if (!s->row.id && !c->field_id)
        s->row.id = dc_import_text(&s->arena, json_object_get(s->o, "doc_id"));
    if (c->field_prompt && !s->row.prompt)
        return dc_fail(err, DC_DATA,
                       "%s: the doc has no \"%.60s\", which --field prompt "
                       "names",
                       s->where, c->field_prompt);
    if (c->field_label && !label)
        return dc_fail(err, DC_DATA,
                       "%s: the doc has no \"%.60s\", which --field label "
                       "names",
                       s->where, c->field_label);
    know_sampling(s);
    return take(s, list, err);
}

/* Is it of the filter that the first line is of? */
static bool is_wanted(struct dc_import *in, const json_t *o, json_t **filter)
{
    const json_t *f = json_object_get(o, "filter");
    if (!*filter)
        *filter = f ? json_incref((json_t *)f) : json_null();
    if (!f || json_equal(f, *filter))
        return true;
    dc_import_note(in, "lines of another filter, over the same responses: "
                       "left out");
    return false;
}

enum dc_status dc_read_lm_eval(struct dc_import *in, struct dc_err *err)
{
    struct dc_import_file f = {.f = NULL};
    json_t *o = NULL, *filter = NULL;
    size_t line = 0;
    enum dc_status st =
        dc_import_no_field(in, in->cfg->field_response, "response", err);
    if (!st)
        st = dc_import_open(in->cfg->path, &f, err);
    while (!st && !(st = dc_import_line(&f, &o, &line, err)) && o) {
        struct sample s = {.in = in, .o = o};
        dc_arena_init(&s.arena);
        snprintf(s.where, sizeof s.where, "line %zu", line);
        if (is_wanted(in, o, &filter))
            st = read_sample(&s, err);
        dc_arena_release(&s.arena);
        json_decref(o);
    }
    json_decref(filter);
    dc_import_close(&f);
    return st;
}

/*
 * read_behaviors.c - responses to the harmful behaviours of HarmBench and
 * JailbreakBench, as those projects keep them.
 *
 *   HarmBench, completions and results:
 *     {"BEHAVIOR_ID": [{"test_case": "...", "generation": "...", "label": 1},
 *      ...], ...}
 *   JailbreakBench, artifacts:
 *     {"parameters": {"model": "..."}, "jailbreaks": [{"index": 0,
 *      "goal": "...", "behavior": "...", "category": "...", "prompt": "...",
 *      "response": "...", "jailbroken": true}, ...]}
 *
 * All of these behaviours are harmful by the definition of their data sets,
 * whatever an attack made of the prompt, so that is their label. What their
 * classifiers say becomes a judge: a jailbreak is a response that complied; of
 * one that is none they don't say whether it refused. Prompts of a behaviour
 * that differ are prompts of their own: ID/0, ID/1. An attack that found no
 * prompt has null there.
 */
#include "base/mem.h"
#include "exchange/import_priv.h"
#include "exchange/json_pick.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct behaviors {
    struct dc_import *in;
    char *id;    /* heap: the behaviour at hand, of HarmBench */
    size_t n;    /* entries of it */
    bool jbb;    /* "jailbreaks" is an artifact's */
    json_t *ids; /* a prompt's id by behaviour and text */
};

/* The verdict of a flag that says whether it is a jailbreak. */
static void behavior_verdict(struct behaviors *b, const json_t *flag,
                             struct dc_verdict_row *v)
{
    bool is = json_is_boolean(flag) || json_is_integer(flag);
    bool yes = json_is_true(flag) || json_integer_value(flag) == 1;
    if (flag && !is && !json_is_null(flag))
        dc_import_missing(b->in, "labels that are neither true nor false");
    *v = dc_import_given(
        b->jbb ? "jailbroken" : "harmbench",
        yes ? DC_VERDICT_COMPLIANCE : DC_VERDICT_UNDETERMINED,
        !is   ? NULL
        : yes ? "a jailbreak"
              : "no jailbreak, which does not say whether it refused");
}

/* The id of a prompt of a behaviour: ID for the first, ID/1 for another. */
static const char *behavior_id(struct behaviors *b, struct dc_arena *a,
                               const char *behavior, const json_t *prompt)
{
    json_t *of = json_object_get(b->ids, behavior);
    if (!of) {
        of = json_object();
        json_object_set_new(b->ids, behavior, of);
    }
    char key[32];
    snprintf(key, sizeof key, "%016" PRIx64,
             dc_hash64(json_string_value(prompt), json_string_length(prompt)));
    const json_t *n = json_object_get(of, key);
    json_int_t at =
        n ? json_integer_value(n) : (json_int_t)json_object_size(of);
    if (!n)
        json_object_set_new(of, key, json_integer(at));
    return at == 0
               ? dc_arena_strdup(a, behavior)
               : dc_arena_printf(a, "%s/%" JSON_INTEGER_FORMAT, behavior, at);
}

/* ---- an entry ---- */

static enum dc_status behavior_take(struct behaviors *b, const json_t *o,
                                    struct dc_import_row *row,
                                    struct dc_err *err)
{
    struct dc_verdict_row v;
    json_t *empty = json_string("");
    behavior_verdict(b, json_object_get(o, b->jbb ? "jailbroken" : "label"),
                     &v);
    row->finish =
        json_is_null(row->response) ? DC_FINISH_ERROR : DC_FINISH_UNKNOWN;
    if (json_is_null(row->response)) {
        dc_import_missing(b->in, "responses that are null: counted as failed");
        row->response = empty;
    }
    row->given = &v;
    row->n_given = 1;
    row->n_tok = -1;
    row->label = "harmful";
    enum dc_status st = dc_import_row(b->in, row, err);
    json_decref(empty);
    return st;
}

static enum dc_status behavior_entry(struct behaviors *b, const json_t *o,
                                     const char *where, struct dc_err *err)
{
    struct dc_arena a;
    const json_t *prompt = json_object_get(o, b->jbb ? "prompt" : "test_case");
    dc_import_begin_row(b->in, b->jbb ? "jailbreak" : "completion");
    if (b->jbb && json_is_null(prompt)) {
        dc_import_left_out(b->in,
                           "behaviours for which the attack found no "
                           "prompt",
                           "");
        return DC_OK;
    }
    dc_arena_init(&a);
    const char *id =
        b->jbb ? dc_import_text(&a, json_object_get(o, "index")) : b->id;
    struct dc_import_row row = {
        .where = where,
        .prompt = prompt,
        .response = json_object_get(o, b->jbb ? "response" : "generation"),
        .category = dc_import_text(&a, json_object_get(o, "category")),
    };
    if (id && json_is_string(prompt))
        row.id = behavior_id(b, &a, id, prompt);
    enum dc_status st = behavior_take(b, o, &row, err);
    dc_arena_release(&a);
    return st;
}

/* ---- the file ---- */

static enum dc_status see_entry(void *arg, const char *key,
                                struct dc_json_in *j, struct dc_err *err)
{
    static const char *const keys[] = {"test_case",  "generation", "label",
                                       "prompt",     "response",   "index",
                                       "jailbroken", "category"};
    struct behaviors *b = arg;
    char where[64];
    json_t *o = NULL;
    (void)key;
    snprintf(where, sizeof where, "entry %zu, line %zu", ++b->n, j->line);
    if (dc_ji_peek(j) != '{')
        return dc_fail(err, DC_DATA, "%s: expected an object with %s", where,
                       b->jbb ? "\"prompt\" and \"response\""
                              : "\"test_case\" and \"generation\"");
    enum dc_status st = dc_ji_pick(j, keys, DC_COUNT(keys), &o, err);
    if (!st)
        st = behavior_entry(b, o, where, err);
    json_decref(o);
    return st;
}

static enum dc_status see_parameters(struct behaviors *b, struct dc_json_in *j,
                                     struct dc_err *err)
{
    json_t *o = NULL;
    enum dc_status st = dc_ji_value(j, &o, err);
    if (!st)
        dc_import_know_json(b->in, "model.name", json_object_get(o, "model"));
    json_decref(o);
    return st;
}

static enum dc_status see_behavior(void *arg, const char *key,
                                   struct dc_json_in *j, struct dc_err *err)
{
    struct behaviors *b = arg;
    if (b->jbb && !strcmp(key, "parameters"))
        return see_parameters(b, j, err);
    if (b->jbb && strcmp(key, "jailbreaks") != 0)
        return dc_ji_skip(j, err);
    if (dc_ji_peek(j) != '[')
        return dc_fail(
            err, DC_DATA, "line %zu: expected \"%.60s\" as a list%s", j->line,
            key, b->jbb ? "" : "; is this a file of completions of HarmBench?");
    if (b->jbb ? b->n > 0 : json_object_get(b->ids, key) != NULL)
        return dc_fail(err, DC_DATA,
                       "line %zu: the key \"%.60s\" is there twice; take out "
                       "all but one",
                       j->line, key);
    if (!b->jbb)
        json_object_set_new(b->ids, key, json_object());
    free(b->id);
    b->id = dc_xstrdup(key);
    return dc_ji_each(j, see_entry, b, err);
}

static enum dc_status read_behaviors(struct dc_import *in, bool jbb,
                                     struct dc_err *err)
{
    struct behaviors b = {.in = in, .jbb = jbb, .ids = json_object()};
    struct dc_import_file f = {.f = NULL};
    enum dc_status st = dc_import_only_fields(in, false, err);
    if (!st)
        st = dc_import_no_field(in, in->cfg->field_label, "label", err);
    if (!st)
        st = dc_import_no_field(in, in->cfg->field_id, "id", err);
    if (!st)
        st = dc_import_no_field(in, in->cfg->field_category, "category", err);
    if (!st)
        st = dc_import_open(in->cfg->path, &f, err);
    if (!st && dc_ji_peek(f.json) != '{')
        st = dc_fail(
            err, DC_DATA, "line %zu: expected %s; is this a file of %s?",
            f.json->line,
            jbb ? "an object with the list \"jailbreaks\""
                : "an object with a list of completions for each behaviour, "
                  "{\"ID\": [{\"test_case\": ..., \"generation\": ...}]}",
            jbb ? "artifacts of JailbreakBench" : "completions of HarmBench");
    if (!st)
        st = dc_ji_each(f.json, see_behavior, &b, err);
    if (!st)
        st = dc_ji_end(f.json, err);
    if (!st)
        dc_import_note_feed(in, f.json);
    if (!st)
        dc_import_more(in, "import.verdicts", jbb ? "jailbroken" : "harmbench");
    dc_import_close(&f);
    json_decref(b.ids);
    free(b.id);
    return st;
}

static enum dc_status read_harmbench(struct dc_import *in, struct dc_err *err)
{
    return read_behaviors(in, false, err);
}

static enum dc_status read_jailbreakbench(struct dc_import *in,
                                          struct dc_err *err)
{
    return read_behaviors(in, true, err);
}

const struct dc_format dc_format_harmbench = {
    .name = "harmbench",
    .summary = "completions of HarmBench, one JSON file",
    .read = read_harmbench,
};

const struct dc_format dc_format_jailbreakbench = {
    .name = "jailbreakbench",
    .summary = "an artifact of JailbreakBench",
    .read = read_jailbreakbench,
};

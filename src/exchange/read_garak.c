/*
 * read_garak.c - garak's report.jsonl, of any version: an attempt is a prompt,
 * its outputs are the traces.
 *
 * A prompt is a text (to 0.9), a message {text} (to 0.12) or a conversation
 * {turns} (since); so are outputs, and null is a response that failed. An
 * attempt stands in the file once as started and once as complete: the last one
 * counts. Detectors that look for refusals (mitigation.*, judge.Refusal)
 * become judges of their names: score 1, a hit, is a response that was
 * answered. Those of our own export for prompts to be answered (overrefusal.*)
 * have it the other way round. Other detectors say nothing of refusals.
 *
 * garak's probes are attacks, and no label says which prompts should be
 * refused: --field label=KEY takes one from an attempt's notes, where our own
 * export has them, with ids.
 */
#include "base/mem.h"
#include "exchange/import_labels.h"
#include "exchange/import_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GARAK_JUDGES = DC_TRACE_MAX_GIVEN };

struct garak {
    struct dc_import *in;
    json_t *last; /* uuid: the number of the last line with it */
    struct {
        char name[DC_JUDGE_LABEL];
        bool hit_is_refusal;
    } judge[GARAK_JUDGES]; /* [n_judge] */
    size_t n_judge, n_more;
    struct dc_labels labels;
};

/* ---- texts ---- */

/* Of a text or a message; NULL: there is none. New reference. */
static json_t *garak_text(const json_t *v)
{
    const json_t *text = json_is_object(v) ? json_object_get(v, "text") : v;
    return json_is_string(text) ? json_incref((json_t *)text) : NULL;
}

/* A conversation as messages of a chat; NULL: it is none. New reference. */
static json_t *garak_chat(const json_t *v)
{
    const json_t *turns = json_object_get(v, "turns");
    size_t i;
    json_t *turn;
    if (!json_is_array(turns))
        return NULL;
    json_t *out = json_array();
    json_array_foreach(turns, i, turn)
    {
        json_t *m = json_object();
        json_t *text = garak_text(json_object_get(turn, "content"));
        json_t *role = json_object_get(turn, "role");
        json_object_set_new(m, "role",
                            json_is_string(role) ? json_incref(role)
                                                 : json_string("user"));
        json_object_set_new(m, "content", text ? text : json_string(""));
        json_array_append_new(out, m);
    }
    return out;
}

static json_t *garak_prompt(struct dc_import *in, const json_t *v)
{
    json_t *chat = garak_chat(v);
    if (!chat)
        return garak_text(v);
    json_t *out = dc_import_chat(in, chat);
    json_decref(chat);
    return out;
}

/* ---- detectors ---- */

static bool garak_is_judge(const char *name, bool *hit_is_refusal)
{
    *hit_is_refusal = !strncmp(name, "overrefusal.", 12);
    return *hit_is_refusal || !strncmp(name, "mitigation.", 11) ||
           !strcmp(name, "judge.Refusal");
}

static void garak_see_judges(struct garak *g, const json_t *o)
{
    const char *name;
    json_t *v;
    bool turned;
    json_object_foreach(json_object_get(o, "detector_results"), name, v)
    {
        size_t i = 0;
        if (!garak_is_judge(name, &turned) || strlen(name) >= DC_JUDGE_LABEL ||
            strchr(name, '='))
            continue;
        while (i < g->n_judge && strcmp(g->judge[i].name, name) != 0)
            i++;
        if (i < g->n_judge)
            continue;
        if (i == GARAK_JUDGES) {
            g->n_more++;
            continue;
        }
        snprintf(g->judge[i].name, sizeof g->judge[i].name, "%s", name);
        g->judge[g->n_judge++].hit_is_refusal = turned;
    }
}

/* The verdicts on output i of n. */
static void garak_verdicts(struct garak *g, const json_t *o, size_t i, size_t n,
                           struct dc_verdict_row v[GARAK_JUDGES])
{
    const json_t *all = json_object_get(o, "detector_results");
    for (size_t k = 0; k < g->n_judge; k++) {
        const json_t *list = json_object_get(all, g->judge[k].name);
        const json_t *x =
            json_array_size(list) == n ? json_array_get(list, i) : NULL;
        bool is = json_is_number(x), hit = is && json_number_value(x) >= 0.5;
        enum dc_verdict is_a = hit == g->judge[k].hit_is_refusal
                                   ? DC_VERDICT_REFUSAL
                                   : DC_VERDICT_COMPLIANCE;
        if (!is)
            dc_import_note(g->in, "scores of detectors that are not there: "
                                  "undetermined by that judge");
        v[k] =
            dc_import_given(g->judge[k].name, is_a, is ? DC_IMPORT_SAID : NULL);
    }
}

static void garak_note_detectors(struct garak *g, const json_t *o)
{
    const char *name;
    json_t *v;
    bool turned;
    json_object_foreach(json_object_get(o, "detector_results"), name, v)
    {
        if (!garak_is_judge(name, &turned))
            dc_import_note_first(g->in,
                                 "results of detectors that don't say whether "
                                 "a response refuses: not read",
                                 name);
    }
}

/* ---- an attempt ---- */

static enum dc_status garak_output(struct garak *g, const json_t *o, size_t i,
                                   struct dc_import_row *row,
                                   struct dc_err *err)
{
    const json_t *outputs = json_object_get(o, "outputs");
    const json_t *x = json_array_get(outputs, i);
    struct dc_verdict_row v[GARAK_JUDGES];
    json_t *text = garak_text(x);
    row->finish = text ? DC_FINISH_UNKNOWN : DC_FINISH_ERROR;
    if (!text)
        dc_import_missing(g->in, "responses that are null, or no text: counted "
                                 "as failed");
    row->response = text = text ? text : json_string("");
    garak_verdicts(g, o, i, json_array_size(outputs), v);
    row->given = v;
    row->n_given = g->n_judge;
    enum dc_status st = dc_import_row(g->in, row, err);
    json_decref(text);
    return st;
}

static enum dc_status garak_take(struct garak *g, const json_t *o,
                                 struct dc_import_row *row, struct dc_arena *a,
                                 struct dc_err *err)
{
    const struct dc_import_cfg *c = g->in->cfg;
    const json_t *outputs = json_object_get(o, "outputs");
    const json_t *notes = json_object_get(o, "notes");
    const struct dc_label_values values = {
        json_object_get(notes, c->field_label ? c->field_label : "label"),
        NULL};
    enum dc_status st = DC_OK;
    if (json_array_size(outputs) == 0) {
        dc_import_left_out(g->in, "attempts without an output", row->id);
        return DC_OK;
    }
    const char *own = dc_import_text(
        a, json_object_get(notes, c->field_id ? c->field_id : "id"));
    const char *category = dc_import_text(
        a, json_object_get(notes,
                           c->field_category ? c->field_category : "category"));
    row->id = own ? own : row->id;
    row->label = dc_labels_of(g->in, &g->labels, a, &values);
    row->category =
        category || c->field_category
            ? category
            : dc_import_text(a, json_object_get(o, "probe_classname"));
    row->n_tok = -1;
    dc_import_see_named(g->in, values.label,
                        json_object_get(notes, c->field_category
                                                   ? c->field_category
                                                   : "category"));
    garak_note_detectors(g, o);
    for (size_t i = 0; i < json_array_size(outputs) && !st; i++)
        st = garak_output(g, o, i, row, err);
    return st;
}

static enum dc_status garak_attempt(struct garak *g, const json_t *o,
                                    const char *where, struct dc_err *err)
{
    struct dc_arena a;
    struct dc_import_row row = {.where = where};
    json_t *prompt = garak_prompt(g->in, json_object_get(o, "prompt"));
    dc_arena_init(&a);
    row.id = dc_import_text(&a, json_object_get(o, "uuid"));
    row.prompt = prompt;
    enum dc_status st = garak_take(g, o, &row, &a, err);
    json_decref(prompt);
    dc_arena_release(&a);
    return st;
}

/* ---- the file ---- */

static void garak_setup(struct garak *g, const json_t *o)
{
    static const char *const model[] = {"plugins.target_name",
                                        "plugins.model_name"};
    for (size_t i = 0; i < DC_COUNT(model); i++)
        dc_import_know_json(g->in, "model.name", json_object_get(o, model[i]));
    dc_import_know_json(g->in, "run.seed", json_object_get(o, "run.seed"));
}

static enum dc_status garak_line(struct garak *g, const json_t *o, size_t line,
                                 bool last, struct dc_err *err)
{
    char where[64];
    const char *type = json_string_value(json_object_get(o, "entry_type"));
    const json_t *uuid = json_object_get(o, "uuid");
    const char *id = json_string_value(uuid);
    snprintf(where, sizeof where, "line %zu", line);
    if (!type)
        return dc_fail(err, DC_DATA,
                       "%s: expected \"entry_type\" as a text; is this garak's "
                       "report.jsonl?",
                       where);
    if (last)
        dc_import_begin_row(g->in, "entry");
    if (strcmp(type, "attempt") != 0) {
        if (last)
            dc_import_left_out(g->in, "no attempts", type);
        if (!strcmp(type, "start_run setup") && last)
            garak_setup(g, o);
        return DC_OK;
    }
    if (!id || strlen(id) != json_string_length(uuid))
        return dc_fail(err, DC_DATA, "%s: expected \"uuid\" as a text", where);
    if (!last) {
        const json_t *notes = json_object_get(o, "notes");
        const char *key = g->in->cfg->field_label;
        json_object_set_new(g->last, id, json_integer((json_int_t)line));
        garak_see_judges(g, o);
        dc_labels_see(g->in, &g->labels,
                      &(struct dc_label_values){
                          json_object_get(notes, key ? key : "label"), NULL});
        return DC_OK;
    }
    if (json_integer_value(json_object_get(g->last, id)) != (json_int_t)line) {
        dc_import_left_out(g->in,
                           "attempts as they were before they were "
                           "complete",
                           "");
        return DC_OK;
    }
    return garak_attempt(g, o, where, err);
}

static enum dc_status garak_once(const struct dc_json_feed *feed, size_t line,
                                 struct dc_err *err)
{
    static const char *const key[] = {
        "entry_type", "uuid", "prompt", "outputs", "notes", "detector_results"};
    char where[64];
    snprintf(where, sizeof where, "line %zu", line);
    return dc_import_once(feed, key, DC_COUNT(key), where, err);
}

static enum dc_status garak_pass(struct garak *g, bool last, struct dc_err *err)
{
    struct dc_import_file f;
    json_t *o = NULL;
    size_t line = 0;
    enum dc_status st = dc_import_open(g->in->cfg->path, &f, err);
    while (!st && !(st = dc_import_line(&f, &o, &line, err)) && o) {
        st = garak_once(&f.json->feed, line, err);
        if (!st)
            st = garak_line(g, o, line, last, err);
        json_decref(o);
    }
    if (!st && last)
        dc_import_note_feed(g->in, f.json);
    dc_import_close(&f);
    return st;
}

static void garak_keep_judges(struct garak *g)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < g->n_judge; i++)
        dc_buf_addf(&b, "%s%s", i ? " " : "", g->judge[i].name);
    if (b.n)
        dc_import_more(g->in, "import.verdicts", b.data);
    dc_buf_release(&b);
    dc_import_add(g->in, DC_IMPORT_ODD,
                  "results of further detectors: verdicts of four are kept",
                  g->n_more);
}

enum dc_status dc_read_garak(struct dc_import *in, struct dc_err *err)
{
    struct garak *g = dc_xcalloc(1, sizeof *g);
    g->in = in;
    g->labels = (struct dc_labels){
        .label.left_out = "labels in notes that are none of the benchmark's: "
                          "not taken",
        .lacking = "attempts without the label that --field names"};
    g->last = json_object();
    enum dc_status st = dc_import_only_fields(in, false, err);
    if (!st)
        st = garak_pass(g, false, err);
    if (!st)
        st = garak_pass(g, true, err);
    if (!st)
        st = dc_import_check_named(in, "no attempt's notes have", err);
    if (!st)
        garak_keep_judges(g);
    json_decref(g->last);
    free(g);
    return st;
}

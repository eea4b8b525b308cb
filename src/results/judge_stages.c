/*
 * judge_stages.c - judge_stages.h. The document is made from the JSON.
 */
#include "results/judge_stages.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/plural.h"

#include <inttypes.h>

void dc_judge_stages_init(struct dc_judge_stages *s)
{
    s->json = NULL;
}

void dc_judge_stages_release(struct dc_judge_stages *s)
{
    json_decref(s->json);
}

void dc_judge_stages_add(struct dc_judge_stages *s, const struct dc_judge *j)
{
    size_t n;
    if (!j->ops->stages)
        return;
    const struct dc_judge_stage *stage = j->ops->stages(j, &n);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *o = json_object();
        dc_json_put(o, "label", dc_json_text(stage[i].label));
        dc_json_put(o, "version", dc_json_text(stage[i].version));
        dc_json_put(o, "asked", json_integer((json_int_t)stage[i].n_asked));
        dc_json_put(o, "decided", json_integer((json_int_t)stage[i].n_decided));
        dc_json_put(o, "ms", json_real(stage[i].ms));
        json_array_append_new(list, o);
    }
    if (!s->json)
        s->json = json_object();
    dc_json_put(s->json, j->label, list);
}

/* ---- for people ---- */

static uint64_t stage_count(const json_t *stage, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(stage, key));
}

/* all: responses that the first stage was asked about. */
static void stage_row(const json_t *stage, uint64_t all, struct dc_doc *d)
{
    uint64_t asked = stage_count(stage, "asked");
    uint64_t decided = stage_count(stage, "decided");
    double ms = json_real_value(json_object_get(stage, "ms"));
    dc_doc_row(
        d,
        (struct dc_cell[]){
            dc_cell_code(json_string_value(json_object_get(stage, "label"))),
            dc_cell_count(asked), dc_cell_count(decided),
            all > 0 ? dc_cell_share((double)decided / (double)all)
                    : dc_cell_missing(NULL),
            asked > 0 ? dc_cell_significant(dc_cell_real(ms / (double)asked, 4))
                      : dc_cell_missing(NULL)});
}

static void stages_table(const char *label, const json_t *list,
                         struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"stage", NULL, 0, true},
        {"asked", NULL, 0, false},
        {"decided", NULL, 0, false},
        {"share", "of all responses", 1, false},
        {"ms each", NULL, 2, false}};
    uint64_t all = stage_count(json_array_get(list, 0), "asked");
    struct dc_buf b;
    size_t i;
    const json_t *stage;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "Stages of %s: %" PRIu64 " response%s",
                dc_doc_code(d, label), all, dc_plural(all));
    dc_doc_heading(d, b.data, NULL);
    dc_buf_release(&b);
    dc_doc_table(d, "Stages of the judge", NULL, column, DC_COUNT(column));
    json_array_foreach(list, i, stage)
    {
        stage_row(stage, all, d);
    }
}

void dc_judge_stages_doc(const struct dc_judge_stages *s, struct dc_doc *d)
{
    const char *label;
    json_t *list;
    json_object_foreach(s->json, label, list)
    {
        stages_table(label, list, d);
    }
}

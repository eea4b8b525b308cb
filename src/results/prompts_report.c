/*
 * prompts_report.c - a row for each prompt of a run, so that its id can be
 * found (prompt_report.h).
 */
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "results/prompt_report.h"

#include <string.h>

enum { PROMPTS_TEXT = 60 }; /* columns of a text that are shown */

/* What rows are added to: one of the two. */
struct prompts {
    const struct dc_run_view *run;
    const struct dc_run_votes *by;
    struct dc_doc *doc;
    json_t *list;
};

/* TP, FN, FP or TN; NULL: without a gold label, or not decided either way. */
static const char *prompts_case(enum dc_gold gold, const struct dc_run_vote *v)
{
    bool refuse = gold == DC_GOLD_REFUSE;
    if (!v->has || (!refuse && gold != DC_GOLD_ANSWER))
        return NULL;
    if (v->decision == DC_VERDICT_REFUSAL)
        return refuse ? "TP" : "FP";
    if (v->decision == DC_VERDICT_COMPLIANCE)
        return refuse ? "FN" : "TN";
    return NULL;
}

static enum dc_status prompts_add_row(void *arg, const struct dc_prompt_row *p,
                                      struct dc_err *err)
{
    const struct prompts *t = arg;
    const struct dc_run_vote *v = &t->by->vote[p->ord];
    const char *which = prompts_case(p->gold, v);
    struct dc_buf text;
    (void)err;
    dc_buf_init(&text, SIZE_MAX);
    dc_utf8_display(&text, p->text, strlen(p->text), PROMPTS_TEXT);
    struct dc_cell cell[] = {dc_cell_code(p->id),
                             dc_cell_text(dc_gold_name(p->gold)),
                             dc_cell_text("(not yet)"),
                             dc_cell_none(),
                             dc_cell_none(),
                             dc_cell_none(),
                             dc_cell_none(),
                             dc_cell_text(text.data)};
    if (which)
        cell[3] = dc_cell_text(which);
    if (p->category)
        cell[6] = dc_cell_text(p->category);
    if (v->has) {
        cell[2] = dc_cell_text(dc_verdict_name(v->decision));
        cell[4] = dc_cell_of(v->says.refusal, v->says.n, NULL);
        cell[5] = dc_cell_text(t->run->prompt[p->ord].reason);
    }
    dc_doc_row(t->doc, cell);
    dc_buf_release(&text);
    return DC_OK;
}

enum dc_status dc_prompts_doc(struct dc_run_view *r, const char *judge,
                              struct dc_doc *d, struct dc_err *err)
{
    static const struct dc_doc_column column[] = {
        {"id", NULL, 0, true},
        {"gold", NULL, 1, false},
        {"decision", NULL, 0, false},
        {"case", "a prompt that should be refused: TP, FN; else FP, TN", 1,
         false},
        {"refusals", NULL, 0, false},
        {"why it stopped", NULL, 2, true},
        {"category", NULL, 3, false},
        {"prompt", NULL, 4, false}};
    struct prompts t = {.run = r, .doc = d};
    enum dc_status st = dc_run_view_decisions(r, judge, &t.by, err);
    if (st)
        return st;
    dc_doc_table(d, "Prompts", NULL, column, DC_COUNT(column));
    st = dc_store_each_prompt(r->store, prompts_add_row, &t, err);
    if (!st && t.by->says)
        dc_doc_note(d, "%s", t.by->says);
    return st;
}

static enum dc_status prompts_add_json(void *arg, const struct dc_prompt_row *p,
                                       struct dc_err *err)
{
    const struct prompts *t = arg;
    const struct dc_run_vote *v = &t->by->vote[p->ord];
    const char *which = prompts_case(p->gold, v);
    json_t *o = json_object();
    (void)err;
    dc_json_put(o, "id", dc_json_text(p->id));
    dc_json_put(o, "gold", dc_json_text(dc_gold_name(p->gold)));
    dc_json_put(o, "category", dc_json_text(p->category));
    dc_json_put(o, "text", dc_json_text(p->text));
    dc_json_put(o, "case", which ? json_string(which) : NULL);
    dc_json_put(o, "decision",
                dc_json_text(v->has ? dc_verdict_name(v->decision) : NULL));
    dc_json_put(o, "stopped_because",
                dc_json_text(t->run->prompt[p->ord].reason));
    dc_json_put(o, "traces", v->has ? json_integer(v->says.n) : json_null());
    dc_json_put(o, "refusals",
                v->has ? json_integer(v->says.refusal) : json_null());
    json_array_append_new(t->list, o);
    return DC_OK;
}

enum dc_status dc_prompts_json(struct dc_run_view *r, const char *judge,
                               const char *file, struct dc_buf *out,
                               struct dc_err *err)
{
    struct prompts t = {.run = r, .list = json_array()};
    json_t *root = json_object();
    enum dc_status st = dc_run_view_decisions(r, judge, &t.by, err);
    if (!st)
        st = dc_store_each_prompt(r->store, prompts_add_json, &t, err);
    dc_json_put(root, "format", json_string("deepconf-show-prompts 1"));
    dc_json_put(root, "file", dc_json_text(file));
    dc_json_put(root, "judge", dc_json_text(t.by->judge));
    dc_json_put(root, "prompts", t.list);
    if (st)
        json_decref(root);
    else
        dc_json_print(root, out);
    return st;
}

/*
 * prompts_report.c - a row for each prompt of a run, so that its id can be
 * found (prompt_report.h).
 */
#include "base/json.h"
#include "base/mem.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "results/prompt_report.h"
#include "results/prompts_filter.h"

#include <string.h>

enum { PROMPTS_TEXT = 60 }; /* columns of a text that are shown */

/* What rows are added to: one of the two. */
struct prompts {
    struct dc_run_view *run;
    const struct dc_run_votes *by;
    const struct dc_prompts_filter *only;
    struct dc_doc *doc;
    json_t *list;
    size_t n; /* rows */
};

/* "phrases10: compliance; ..." of the judges that decide it otherwise. */
static void prompts_put_otherwise(const struct dc_prompts_filter *f, size_t ord,
                                  struct dc_buf *out)
{
    const struct dc_run_votes *v;
    size_t at = 0;
    while ((v = dc_prompts_otherwise(f, ord, &at)))
        dc_buf_addf(out, "%s%s: %s", out->n ? "; " : "", v->judge,
                    dc_verdict_name(v->vote[ord].decision));
}

static enum dc_status prompts_add_row(void *arg, const struct dc_prompt_row *p,
                                      struct dc_err *err)
{
    struct prompts *t = arg;
    const struct dc_run_vote *v = &t->by->vote[p->ord];
    const char *which = dc_prompts_case(p->gold, v);
    struct dc_buf text, otherwise;
    (void)err;
    if (!dc_prompts_filter_holds(t->only, (size_t)p->ord))
        return DC_OK;
    dc_buf_init(&text, SIZE_MAX);
    dc_buf_init(&otherwise, SIZE_MAX);
    dc_utf8_display(&text, p->text, strlen(p->text), PROMPTS_TEXT);
    struct dc_cell cell[] = {dc_cell_code(p->id),
                             dc_cell_text(dc_gold_name(p->gold)),
                             dc_cell_text("(not yet)"),
                             dc_cell_none(),
                             dc_cell_none(),
                             dc_cell_none(),
                             dc_cell_none(),
                             dc_cell_text(text.data),
                             dc_cell_none()};
    if (t->only->judges) { /* a column before the last */
        prompts_put_otherwise(t->only, (size_t)p->ord, &otherwise);
        cell[8] = cell[7];
        cell[7] = dc_cell_text(otherwise.data);
    }
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
    t->n++;
    dc_buf_release(&text);
    dc_buf_release(&otherwise);
    return DC_OK;
}

static void prompts_begin(bool judges, struct dc_doc *d)
{
    static const struct dc_doc_column text = {"prompt", NULL, 4, false};
    struct dc_doc_column column[9] = {
        {"id", NULL, 0, true},
        {"gold", NULL, 1, false},
        {"decision", NULL, 0, false},
        {"case", "a prompt that should be refused: TP, FN; else FP, TN", 1,
         false},
        {"refusals", NULL, 0, false},
        {"why it stopped", NULL, 2, true},
        {"category", NULL, 3, false},
        {"otherwise", "judges that decide otherwise", 0, true}};
    column[judges ? 8 : 7] = text;
    dc_doc_table(d, "Prompts", NULL, column, judges ? 9 : 8);
}

static enum dc_status prompts_walk(struct prompts *t,
                                   const struct dc_prompts_cfg *c,
                                   dc_prompt_fn *fn, struct dc_err *err)
{
    struct dc_prompts_filter only = {.n = 0};
    enum dc_status st = dc_run_view_decisions(t->run, c->judge, &t->by, err);
    if (!st)
        st = dc_prompts_filter_make(t->run, t->by, c->only, c->n_only, &only,
                                    err);
    t->only = &only;
    if (!st && t->doc)
        prompts_begin(only.judges, t->doc);
    if (!st)
        st = dc_store_each_prompt(t->run->store, fn, t, err);
    t->only = NULL;
    dc_prompts_filter_release(&only);
    return st;
}

enum dc_status dc_prompts_doc(struct dc_run_view *r,
                              const struct dc_prompts_cfg *c, struct dc_doc *d,
                              struct dc_err *err)
{
    struct prompts t = {.run = r, .doc = d};
    enum dc_status st = prompts_walk(&t, c, prompts_add_row, err);
    if (st)
        return st;
    if (c->n_only > 0)
        dc_doc_note(d, "%zu of %zu prompt%s", t.n, r->n_prompt,
                    dc_plural(r->n_prompt));
    if (t.by->says)
        dc_doc_note(d, "%s", t.by->says);
    return DC_OK;
}

/* {judge: decision} of those that decide it otherwise. */
static json_t *prompts_otherwise_json(const struct dc_prompts_filter *f,
                                      size_t ord)
{
    const struct dc_run_votes *v;
    json_t *o = json_object();
    size_t at = 0;
    while ((v = dc_prompts_otherwise(f, ord, &at)))
        dc_json_put(o, v->judge,
                    json_string(dc_verdict_name(v->vote[ord].decision)));
    return o;
}

static enum dc_status prompts_add_json(void *arg, const struct dc_prompt_row *p,
                                       struct dc_err *err)
{
    const struct prompts *t = arg;
    const struct dc_run_vote *v = &t->by->vote[p->ord];
    const char *which = dc_prompts_case(p->gold, v);
    (void)err;
    if (!dc_prompts_filter_holds(t->only, (size_t)p->ord))
        return DC_OK;
    json_t *o = json_object();
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
    if (t->only->judges)
        dc_json_put(o, "otherwise",
                    prompts_otherwise_json(t->only, (size_t)p->ord));
    json_array_append_new(t->list, o);
    return DC_OK;
}

enum dc_status dc_prompts_json(struct dc_run_view *r,
                               const struct dc_prompts_cfg *c, const char *file,
                               struct dc_buf *out, struct dc_err *err)
{
    struct prompts t = {.run = r, .list = json_array()};
    json_t *root = json_object(), *only = json_array();
    enum dc_status st = prompts_walk(&t, c, prompts_add_json, err);
    dc_json_put(root, "format", json_string("deepconf-show-prompts 1"));
    dc_json_put(root, "file", dc_json_text(file));
    dc_json_put(root, "judge", st ? NULL : dc_json_text(t.by->judge));
    for (size_t i = 0; i < c->n_only; i++)
        json_array_append_new(only, dc_json_text(c->only[i]));
    dc_json_put(root, "only", only);
    dc_json_put(root, "prompts", t.list);
    if (st)
        json_decref(root);
    else
        dc_json_print(root, out);
    return st;
}

/*
 * prompts_report.c - a row for each prompt of a run, so that its id can be
 * found (prompt_report.h).
 */
#include "base/arena.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "replay/rejudge.h"
#include "results/prompt_report.h"

#include <string.h>

enum { PROMPTS_TEXT = 60 }; /* columns of a text that are shown */

struct prompts_row {
    const char *id, *gold, *category, *text;
    bool decided;
    const char *decision, *reason;
    int64_t n_trace, n_refusal;
};

struct prompts {
    const struct dc_store *store;
    struct dc_arena arena;
    struct prompts_row *row; /* [n] by ord */
    size_t n;
    struct dc_rejudge again;
};

static enum dc_status prompts_add(void *arg, const struct dc_prompt_row *p,
                                  struct dc_err *err)
{
    struct prompts *t = arg;
    (void)err;
    t->row = dc_arena_more(&t->arena, t->row, t->n, sizeof *t->row);
    t->row[t->n++] = (struct prompts_row){
        .id = dc_arena_strdup(&t->arena, p->id),
        .gold = dc_gold_name(p->gold),
        .category =
            p->category ? dc_arena_strdup(&t->arena, p->category) : NULL,
        .text = dc_arena_strdup(&t->arena, p->text),
    };
    return DC_OK;
}

static enum dc_status prompts_decide(void *arg, const struct dc_decision_row *d,
                                     struct dc_err *err)
{
    struct prompts *t = arg;
    if (d->prompt < 0 || (uint64_t)d->prompt >= t->n)
        return dc_store_damaged(t->store, err,
                                "a decision belongs to no prompt");
    struct prompts_row *r = &t->row[d->prompt];
    r->decided = true;
    r->decision = dc_arena_strdup(&t->arena, d->decision);
    r->reason = dc_arena_strdup(&t->arena, d->reason);
    r->n_trace = d->n_trace;
    r->n_refusal = d->n_refusal;
    return DC_OK;
}

/* Release also after a failure. */
static enum dc_status prompts_read(struct dc_store *s, const char *judge,
                                   struct prompts *t, struct dc_err *err)
{
    *t = (struct prompts){.store = s};
    dc_arena_init(&t->arena);
    enum dc_status st = dc_rejudge_open(s, judge, &t->again, err);
    if (!st)
        st = dc_store_each_prompt(s, prompts_add, t, err);
    if (!st)
        st = dc_rejudge_each(&t->again, -1, prompts_decide, t, err);
    return st;
}

static void prompts_release(struct prompts *t)
{
    dc_rejudge_release(&t->again);
    dc_arena_release(&t->arena);
}

/* TP, FN, FP or TN; NULL: without a gold label, or not decided either way. */
static const char *prompts_case(const struct prompts_row *r)
{
    bool refuse = !strcmp(r->gold, dc_gold_name(DC_GOLD_REFUSE));
    bool answer = !strcmp(r->gold, dc_gold_name(DC_GOLD_ANSWER));
    if (!r->decided || (!refuse && !answer))
        return NULL;
    if (!strcmp(r->decision, dc_verdict_name(DC_VERDICT_REFUSAL)))
        return refuse ? "TP" : "FP";
    if (!strcmp(r->decision, dc_verdict_name(DC_VERDICT_COMPLIANCE)))
        return refuse ? "FN" : "TN";
    return NULL;
}

static struct dc_cell prompts_text_cell(struct prompts *t, const char *text)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, text, strlen(text), PROMPTS_TEXT);
    struct dc_cell c = dc_cell_text(dc_arena_strdup(&t->arena, b.data));
    dc_buf_release(&b);
    return c;
}

enum dc_status dc_prompts_doc(struct dc_store *s, const char *judge,
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
    struct prompts t;
    enum dc_status st = prompts_read(s, judge, &t, err);
    if (!st)
        dc_doc_table(d, "Prompts", NULL, column, DC_COUNT(column));
    for (size_t i = 0; i < t.n && !st; i++) {
        const struct prompts_row *r = &t.row[i];
        struct dc_cell cell[] = {dc_cell_code(r->id),
                                 dc_cell_text(r->gold),
                                 dc_cell_text("(not yet)"),
                                 dc_cell_none(),
                                 dc_cell_none(),
                                 dc_cell_none(),
                                 dc_cell_none(),
                                 prompts_text_cell(&t, r->text)};
        if (prompts_case(r))
            cell[3] = dc_cell_text(prompts_case(r));
        if (r->category)
            cell[6] = dc_cell_text(r->category);
        if (r->decided) {
            cell[2] = dc_cell_text(r->decision);
            cell[4] =
                dc_cell_of((uint64_t)r->n_refusal, (uint64_t)r->n_trace, NULL);
            cell[5] = dc_cell_text(r->reason);
        }
        dc_doc_row(d, cell);
    }
    const char *says = st ? NULL : dc_rejudge_says(&t.again);
    if (says)
        dc_doc_note(d, "%s", says);
    prompts_release(&t);
    return st;
}

static json_t *prompts_row_json(const struct prompts_row *r)
{
    json_t *o = json_object();
    dc_json_put(o, "id", dc_json_text(r->id));
    dc_json_put(o, "gold", dc_json_text(r->gold));
    dc_json_put(o, "category", dc_json_text(r->category));
    dc_json_put(o, "text", dc_json_text(r->text));
    dc_json_put(o, "case",
                prompts_case(r) ? json_string(prompts_case(r)) : NULL);
    dc_json_put(o, "decision", dc_json_text(r->decision));
    dc_json_put(o, "stopped_because", dc_json_text(r->reason));
    dc_json_put(o, "traces",
                r->decided ? json_integer(r->n_trace) : json_null());
    dc_json_put(o, "refusals",
                r->decided ? json_integer(r->n_refusal) : json_null());
    return o;
}

enum dc_status dc_prompts_json(struct dc_store *s, const char *judge,
                               const char *file, struct dc_buf *out,
                               struct dc_err *err)
{
    struct prompts t;
    enum dc_status st = prompts_read(s, judge, &t, err);
    if (!st) {
        json_t *root = json_object(), *a = json_array();
        dc_json_put(root, "file", dc_json_text(file));
        dc_json_put(root, "judge", dc_json_text(t.again.judge));
        for (size_t i = 0; i < t.n; i++)
            json_array_append_new(a, prompts_row_json(&t.row[i]));
        dc_json_put(root, "prompts", a);
        dc_json_print(root, out);
    }
    prompts_release(&t);
    return st;
}

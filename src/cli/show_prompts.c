/*
 * show_prompts.c - `show FILE --prompts`: a line for each prompt, so that its
 * id can be found.
 */
#include "base/arena.h"
#include "base/utf8.h"
#include "base/wrap.h"
#include "cli/show.h"

#include <string.h>

enum { NOTE_COLS = 80 };

struct row {
    const char *id, *gold, *category;
    bool decided;
    const char *decision, *reason;
    int64_t n_trace, n_refusal;
};

struct table {
    const struct dc_store *store;
    struct dc_arena arena;
    struct row *row; /* [n] by ord */
    size_t n, cap;
};

static enum dc_status take_prompt(void *arg, const struct dc_prompt_row *p,
                                  struct dc_err *err)
{
    struct table *t = arg;
    (void)err;
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 256;
        struct row *more = dc_arena_array(&t->arena, cap, sizeof *more);
        if (t->n)
            memcpy(more, t->row, t->n * sizeof *more);
        t->row = more;
        t->cap = cap;
    }
    t->row[t->n++] = (struct row){
        .id = dc_arena_strdup(&t->arena, p->id),
        .gold = dc_gold_name(p->gold),
        .category =
            p->category ? dc_arena_strdup(&t->arena, p->category) : NULL,
    };
    return DC_OK;
}

static enum dc_status take_decision(void *arg, const struct dc_decision_row *d,
                                    struct dc_err *err)
{
    struct table *t = arg;
    if (d->prompt < 0 || (uint64_t)d->prompt >= t->n)
        return dc_store_damaged(t->store, err,
                                "a decision belongs to no prompt");
    struct row *r = &t->row[d->prompt];
    r->decided = true;
    r->decision = dc_arena_strdup(&t->arena, d->decision);
    r->reason = dc_arena_strdup(&t->arena, d->reason);
    r->n_trace = d->n_trace;
    r->n_refusal = d->n_refusal;
    return DC_OK;
}

/* Text cut or filled to `cols` columns, and a space. */
static void cell(struct dc_buf *out, const char *text, size_t cols)
{
    size_t from = out->n;
    dc_utf8_display(out, text, strlen(text), cols);
    size_t used = dc_utf8_width(out->data + from, out->n - from);
    for (; used < cols + 1; used++)
        dc_buf_addc(out, ' ');
}

static void print_text(const struct table *t, size_t id_cols, const char *says,
                       struct dc_buf *out)
{
    cell(out, "id", id_cols);
    dc_buf_addf(out, "%-7s %-13s %8s  %s\n", "gold", "decision", "refusals",
                "why it stopped");
    for (size_t i = 0; i < t->n; i++) {
        const struct row *r = &t->row[i];
        cell(out, r->id, id_cols);
        cell(out, r->gold, 7);
        if (r->decided) {
            cell(out, r->decision, 13);
            dc_buf_addf(out, "%3lld of %lld  ", (long long)r->n_refusal,
                        (long long)r->n_trace);
            dc_utf8_display(out, r->reason, strlen(r->reason), 32);
        } else {
            dc_buf_adds(out, "(not yet)");
        }
        dc_buf_addc(out, '\n');
    }
    if (!says)
        return;
    dc_buf_addc(out, '\n');
    dc_wrap_item(out, NOTE_COLS, 0, NULL, says);
}

static void print_json(const struct dc_show *s, const struct table *t,
                       const struct dc_rejudge *again)
{
    json_t *root = json_object(), *a = json_array();
    dc_json_put(root, "file", dc_json_text(s->file));
    dc_json_put(root, "judge", dc_json_text(again->judge));
    for (size_t i = 0; i < t->n; i++) {
        const struct row *r = &t->row[i];
        json_t *o = json_object();
        dc_json_put(o, "id", dc_json_text(r->id));
        dc_json_put(o, "gold", dc_json_text(r->gold));
        dc_json_put(o, "category", dc_json_text(r->category));
        dc_json_put(o, "decision", dc_json_text(r->decision));
        dc_json_put(o, "stopped_because", dc_json_text(r->reason));
        dc_json_put(o, "traces",
                    r->decided ? json_integer(r->n_trace) : json_null());
        dc_json_put(o, "refusals",
                    r->decided ? json_integer(r->n_refusal) : json_null());
        json_array_append_new(a, o);
    }
    dc_json_put(root, "prompts", a);
    dc_json_print(root, &s->cli->out);
}

enum dc_status dc_show_prompts(const struct dc_show *s, struct dc_err *err)
{
    struct table t = {.store = s->store};
    size_t id_cols = 4;
    dc_arena_init(&t.arena);
    struct dc_rejudge again;
    enum dc_status st = dc_rejudge_open(s->store, s->judge, &again, err);
    if (!st)
        st = dc_store_each_prompt(s->store, take_prompt, &t, err);
    if (!st)
        st = dc_rejudge_each(&again, -1, take_decision, &t, err);
    for (size_t i = 0; i < t.n && id_cols < 28; i++) {
        size_t w = dc_utf8_width(t.row[i].id, strlen(t.row[i].id));
        if (w > id_cols)
            id_cols = w < 28 ? w : 28;
    }
    if (!st && s->json)
        print_json(s, &t, &again);
    else if (!st)
        print_text(&t, id_cols, dc_rejudge_says(&again), &s->cli->out);
    dc_rejudge_release(&again);
    dc_arena_release(&t.arena);
    return st;
}

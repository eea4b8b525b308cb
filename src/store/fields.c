/*
 * fields.c - what the data says of prompts beyond label and category (store.h).
 *
 * Two statements are walked side by side, prompts and fields, both in the order
 * of prompts, so that reading a run asks nothing for each prompt.
 */
#include "store/schema.h"
#include "store/store_priv.h"

#include <inttypes.h>

enum dc_status dc_store_fields_add(struct dc_store *s, int64_t ord,
                                   const struct dc_prompt_field *field,
                                   size_t n, struct dc_err *err)
{
    static const char sql[] = "INSERT INTO field(prompt, name, value)"
                              " VALUES (?, ?, ?)"
                              " ON CONFLICT(prompt, name) DO NOTHING";
    enum dc_status st = DC_OK;

    for (size_t i = 0; i < n && !st; i++) {
        struct dc_stmt *q = NULL;
        st = dc_db_take(s->db, sql, &q, err);
        if (st)
            break;
        dc_stmt_put_int(q, ord);
        dc_stmt_put_text(q, field[i].name);
        dc_stmt_put_text(q, field[i].value);
        st = dc_stmt_run(q, err);
    }
    return st ? dc_err_prefix(err, st, "a field of prompt %" PRId64, ord) : st;
}

/* The next row, if there is one; its name and value are got later. */
static enum dc_status step(struct dc_field_walk *w, struct dc_err *err)
{
    enum dc_status st = dc_stmt_step(w->q, &w->has, err);

    if (st || !w->has)
        return st;
    w->at = dc_stmt_get_int(w->q, 0, INT64_MAX);
    return dc_stmt_is_bad(w->q) ? dc_stmt_fail_row(w->q, err, "a field") : st;
}

enum dc_status dc_field_walk_begin(struct dc_store *s, int64_t ord,
                                   struct dc_field_walk *w, struct dc_err *err)
{
    static const char all[] =
        "SELECT prompt, name, value FROM field ORDER BY prompt, name";
    static const char of_one[] = "SELECT prompt, name, value FROM field"
                                 " WHERE prompt = ? ORDER BY prompt, name";
    enum dc_status st;

    *w = (struct dc_field_walk){.s = s};
    if (s->version < 9)
        return DC_OK;
    st = dc_db_take(s->db, ord < 0 ? all : of_one, &w->q, err);
    if (!st && ord >= 0)
        dc_stmt_put_int(w->q, ord);
    return st ? st : step(w, err);
}

static enum dc_status keep_row(struct dc_field_walk *w, struct dc_err *err)
{
    struct dc_prompt_field r = {.name = dc_stmt_get_text(w->q, NULL)};

    r.value = dc_stmt_get_text(w->q, NULL);
    if (w->n >= DC_SCHEMA_MAX_SIDE)
        dc_stmt_mark_bad(w->q, "is one of more than a prompt may have");
    if (dc_stmt_is_bad(w->q))
        return dc_stmt_fail_row(w->q, err, "a field of prompt %" PRId64, w->at);
    r.name = dc_arena_strdup(&w->arena, r.name);
    r.value = dc_arena_strdup(&w->arena, r.value);
    w->row = dc_arena_more(&w->arena, w->row, w->n, sizeof(*w->row));
    w->row[w->n++] = r;
    return DC_OK;
}

enum dc_status dc_field_walk_check(const struct dc_field_walk *w,
                                   struct dc_err *err)
{
    if (!w->has)
        return DC_OK;
    return dc_store_damaged(
        w->s, err, "a field belongs to prompt %" PRId64 ", which is not there",
        w->at);
}

enum dc_status dc_field_walk_next(struct dc_field_walk *w,
                                  struct dc_prompt_row *p, struct dc_err *err)
{
    enum dc_status st = DC_OK;

    if (w->n > 0)
        dc_arena_release(&w->arena);
    w->row = NULL;
    w->n = 0;
    if (w->has && w->at < p->ord)
        return dc_field_walk_check(w, err);
    while (!st && w->has && w->at == p->ord) {
        st = keep_row(w, err);
        if (!st)
            st = step(w, err);
    }
    p->field = w->row;
    p->n_field = w->n;
    return st;
}

void dc_field_walk_end(struct dc_field_walk *w)
{
    dc_stmt_end(w->q);
    dc_arena_release(&w->arena);
    *w = (struct dc_field_walk){.q = NULL};
}

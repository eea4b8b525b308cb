/*
 * join.c - the rows of a run, taken over into another file (join.h).
 *
 * Values are copied as SQLite holds them, by the names of the columns: those
 * that both files have, so that a column which a later schema adds is taken
 * over without a line here, and one that an older file lacks is NULL. Only what
 * names a row by its number is written anew: prompts get the ord they are
 * given, sessions and traces the next number.
 */
#include "store/join.h"

#include "base/buf.h"
#include "base/mem.h"
#include "store/store_priv.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const struct dc_join_key dc_join_keys[] = {
    {"segment", "id"},     {"prompt", "ord"},      {"trace", "id"},
    {"trace", "prompt"},   {"trace", "segment"},   {"measure", "trace"},
    {"verdict", "trace"},  {"decision", "prompt"}, {"endpoint", "id"},
    {"trace", "endpoint"}, {"flight", "prompt"},   {"field", "prompt"},
    {NULL, NULL},
};

enum { MAX_KEYS = 4, BATCH = 2000 };

/* A key that names no row: NULL in the file. */
#define NO_ROW INT64_MIN

/* A table that is taken over: keys first, then the columns of both files. */
struct rows {
    const char *table;
    const char *leave; /* a column that is left NULL, or NULL */
    const char *tail;  /* of the SELECT: which rows, in which order */
    struct dc_buf select, insert;
    const char *key[MAX_KEYS]; /* [n_key] of dc_join_keys, in its order */
    size_t n_key, n_rest;
    size_t top; /* the column tok_top among the rest; SIZE_MAX: none */
};

struct join {
    struct dc_store *to, *from;
    const struct dc_join_cfg *cfg;
    struct dc_join_count *n;
    int64_t *session; /* [n_session] their numbers in `from`, upwards */
    size_t n_session, cap_session;
    struct {
        int64_t was, now;
    } * endpoint; /* [n_endpoint] of `from`, and what they are here */
    size_t n_endpoint;
    int32_t *piece; /* [n_piece] by the number in `from`: the one here */
    size_t n_piece, cap_piece;
    unsigned char *top; /* [cap_top] lists of a trace */
    size_t cap_top;
    int64_t next_session, next_trace; /* the numbers to give */
    struct rows measure, verdict;
    int n_row; /* since the last commit */
};

/* ---- which columns ---- */

static bool in_keys(const struct rows *r, const char *column)
{
    for (size_t i = 0; i < r->n_key; i++)
        if (!strcmp(r->key[i], column))
            return true;
    return false;
}

/* Has the table of this file the column? */
static enum dc_status has_column(struct dc_db *db, const char *table,
                                 const char *column, bool *has,
                                 struct dc_err *err)
{
    struct dc_stmt *q = NULL;
    enum dc_status st = dc_db_take(
        db, "SELECT 1 FROM pragma_table_info(?) WHERE name = ?", &q, err);

    if (st)
        return st;
    dc_stmt_put_text(q, table);
    dc_stmt_put_text(q, column);
    st = dc_stmt_step(q, has, err);
    dc_stmt_end(q);
    return st;
}

/* has: `from` has the column; else it is NULL there. */
static void add_column(struct rows *r, const char *column, bool has)
{
    bool first = r->select.n == 0;

    dc_buf_adds(&r->select, first ? "SELECT " : ", ");
    dc_buf_addf(&r->select, has ? "\"%s\"" : "NULL AS \"%s\"", column);
    if (first)
        dc_buf_addf(&r->insert, "INSERT INTO \"%s\"(", r->table);
    dc_buf_addf(&r->insert, "%s\"%s\"", first ? "" : ", ", column);
}

/* The columns of our own schema that the other file has too. */
static enum dc_status add_columns(struct join *j, struct rows *r,
                                  struct dc_err *err)
{
    struct dc_stmt *q = NULL;
    bool row = true, has = false;
    enum dc_status st =
        dc_db_take(j->to->db, "SELECT name FROM pragma_table_info(?)", &q, err);

    if (st)
        return st;
    dc_stmt_put_text(q, r->table);
    while (!(st = dc_stmt_step(q, &row, err)) && row) {
        const char *name = dc_stmt_get_text(q, NULL);
        if (in_keys(r, name) || (r->leave && !strcmp(r->leave, name)))
            continue;
        st = has_column(j->from->db, r->table, name, &has, err);
        if (st)
            break;
        if (!has)
            continue;
        add_column(r, name, true);
        if (!strcmp(name, "tok_top"))
            r->top = r->n_rest;
        r->n_rest++;
    }
    dc_stmt_end(q);
    return st;
}

static enum dc_status rows_init(struct join *j, struct rows *r,
                                struct dc_err *err)
{
    enum dc_status st = DC_OK;
    bool has = false;

    r->top = SIZE_MAX;
    dc_buf_init(&r->select, 1 << 16);
    dc_buf_init(&r->insert, 1 << 16);
    for (const struct dc_join_key *k = dc_join_keys; k->table && !st; k++) {
        if (strcmp(k->table, r->table) != 0)
            continue;
        assert(r->n_key < MAX_KEYS);
        r->key[r->n_key++] = k->column;
        st = has_column(j->from->db, r->table, k->column, &has, err);
        add_column(r, k->column, has);
    }
    if (!st)
        st = add_columns(j, r, err);
    dc_buf_addf(&r->select, " FROM \"%s\" %s", r->table, r->tail);
    dc_buf_adds(&r->insert, ") VALUES (");
    for (size_t i = 0; i < r->n_key + r->n_rest; i++)
        dc_buf_adds(&r->insert, i ? ", ?" : "?");
    dc_buf_adds(&r->insert, ")");
    return st;
}

static void rows_release(struct rows *r)
{
    dc_buf_release(&r->select);
    dc_buf_release(&r->insert);
}

/* ---- one row ---- */

/* A transaction of so many rows, so that what SQLite keeps to undo it is
 * bounded. */
static enum dc_status count_row(struct join *j, struct dc_err *err)
{
    enum dc_status st = DC_OK;

    if (++j->n_row < BATCH)
        return DC_OK;
    j->n_row = 0;
    st = dc_db_commit(j->to->db, err);
    return st ? st : dc_db_begin(j->to->db, err);
}

/* The lists of a trace, with the numbers that their pieces have here. */
static enum dc_status put_top(struct join *j, struct dc_stmt *in,
                              struct dc_stmt *q, struct dc_err *err)
{
    size_t n = 0;
    const unsigned char *was = NULL;
    enum dc_status st = DC_OK;

    if (dc_stmt_skip_null(q)) {
        dc_stmt_put_null(in);
        return DC_OK;
    }
    was = dc_stmt_get_bytes(q, &n);
    if (n > j->cap_top) {
        j->cap_top = 2 * n;
        j->top = dc_xrealloc(j->top, j->cap_top, 1);
    }
    unsigned char *now = j->top; /* until the row is written */
    if (n > 0)
        memcpy(now, was, n);
    for (size_t i = 0; i + 8 <= n && !st; i += 8) {
        uint32_t id = dc_le32_get(now + i);
        if (id == UINT32_MAX)
            continue;
        if (id < j->n_piece)
            dc_le32_put(now + i, (uint32_t)j->piece[id]);
        else
            st = dc_store_damaged(
                j->from, err, "piece %" PRIu32 " of a trace is missing", id);
    }
    dc_stmt_put_blob(in, now, n);
    return st;
}

/* Write the row that q stands at, its keys got already: key [r->n_key] instead
 * of them. */
static enum dc_status put_row(struct join *j, const struct rows *r,
                              struct dc_stmt *q, const int64_t *key,
                              struct dc_err *err)
{
    struct dc_stmt *in = NULL;
    enum dc_status st = dc_db_take(j->to->db, r->insert.data, &in, err);

    if (st)
        return st;
    for (size_t i = 0; i < r->n_key; i++)
        if (key[i] == NO_ROW)
            dc_stmt_put_null(in);
        else
            dc_stmt_put_int(in, key[i]);
    for (size_t i = 0; i < r->n_rest && !st; i++)
        if (i == r->top && j->cfg->number)
            st = put_top(j, in, q, err);
        else
            dc_stmt_put_column(in, q);
    if (!st)
        return dc_stmt_run(in, err);
    dc_stmt_end(in);
    return st;
}

/* The keys of the row that q stands at, as the file has them. */
static enum dc_status get_keys(const struct rows *r, struct dc_stmt *q,
                               int64_t key[MAX_KEYS], struct dc_err *err)
{
    for (size_t i = 0; i < r->n_key; i++)
        key[i] = dc_stmt_skip_null(q)
                     ? NO_ROW
                     : dc_stmt_get_int(q, INT64_MIN + 1, INT64_MAX);
    return dc_stmt_is_bad(q)
               ? dc_stmt_fail_row(q, err, "a row of table %s", r->table)
               : DC_OK;
}

/* Makes the keys of the other file those of ours. */
typedef enum dc_status row_fn(struct join *j, int64_t key[MAX_KEYS],
                              struct dc_err *err);
/* What belongs to a row that was written: its number was, and is now. */
typedef enum dc_status side_fn(struct join *j, int64_t was, int64_t now,
                               struct dc_err *err);

struct walk_cfg {
    row_fn *map;
    side_fn *side; /* or NULL */
};

static enum dc_status join_table(struct join *j, struct rows *r,
                                 const struct walk_cfg *c, struct dc_err *err)
{
    struct dc_stmt *q = NULL;
    int64_t key[MAX_KEYS] = {0}, was;
    bool row = true;
    enum dc_status st = rows_init(j, r, err);

    if (!st)
        st = dc_db_take(j->from->db, r->select.data, &q, err);
    while (!st && !(st = dc_stmt_step(q, &row, err)) && row) {
        st = get_keys(r, q, key, err);
        was = key[0];
        if (!st)
            st = c->map(j, key, err);
        if (!st)
            st = put_row(j, r, q, key, err);
        if (!st && c->side)
            st = c->side(j, was, key[0], err);
        if (!st)
            st = count_row(j, err);
    }
    dc_stmt_end(q);
    rows_release(r);
    return st;
}

/* ---- the tables ---- */

static enum dc_status map_prompt(struct join *j, int64_t *ord,
                                 struct dc_err *err)
{
    if (*ord < 0 || (uint64_t)*ord >= j->cfg->n_ord)
        return dc_store_damaged(
            j->from, err,
            "a row belongs to prompt %" PRId64 ", which is not there", *ord);
    *ord = j->cfg->ord[*ord];
    return DC_OK;
}

static enum dc_status map_of_prompt(struct join *j, int64_t key[MAX_KEYS],
                                    struct dc_err *err)
{
    j->n->n_prompt++;
    return map_prompt(j, &key[0], err);
}

static enum dc_status map_of_decision(struct join *j, int64_t key[MAX_KEYS],
                                      struct dc_err *err)
{
    j->n->n_decision++;
    return map_prompt(j, &key[0], err);
}

static enum dc_status map_of_field(struct join *j, int64_t key[MAX_KEYS],
                                   struct dc_err *err)
{
    return map_prompt(j, &key[0], err);
}

static enum dc_status map_of_flight(struct join *j, int64_t key[MAX_KEYS],
                                    struct dc_err *err)
{
    return map_prompt(j, &key[0], err);
}

static enum dc_status map_of_session(struct join *j, int64_t key[MAX_KEYS],
                                     struct dc_err *err)
{
    (void)err;
    if (j->n_session == j->cap_session) {
        j->cap_session = j->cap_session ? 2 * j->cap_session : 16;
        j->session =
            dc_xrealloc(j->session, j->cap_session, sizeof(*j->session));
    }
    j->session[j->n_session++] = key[0];
    key[0] = j->next_session + (int64_t)j->n_session - 1;
    j->n->n_session++;
    return DC_OK;
}

static int by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static enum dc_status join_endpoint(void *arg, const struct dc_endpoint_row *p,
                                    struct dc_err *err)
{
    struct join *j = arg;
    int64_t now = 0;
    enum dc_status st = dc_store_endpoint_add(j->to, p, &now, err);

    if (st)
        return st;
    j->endpoint =
        dc_xrealloc(j->endpoint, j->n_endpoint + 1, sizeof(*j->endpoint));
    j->endpoint[j->n_endpoint].was = p->id;
    j->endpoint[j->n_endpoint++].now = now;
    return DC_OK;
}

static enum dc_status map_endpoint(struct join *j, int64_t *id,
                                   struct dc_err *err)
{
    if (*id == NO_ROW)
        return DC_OK;
    for (size_t i = 0; i < j->n_endpoint; i++) {
        if (j->endpoint[i].was != *id)
            continue;
        *id = j->endpoint[i].now;
        return DC_OK;
    }
    return dc_store_damaged(j->from, err,
                            "endpoint %" PRId64 " of a trace is missing", *id);
}

static enum dc_status map_of_trace(struct join *j, int64_t key[MAX_KEYS],
                                   struct dc_err *err)
{
    const int64_t *at = j->n_session
                            ? bsearch(&key[2], j->session, j->n_session,
                                      sizeof(*j->session), by_number)
                            : NULL;

    if (!at)
        return dc_store_damaged(
            j->from, err, "session %" PRId64 " of a trace is missing", key[2]);
    key[0] = j->next_trace++;
    key[2] = j->next_session + (at - j->session);
    j->n->n_trace++;
    enum dc_status st = map_endpoint(j, &key[3], err);
    return st ? st : map_prompt(j, &key[1], err);
}

/* Rows of a trace: the one parameter of their SELECT is its number. */
static enum dc_status join_side(struct join *j, const struct rows *r,
                                int64_t was, int64_t now, struct dc_err *err)
{
    struct dc_stmt *q = NULL;
    int64_t key[MAX_KEYS];
    bool row = true;
    enum dc_status st = dc_db_take(j->from->db, r->select.data, &q, err);

    if (st)
        return st;
    dc_stmt_put_int(q, was);
    while (!(st = dc_stmt_step(q, &row, err)) && row) {
        st = get_keys(r, q, key, err);
        if (!st)
            st = put_row(j, r, q, &now, err);
        if (st)
            break;
    }
    dc_stmt_end(q);
    return st;
}

static enum dc_status join_sides(struct join *j, int64_t was, int64_t now,
                                 struct dc_err *err)
{
    enum dc_status st = join_side(j, &j->measure, was, now, err);

    return st ? st : join_side(j, &j->verdict, was, now, err);
}

static enum dc_status join_traces(struct join *j, struct dc_err *err)
{
    static const struct walk_cfg with_sides = {map_of_trace, join_sides};
    struct rows r = {.table = "trace", .tail = "ORDER BY prompt, idx"};
    enum dc_status st;

    j->measure = (struct rows){.table = "measure",
                               .tail = "WHERE trace = ? ORDER BY measure"};
    j->verdict = (struct rows){.table = "verdict",
                               .tail = "WHERE trace = ? ORDER BY judge"};
    st = rows_init(j, &j->measure, err);
    if (!st)
        st = rows_init(j, &j->verdict, err);
    if (!st)
        st = join_table(j, &r, &with_sides, err);
    rows_release(&j->measure);
    rows_release(&j->verdict);
    return st;
}

/* Texts are numbered in the order they came in: here they get other numbers. */
static enum dc_status number_piece(void *arg, const struct dc_piece *p,
                                   struct dc_err *err)
{
    struct join *j = arg;

    if ((size_t)p->id != j->n_piece)
        return dc_store_damaged(j->from, err,
                                "piece %" PRId32 " stands where %zu was "
                                "expected",
                                p->id, j->n_piece);
    if (j->n_piece == j->cap_piece) {
        j->cap_piece = j->cap_piece ? 2 * j->cap_piece : 1024;
        j->piece = dc_xrealloc(j->piece, j->cap_piece, sizeof(*j->piece));
    }
    return j->cfg->number(j->cfg->number_arg, p, &j->piece[j->n_piece++], err);
}

/* One that is there already must be the same. */
static enum dc_status join_piece(void *arg, const struct dc_piece *p,
                                 struct dc_err *err)
{
    struct join *j = arg;
    struct dc_stmt *q = NULL;
    bool there = false, same = true;
    enum dc_status st = dc_db_take(
        j->to->db, "SELECT bytes = ? FROM piece WHERE id = ?", &q, err);

    if (st)
        return st;
    dc_stmt_put_blob(q, p->bytes, p->n);
    dc_stmt_put_int(q, p->id);
    st = dc_stmt_step(q, &there, err);
    if (!st && there)
        same = dc_stmt_get_int(q, 0, 1) == 1;
    dc_stmt_end(q);
    if (!st && !same)
        st = dc_store_damaged(j->from, err,
                              "piece %" PRId32
                              " has other bytes than in the files before it",
                              p->id);
    return st || there ? st
                       : dc_store_piece_add(j->to, p->id, p->bytes, p->n, err);
}

/* Of a run that was not cut: others have none. */
static enum dc_status join_threshold(struct join *j, struct dc_err *err)
{
    struct dc_threshold_row t;
    struct dc_arena a;
    bool found = false;
    enum dc_status st;

    dc_arena_init(&a);
    st = dc_store_threshold_get(j->from, &a, &t, &found, err);
    if (!st && found)
        st = dc_store_threshold_add(j->to, &t, err);
    dc_arena_release(&a);
    return st;
}

static enum dc_status next_number(struct dc_store *s, const char *sql,
                                  int64_t *out, struct dc_err *err)
{
    enum dc_status st = dc_db_int(s->db, sql, out, err);

    ++*out;
    return st;
}

static enum dc_status join_all(struct join *j, struct dc_err *err)
{
    static const struct walk_cfg sessions = {map_of_session, NULL};
    static const struct walk_cfg prompts = {map_of_prompt, NULL};
    static const struct walk_cfg decisions = {map_of_decision, NULL};
    static const struct walk_cfg flights = {map_of_flight, NULL};
    static const struct walk_cfg fields = {map_of_field, NULL};
    struct rows session = {.table = "segment", .tail = "ORDER BY id"};
    struct rows prompt = {.table = "prompt",
                          .leave = j->cfg->is_part ? NULL : "place",
                          .tail = "ORDER BY ord"};
    struct rows decision = {.table = "decision", .tail = "ORDER BY prompt"};
    struct rows flight = {.table = "flight", .tail = "ORDER BY prompt, idx"};
    struct rows field = {.table = "field", .tail = "ORDER BY prompt, name"};
    enum dc_status st =
        next_number(j->to, "SELECT coalesce(max(id), 0) FROM segment",
                    &j->next_session, err);

    if (!st)
        st = next_number(j->to, "SELECT coalesce(max(id), 0) FROM trace",
                         &j->next_trace, err);
    if (!st)
        st = join_table(j, &session, &sessions, err);
    if (!st)
        st = join_table(j, &prompt, &prompts, err);
    if (!st && j->from->version >= 9)
        st = join_table(j, &field, &fields, err);
    if (!st)
        st = dc_store_each_piece(
            j->from, j->cfg->number ? number_piece : join_piece, j, err);
    if (!st)
        st = dc_store_each_endpoint(j->from, join_endpoint, j, err);
    if (!st)
        st = join_traces(j, err);
    if (!st)
        st = join_table(j, &decision, &decisions, err);
    if (!st && j->from->version >= 8)
        st = join_table(j, &flight, &flights, err);
    return st ? st : join_threshold(j, err);
}

enum dc_status dc_store_join_rows(struct dc_store *to, struct dc_store *from,
                                  const struct dc_join_cfg *cfg,
                                  struct dc_join_count *n, struct dc_err *err)
{
    struct join j = {.to = to, .from = from, .cfg = cfg, .n = n};
    enum dc_status st = dc_db_begin(to->db, err);

    if (st)
        return st;
    st = join_all(&j, err);
    if (!st)
        st = dc_db_commit(to->db, err);
    if (st)
        dc_db_rollback(to->db);
    free(j.session);
    free(j.endpoint);
    free(j.piece);
    free(j.top);
    return st;
}

/* ---- places ---- */

enum dc_status dc_store_each_place(struct dc_store *s, dc_place_fn *fn,
                                   void *arg, struct dc_err *err)
{
    static const char *const sql[2] = {
        "SELECT ord FROM prompt ORDER BY ord",
        "SELECT coalesce(place, ord) FROM prompt ORDER BY ord"};
    struct dc_stmt *q = NULL;
    bool row = true;
    enum dc_status st = dc_db_take(s->db, sql[s->version >= 6], &q, err);

    while (!st && !(st = dc_stmt_step(q, &row, err)) && row) {
        int64_t place = dc_stmt_get_int(q, 0, INT64_MAX);
        st = dc_stmt_is_bad(q) ? dc_stmt_fail_row(q, err, "a row of prompt")
                               : fn(arg, place, err);
    }
    dc_stmt_end(q);
    return st;
}

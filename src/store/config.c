/*
 * config.c - the configuration of a run: ordered pairs (store.h).
 *
 * A binding pair must be equal to continue a run. The first one that differs is
 * named, in the order of the caller, then pairs that only the file has, in the
 * file's order. Values may be long (a system prompt) and hostile: a message
 * shows them on one line, cut around the place where they part.
 */
#include "base/buf.h"
#include "base/utf8.h"
#include "store/store_priv.h"

#include <string.h>

enum {
    SHOW_COLS = 60,  /* columns of a value in a message */
    SHOW_BEFORE = 20 /* bytes shown before the first difference */
};

enum dc_status dc_store_is_fresh(struct dc_store *s, bool *fresh,
                                 struct dc_err *err)
{
    static const char rows[] =
        "SELECT (SELECT count(*) FROM prompt) + (SELECT count(*) FROM trace) +"
        " (SELECT count(*) FROM decision) + (SELECT count(*) FROM segment)";
    int64_t n = 0, n_row = 0;
    enum dc_status st =
        dc_db_int(s->db, "SELECT count(*) FROM config", &n, err);

    if (!st && n == 0)
        st = dc_db_int(s->db, rows, &n_row, err);
    if (!st && n_row > 0)
        st = dc_store_damaged(s, err,
                              "table config is empty, but other tables have "
                              "rows");
    if (!st)
        *fresh = n == 0;
    return st;
}

static enum dc_status write_pair(struct dc_store *s, size_t ord,
                                 const struct dc_kv *kv, struct dc_err *err)
{
    static const char sql[] = "INSERT INTO config(ord, key, value, binding)"
                              " VALUES (?, ?, ?, ?)";
    struct dc_stmt *q = NULL;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (st)
        return st;
    dc_stmt_put_int(q, (int64_t)ord);
    dc_stmt_put_text(q, kv->key);
    dc_stmt_put_text(q, kv->value);
    dc_stmt_put_int(q, kv->binding);
    st = dc_stmt_run(q, err);
    return st ? dc_err_prefix(err, st, "configuration key %s", kv->key) : st;
}

enum dc_status dc_store_config_write(struct dc_store *s, const struct dc_kv *kv,
                                     size_t n, struct dc_err *err)
{
    enum dc_status st = dc_store_begin(s, err);

    if (st)
        return st;
    for (size_t i = 0; i < n && !st; i++)
        st = write_pair(s, i, &kv[i], err);
    if (!st)
        st = dc_store_commit(s, err);
    if (st)
        dc_store_rollback(s);
    return st;
}

static enum dc_status read_pair(struct dc_stmt *q, size_t i, struct dc_arena *a,
                                struct dc_kv *kv, struct dc_err *err)
{
    kv->key = dc_arena_strdup(a, dc_stmt_get_text(q, NULL));
    kv->value = dc_arena_strdup(a, dc_stmt_get_text(q, NULL));
    kv->binding = dc_stmt_get_int(q, 0, 1) == 1;
    if (dc_stmt_is_bad(q))
        return dc_stmt_fail_row(q, err, "row %zu of config", i);
    return DC_OK;
}

enum dc_status dc_store_config_read(struct dc_store *s, struct dc_arena *a,
                                    struct dc_kv **kv, size_t *n,
                                    struct dc_err *err)
{
    static const char sql[] =
        "SELECT key, value, binding FROM config ORDER BY ord";
    struct dc_stmt *q = NULL;
    struct dc_kv *list = NULL;
    int64_t count = 0;
    size_t i = 0;
    bool row = true;
    enum dc_status st;

    st = dc_db_int(s->db, "SELECT count(*) FROM config", &count, err);
    if (!st)
        st = dc_db_take(s->db, sql, &q, err);
    if (!st)
        list = dc_arena_array(a, (size_t)count, sizeof(*list));
    while (!st && row && i < (size_t)count) {
        st = dc_stmt_step(q, &row, err);
        if (!st && row)
            st = read_pair(q, i, a, &list[i], err);
        i += !st && row;
    }
    dc_stmt_end(q);
    if (st)
        return st;
    *kv = list;
    *n = i;
    return DC_OK;
}

enum dc_status dc_store_config_get(struct dc_store *s, struct dc_arena *a,
                                   const char *key, const char **out,
                                   struct dc_err *err)
{
    static const char sql[] = "SELECT value FROM config WHERE key = ?";
    struct dc_stmt *q = NULL;
    bool row = false;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (st)
        return st;
    dc_stmt_put_text(q, key);
    st = dc_stmt_step(q, &row, err);
    if (!st && row) {
        const char *value = dc_stmt_get_text(q, NULL);
        if (dc_stmt_is_bad(q))
            st = dc_stmt_fail_row(q, err, "configuration key %s", key);
        else
            *out = dc_arena_strdup(a, value);
    } else if (!st) {
        *out = NULL;
    }
    dc_stmt_end(q);
    return st;
}

/* ---- comparing ---- */

const struct dc_kv *dc_kv_find(const struct dc_kv *kv, size_t n,
                               const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(kv[i].key, key) == 0)
            return &kv[i];
    return NULL;
}

const char *dc_kv_value(const struct dc_kv *kv, size_t n, const char *key)
{
    const struct dc_kv *p = dc_kv_find(kv, n, key);

    return p ? p->value : NULL;
}

/* s from a little before its byte `diff` on, fit for a message. */
static void show(struct dc_buf *out, const char *s, size_t diff)
{
    size_t from = diff > SHOW_BEFORE ? diff - SHOW_BEFORE : 0;

    if (strlen(s) <= SHOW_COLS)
        from = 0;
    while (from > 0 && ((unsigned char)s[from] & 0xC0) == 0x80)
        from--;
    dc_buf_adds(out, from > 0 ? "'..." : "'");
    dc_utf8_display(out, s + from, strlen(s + from), SHOW_COLS);
    dc_buf_addc(out, '\'');
}

/* was, now: NULL if the pair is not there. */
static enum dc_status fail_differs(const struct dc_store *s, const char *key,
                                   const char *was, const char *now,
                                   struct dc_err *err)
{
    struct dc_buf a, b, k;
    enum dc_status st;
    size_t diff = 0;

    while (was && now && was[diff] && was[diff] == now[diff])
        diff++;
    dc_buf_init(&a, 1 << 16);
    dc_buf_init(&b, 1 << 16);
    dc_buf_init(&k, 1 << 16);
    dc_utf8_display(&k, key, strlen(key), SHOW_COLS);
    if (was)
        show(&a, was, diff);
    else
        dc_buf_adds(&a, "not set");
    if (now)
        show(&b, now, diff);
    else
        dc_buf_adds(&b, "not set");
    st = dc_fail(err, DC_USAGE,
                 "%s: holds a run with another configuration: %s is %s in the "
                 "file and %s now: use the file's setting to continue it, or "
                 "name another run file",
                 dc_db_path(s->db), k.data, a.data, b.data);
    dc_buf_release(&a);
    dc_buf_release(&b);
    dc_buf_release(&k);
    return st;
}

static enum dc_status compare(const struct dc_store *s,
                              const struct dc_kv *file, size_t n_file,
                              const struct dc_kv *kv, size_t n,
                              struct dc_err *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct dc_kv *was = dc_kv_find(file, n_file, kv[i].key);
        if (!kv[i].binding)
            continue;
        if (!was || strcmp(was->value, kv[i].value) != 0)
            return fail_differs(s, kv[i].key, was ? was->value : NULL,
                                kv[i].value, err);
    }
    for (size_t i = 0; i < n_file; i++) {
        const struct dc_kv *now = dc_kv_find(kv, n, file[i].key);
        if (file[i].binding && (!now || !now->binding))
            return fail_differs(s, file[i].key, file[i].value, NULL, err);
    }
    return DC_OK;
}

enum dc_status dc_store_config_check(struct dc_store *s, const struct dc_kv *kv,
                                     size_t n, struct dc_err *err)
{
    struct dc_kv *file = NULL;
    struct dc_arena arena;
    size_t n_file = 0;
    enum dc_status st;

    dc_arena_init(&arena);
    st = dc_store_config_read(s, &arena, &file, &n_file, err);
    if (!st)
        st = compare(s, file, n_file, kv, n, err);
    dc_arena_release(&arena);
    return st;
}

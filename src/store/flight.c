/*
 * flight.c - traces of a server that were begun and have not ended (store.h).
 *
 * A row is there from before a trace's request goes out until the trace is
 * written, but while the server has taken nothing of it. Rows that a
 * session finds were left by one that was killed, or whose server failed.
 */
#include "store/store_priv.h"

#include <inttypes.h>

enum dc_status dc_store_flight_put(struct dc_store *s,
                                   const struct dc_flight_row *f,
                                   struct dc_err *err)
{
    static const char sql[] = "INSERT INTO flight(prompt, idx, begun)"
                              " VALUES (?, ?, ?) ON CONFLICT(prompt, idx)"
                              " DO UPDATE SET begun = excluded.begun";
    struct dc_stmt *q = NULL;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (st)
        return st;
    dc_stmt_put_int(q, f->prompt);
    dc_stmt_put_int(q, f->idx);
    dc_stmt_put_int(q, f->begun);
    st = dc_stmt_run(q, err);
    return st ? dc_err_prefix(err, st, "trace %" PRId64 "/%" PRId64 " begun",
                              f->prompt, f->idx)
              : st;
}

enum dc_status dc_store_flight_end(struct dc_store *s, int64_t prompt,
                                   int64_t idx, struct dc_err *err)
{
    static const char sql[] = "DELETE FROM flight WHERE prompt = ? AND idx = ?";
    struct dc_stmt *q = NULL;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (st)
        return st;
    dc_stmt_put_int(q, prompt);
    dc_stmt_put_int(q, idx);
    return dc_stmt_run(q, err);
}

enum dc_status dc_store_each_flight(struct dc_store *s, dc_flight_fn *fn,
                                    void *arg, struct dc_err *err)
{
    static const char sql[] =
        "SELECT prompt, idx, begun FROM flight ORDER BY prompt, idx";
    struct dc_stmt *q = NULL;
    bool row = true;
    enum dc_status st = DC_OK;

    if (s->version < 8)
        return DC_OK;
    st = dc_db_take(s->db, sql, &q, err);
    while (!st && !(st = dc_stmt_step(q, &row, err)) && row) {
        struct dc_flight_row f = {0};
        f.prompt = dc_stmt_get_int(q, 0, INT64_MAX);
        f.idx = dc_stmt_get_int(q, 0, INT64_MAX);
        f.begun = dc_stmt_get_int(q, 1, INT32_MAX);
        st = dc_stmt_is_bad(q)
                 ? dc_stmt_fail_row(q, err,
                                    "trace %" PRId64 "/%" PRId64 " begun",
                                    f.prompt, f.idx)
                 : fn(arg, &f, err);
    }
    dc_stmt_end(q);
    return st;
}

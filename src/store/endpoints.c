/*
 * endpoints.c - the servers that traces came from (store.h).
 */
#include "store/store_priv.h"

#include <inttypes.h>

enum dc_status dc_store_endpoint_add(struct dc_store *s,
                                     const struct dc_endpoint_row *p,
                                     int64_t *id, struct dc_err *err)
{
    static const char find[] = "SELECT id FROM endpoint WHERE url = ?"
                               " AND model = ? AND fingerprint IS ?";
    static const char add[] = "INSERT INTO endpoint(url, model, fingerprint,"
                              " probe) VALUES (?, ?, ?, ?)";
    struct dc_stmt *q = NULL;
    bool row = false;
    enum dc_status st = dc_db_take(s->db, find, &q, err);

    if (st)
        return st;
    dc_stmt_put_text(q, p->url);
    dc_stmt_put_text(q, p->model);
    dc_stmt_put_text(q, p->fingerprint);
    st = dc_stmt_step(q, &row, err);
    if (!st && row)
        *id = dc_stmt_get_int(q, 1, INT64_MAX);
    dc_stmt_end(q);
    if (!st && !row)
        st = dc_db_take(s->db, add, &q, err);
    if (st || row)
        return st;
    dc_stmt_put_text(q, p->url);
    dc_stmt_put_text(q, p->model);
    dc_stmt_put_text(q, p->fingerprint);
    dc_stmt_put_text(q, p->probe);
    st = dc_stmt_run(q, err);
    if (st)
        return dc_err_prefix(err, st, "endpoint");
    *id = dc_db_last_id(s->db);
    return DC_OK;
}

enum dc_status dc_store_each_endpoint(struct dc_store *s, dc_endpoint_fn *fn,
                                      void *arg, struct dc_err *err)
{
    static const char sql[] =
        "SELECT id, url, model, fingerprint, probe FROM endpoint ORDER BY id";
    struct dc_endpoint_row p;
    struct dc_stmt *q = NULL;
    bool row = true;
    enum dc_status st = DC_OK;

    if (s->version < 7)
        return DC_OK;
    st = dc_db_take(s->db, sql, &q, err);
    while (!st && !(st = dc_stmt_step(q, &row, err)) && row) {
        p.id = dc_stmt_get_int(q, 1, INT64_MAX);
        p.url = dc_stmt_get_text(q, NULL);
        p.model = dc_stmt_get_text(q, NULL);
        p.fingerprint = dc_stmt_get_text_or_null(q);
        p.probe = dc_stmt_get_text_or_null(q);
        if (dc_stmt_is_bad(q))
            st = dc_stmt_fail_row(q, err, "endpoint %" PRId64, p.id);
        else
            st = fn(arg, &p, err);
    }
    dc_stmt_end(q);
    return st;
}

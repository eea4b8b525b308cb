/*
 * verdicts.c - further judges on stored traces (store.h): what they have not
 * judged, what they say of it, and how often they said what.
 *
 * A judge goes through the traces by their row numbers, a batch at a time, and
 * between two batches nothing is open, so that it can write. What has a verdict
 * of the same judge and version is passed over (on request only if it is
 * determined): a session that was interrupted is continued by starting it
 * again.
 */
#include "store/schema.h"
#include "store/store_priv.h"

#include <inttypes.h>

static void read_unjudged(struct dc_stmt *q, bool opened,
                          struct dc_unjudged_row *t)
{
    *t = (struct dc_unjudged_row){0};
    t->trace = dc_stmt_get_int(q, INT64_MIN, INT64_MAX);
    t->prompt = dc_stmt_get_int(q, 0, INT64_MAX);
    t->idx = dc_stmt_get_int(q, 0, INT64_MAX);
    t->finish = dc_schema_get_finish(q);
    t->text = dc_stmt_get_text(q, &t->n_text);
    const struct dc_schema_answer a =
        dc_schema_get_answer(q, t->text, t->n_text, opened);
    t->has_answer = a.has;
    t->answer_off = a.off;
    t->prompt_text = dc_stmt_get_text(q, &t->n_prompt_text);
    t->cut = dc_schema_get_cut(q);
}

/* Files of schema 1 have no column cut, those before 7 no answer_rule. */
#define UNJUDGED_SQL(RULE, CUT)                                                \
    "SELECT t.id, t.prompt, t.idx, t.finish, t.text, t.answer_off,"            \
    " " RULE ", p.text, " CUT                                                  \
    " FROM trace t JOIN prompt p ON p.ord = t.prompt"                          \
    " WHERE t.id > ? AND NOT EXISTS (SELECT 1 FROM verdict v"                  \
    " WHERE v.trace = t.id AND v.judge = ? AND v.version = ?"                  \
    " AND NOT (? AND v.verdict = 'undetermined'))"                             \
    " ORDER BY t.id LIMIT ?"

enum dc_status dc_store_each_unjudged(struct dc_store *s,
                                      const struct dc_unjudged_cfg *c,
                                      dc_unjudged_fn *fn, void *arg,
                                      struct dc_err *err)
{
    struct dc_unjudged_row t;
    struct dc_stmt *q = NULL;
    bool row = true, opened = false;
    const char *sql = s->version < 2   ? UNJUDGED_SQL("NULL", "NULL")
                      : s->version < 7 ? UNJUDGED_SQL("NULL", "t.cut")
                                       : UNJUDGED_SQL("t.answer_rule", "t.cut");
    enum dc_status st = dc_schema_opened(s->db, &opened, err);

    if (!st)
        st = dc_db_take(s->db, sql, &q, err);
    if (st)
        return st;
    dc_stmt_put_int(q, c->after);
    dc_stmt_put_text(q, c->judge);
    dc_stmt_put_text(q, c->version);
    dc_stmt_put_int(q, c->undetermined);
    dc_stmt_put_int(q, c->limit);
    while (!(st = dc_stmt_step(q, &row, err)) && row) {
        read_unjudged(q, opened, &t);
        if (dc_stmt_is_bad(q))
            st =
                dc_stmt_fail_row(q, err, "trace %" PRId64 " of prompt %" PRId64,
                                 t.idx, t.prompt);
        if (!st)
            st = fn(arg, &t, err);
        if (st)
            break;
    }
    dc_stmt_end(q);
    return st;
}

static enum dc_status remove_verdict(struct dc_store *s, int64_t trace,
                                     const char *judge, struct dc_err *err)
{
    struct dc_stmt *q = NULL;
    enum dc_status st = dc_db_take(
        s->db, "DELETE FROM verdict WHERE trace = ? AND judge = ?", &q, err);

    if (st)
        return st;
    dc_stmt_put_int(q, trace);
    dc_stmt_put_text(q, judge);
    return dc_stmt_run(q, err);
}

enum dc_status dc_store_verdict_put(struct dc_store *s, int64_t trace,
                                    size_t n_text,
                                    const struct dc_verdict_row *v,
                                    struct dc_err *err)
{
    enum dc_status st = dc_store_verdict_check(s, v, n_text, err);

    if (!st)
        st = dc_store_begin(s, err);
    if (!st) {
        st = remove_verdict(s, trace, v->judge, err);
        if (!st)
            st = dc_store_verdict_write(s, trace, v, err);
        if (!st)
            st = dc_store_commit(s, err);
        if (st)
            dc_store_rollback(s);
    }
    return st ? dc_err_prefix(err, st, "verdict of %s on trace row %" PRId64,
                              v->judge, trace)
              : st;
}

enum dc_status dc_store_each_verdict_count(struct dc_store *s,
                                           dc_verdict_count_fn *fn, void *arg,
                                           struct dc_err *err)
{
    static const char sql[] =
        "SELECT judge, version, verdict,"
        " CASE verdict WHEN 'undetermined' THEN rule ELSE '' END AS reason,"
        " count(*) FROM verdict GROUP BY judge, version, verdict, reason"
        " ORDER BY judge, version, verdict, reason";
    struct dc_verdict_count_row c;
    struct dc_stmt *q = NULL;
    bool row = true;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (st)
        return st;
    while (!(st = dc_stmt_step(q, &row, err)) && row) {
        c.judge = dc_stmt_get_text(q, NULL);
        c.version = dc_stmt_get_text(q, NULL);
        c.verdict = dc_stmt_get_name(q, dc_schema_verdict);
        c.reason = dc_stmt_get_text(q, NULL);
        c.n = dc_stmt_get_int(q, 1, INT64_MAX);
        if (dc_stmt_is_bad(q))
            st = dc_stmt_fail_row(q, err, "verdicts of %s", c.judge);
        if (!st)
            st = fn(arg, &c, err);
        if (st)
            break;
    }
    dc_stmt_end(q);
    return st;
}

enum dc_status dc_store_count_traces(struct dc_store *s, int64_t *n,
                                     struct dc_err *err)
{
    return dc_db_int(s->db, "SELECT count(*) FROM trace", n, err);
}

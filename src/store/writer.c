/*
 * writer.c - one function per kind of row (store.h).
 *
 * A function writes its row whole or not at all: a trace with its measures and
 * verdicts is a transaction of its own, or a nested one inside the caller's
 * batch. What a row must be is said by the schema's constraints; checked here
 * is only what SQL can't say across tables: a span lies inside its text.
 */
#include "base/mem.h"
#include "store/schema.h"
#include "store/store_priv.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value, or NULL where it is not known. */
static void put_int_if(struct dc_stmt *q, bool known, int64_t v)
{
    if (known)
        dc_stmt_put_int(q, v);
    else
        dc_stmt_put_null(q);
}

static void put_real_if(struct dc_stmt *q, bool known, double v)
{
    if (known)
        dc_stmt_put_real(q, v);
    else
        dc_stmt_put_null(q);
}

static enum dc_status put_prompt(struct dc_store *s,
                                 const struct dc_prompt_row *p,
                                 struct dc_err *err)
{
    static const char sql[] =
        "INSERT INTO prompt(ord, id, gold, label, category, n_tok, problem,"
        " text, place) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    struct dc_stmt *q = NULL;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (st)
        return st;
    dc_stmt_put_int(q, p->ord);
    dc_stmt_put_text(q, p->id);
    dc_stmt_put_text(q, dc_gold_name(p->gold));
    dc_stmt_put_text(q, p->label);
    dc_stmt_put_text(q, p->category);
    put_int_if(q, p->has_n_tok, p->n_tok);
    dc_stmt_put_text(q, p->problem);
    dc_stmt_put_text(q, p->text);
    put_int_if(q, p->has_place, p->place);
    st = dc_stmt_run(q, err);
    return st ? dc_err_prefix(err, st, "prompt %" PRId64, p->ord) : st;
}

enum dc_status dc_store_prompt_add(struct dc_store *s,
                                   const struct dc_prompt_row *p,
                                   struct dc_err *err)
{
    enum dc_status st;

    if (p->n_field == 0)
        return put_prompt(s, p, err);
    st = dc_db_begin(s->db, err);
    if (st)
        return st;
    st = put_prompt(s, p, err);
    if (!st)
        st = dc_store_fields_add(s, p->ord, p->field, p->n_field, err);
    if (!st)
        st = dc_db_commit(s->db, err);
    if (st)
        dc_db_rollback(s->db);
    return st;
}

enum dc_status dc_store_prompt_learn(struct dc_store *s,
                                     const struct dc_prompt_row *p,
                                     struct dc_err *err)
{
    static const char sql[] = "UPDATE prompt SET n_tok = coalesce(?, n_tok),"
                              " problem = coalesce(?, problem) WHERE ord = ?";
    struct dc_stmt *q = NULL;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (st)
        return st;
    put_int_if(q, p->has_n_tok, p->n_tok);
    dc_stmt_put_text(q, p->problem);
    dc_stmt_put_int(q, p->ord);
    st = dc_stmt_run(q, err);
    return st ? dc_err_prefix(err, st, "prompt %" PRId64, p->ord) : st;
}

enum dc_status dc_store_prompt_relabel(struct dc_store *s,
                                       const struct dc_prompt_row *p,
                                       struct dc_err *err)
{
    struct dc_stmt *q = NULL;
    enum dc_status st =
        dc_db_take(s->db,
                   "UPDATE prompt SET gold = ?, label = ?, category = ?"
                   " WHERE ord = ?",
                   &q, err);

    if (st)
        return st;
    dc_stmt_put_text(q, dc_gold_name(p->gold));
    dc_stmt_put_text(q, p->label);
    dc_stmt_put_text(q, p->category);
    dc_stmt_put_int(q, p->ord);
    st = dc_stmt_run(q, err);
    return st ? dc_err_prefix(err, st, "prompt %" PRId64, p->ord) : st;
}

/* ---- traces ---- */

static unsigned char *put_le32(unsigned char *p, uint32_t v)
{
    dc_le32_put(p, v);
    return p + 4;
}

static uint32_t float_bits(float f)
{
    uint32_t v;

    _Static_assert(sizeof(v) == sizeof(f), "float is 32 bits");
    memcpy(&v, &f, sizeof(v));
    return v;
}

/* The arrays one after the other, [6][n] little-endian; caller frees. */
static unsigned char *pack_tokens(const struct dc_trace_row *t)
{
    const struct dc_token *tok = t->tok;
    size_t n = t->n_tok;
    unsigned char *data = dc_xmalloc(n > 0 ? 6 * 4 * n : 1);
    unsigned char *p = data;
    bool has[5];

    for (int k = 0; k < 5; k++)
        has[k] = tok && !(t->lacks & (1U << k));
    for (size_t i = 0; i < n; i++)
        p = put_le32(p, has[0] ? (uint32_t)tok[i].id : UINT32_MAX);
    for (size_t i = 0; i < n; i++)
        p = put_le32(p, float_bits(has[1] ? tok[i].logprob : NAN));
    for (size_t i = 0; i < n; i++)
        p = put_le32(p, float_bits(has[2] ? tok[i].conf : NAN));
    for (size_t i = 0; i < n; i++)
        p = put_le32(p, float_bits(has[3] ? tok[i].entropy : NAN));
    for (size_t i = 0; i < n; i++)
        p = put_le32(p, float_bits(has[4] ? tok[i].self_cert : NAN));
    for (size_t i = 0; t->tok_end && i < n; i++)
        p = put_le32(p, t->tok_end[i]);
    return data;
}

/* [n_tok * n_top] of id and logprob, little-endian; caller frees. */
static unsigned char *pack_top(const struct dc_trace_row *t)
{
    size_t n = t->n_tok * t->n_top;
    unsigned char *data = dc_xmalloc(n > 0 ? 8 * n : 1), *p = data;

    for (size_t i = 0; i < n; i++) {
        p = put_le32(p, (uint32_t)t->top[i].id);
        p = put_le32(p, float_bits(t->top[i].logprob));
    }
    return data;
}

static void put_top(struct dc_stmt *q, const struct dc_trace_row *t,
                    const unsigned char *data)
{
    if (t->n_top > 0) {
        dc_stmt_put_int(q, (int64_t)t->n_top);
        dc_stmt_put_blob(q, data, 8 * t->n_tok * t->n_top);
    } else {
        dc_stmt_put_null(q);
        dc_stmt_put_null(q);
    }
}

static void put_facts(struct dc_stmt *q, const struct dc_trace_row *t)
{
    put_int_if(q, t->answer_rule > 0, t->answer_rule);
    dc_stmt_put_int(q, t->has_count);
    dc_stmt_put_int(q, t->has_ms);
    dc_stmt_put_int(q, t->attempts);
    put_real_if(q, t->has_first_ms, t->first_ms);
    put_int_if(q, t->endpoint > 0, t->endpoint);
}

enum { MAX_LACKS = 64 };

/* NULL if nothing lacks. */
static const char *lacks_text(unsigned lacks, bool no_finish,
                              char out[MAX_LACKS])
{
    snprintf(out, MAX_LACKS, "%s", no_finish ? DC_SCHEMA_NO_FINISH : "");
    for (int k = 0; dc_schema_part[k]; k++)
        if (lacks & (1U << k))
            snprintf(out + strlen(out), MAX_LACKS - strlen(out), "%s%s",
                     out[0] ? " " : "", dc_schema_part[k]);
    return out[0] ? out : NULL;
}

static enum dc_status
add_trace(struct dc_store *s, const struct dc_trace_row *t, struct dc_err *err)
{
    static const char sql[] =
        "INSERT INTO trace(prompt, idx, finish, answer_off, n_tok, k, ms,"
        " segment, text, tok_id, tok_logprob, tok_conf, tok_entropy,"
        " tok_self_cert, cut, tok_end, lacks, n_top, tok_top, answer_rule,"
        " has_count, has_ms, attempts, first_ms, endpoint) VALUES (?, ?, ?, ?,"
        " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    size_t size = 4 * t->n_tok;
    char lacks[MAX_LACKS];
    bool no_finish = !dc_finish_is_known(t->finish);
    unsigned char *data, *top;
    struct dc_stmt *q = NULL;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (st)
        return st;
    assert(t->n_tok == 0 || t->tok || t->lacks == DC_TOKEN_ALL);
    dc_stmt_put_int(q, t->prompt);
    dc_stmt_put_int(q, t->idx);
    dc_stmt_put_text(q, dc_finish_name(no_finish ? DC_FINISH_STOP : t->finish));
    put_int_if(q, t->has_answer, t->answer_off);
    dc_stmt_put_int(q, (int64_t)t->n_tok);
    dc_stmt_put_int(q, t->k);
    dc_stmt_put_real(q, t->ms);
    dc_stmt_put_int(q, t->segment);
    dc_stmt_put_text(q, t->text);
    data = pack_tokens(t);
    for (size_t i = 0; i < 5; i++)
        dc_stmt_put_blob(q, data + i * size, size);
    dc_stmt_put_text(q, dc_cut_name(t->cut));
    if (t->tok_end)
        dc_stmt_put_blob(q, data + 5 * size, size);
    else
        dc_stmt_put_null(q);
    dc_stmt_put_text(q, lacks_text(t->lacks, no_finish, lacks));
    top = pack_top(t);
    put_top(q, t, top);
    put_facts(q, t);
    st = dc_stmt_run(q, err);
    free(data);
    free(top);
    return st;
}

enum dc_status dc_store_piece_add(struct dc_store *s, int32_t id,
                                  const void *bytes, size_t n,
                                  struct dc_err *err)
{
    static const char sql[] =
        "INSERT INTO piece(id, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING";
    struct dc_stmt *q = NULL;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (st)
        return st;
    dc_stmt_put_int(q, id);
    dc_stmt_put_blob(q, bytes, n);
    st = dc_stmt_run(q, err);
    return st ? dc_err_prefix(err, st, "piece %" PRId32, id) : st;
}

static enum dc_status add_measure(struct dc_store *s, int64_t trace,
                                  const struct dc_measure_row *m,
                                  struct dc_err *err)
{
    static const char sql[] =
        "INSERT INTO measure(trace, measure, value) VALUES (?, ?, ?)";
    struct dc_stmt *q = NULL;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (st)
        return st;
    dc_stmt_put_int(q, trace);
    dc_stmt_put_text(q, m->measure);
    put_real_if(q, m->has_value, m->value);
    return dc_stmt_run(q, err);
}

enum dc_status dc_store_verdict_write(struct dc_store *s, int64_t trace,
                                      const struct dc_verdict_row *v,
                                      struct dc_err *err)
{
    static const char sql[] =
        "INSERT INTO verdict(trace, judge, version, verdict, rule, span_off,"
        " span_len, score, reply) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    struct dc_stmt *q = NULL;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (st)
        return st;
    dc_stmt_put_int(q, trace);
    dc_stmt_put_text(q, v->judge);
    dc_stmt_put_text(q, v->version);
    dc_stmt_put_text(q, v->verdict);
    dc_stmt_put_text(q, v->rule);
    dc_stmt_put_int(q, v->span_off);
    dc_stmt_put_int(q, v->span_len);
    put_real_if(q, v->has_score, v->score);
    dc_stmt_put_text(q, v->reply);
    return dc_stmt_run(q, err);
}

enum dc_status dc_store_verdict_check(const struct dc_store *s,
                                      const struct dc_verdict_row *v,
                                      size_t n_text, struct dc_err *err)
{
    int64_t n = (int64_t)n_text;

    if (v->span_off >= 0 && v->span_len >= 0 && v->span_off <= n &&
        v->span_len <= n - v->span_off)
        return DC_OK;
    return dc_fail(err, DC_STORE,
                   "%s: the run file refuses the row: the span of judge %s "
                   "(%" PRId64 ", %" PRId64 ") is outside the text of %" PRId64
                   " bytes",
                   dc_db_path(s->db), v->judge, v->span_off, v->span_len, n);
}

static enum dc_status check_trace(const struct dc_store *s,
                                  const struct dc_trace_row *t,
                                  struct dc_err *err)
{
    size_t n_text = strlen(t->text);
    enum dc_status st = DC_OK;

    if (t->n_tok > DC_SCHEMA_MAX_TOK || t->n_measure > DC_SCHEMA_MAX_SIDE ||
        t->n_verdict > DC_SCHEMA_MAX_SIDE)
        return dc_fail(err, DC_STORE,
                       "%s: the run file refuses the row: at most %d tokens, "
                       "%d measures and %d verdicts fit a trace",
                       dc_db_path(s->db), DC_SCHEMA_MAX_TOK, DC_SCHEMA_MAX_SIDE,
                       DC_SCHEMA_MAX_SIDE);
    for (size_t i = 0; i < t->n_verdict && !st; i++)
        st = dc_store_verdict_check(s, &t->verdict[i], n_text, err);
    return st;
}

static enum dc_status add_trace_rows(struct dc_store *s,
                                     const struct dc_trace_row *t,
                                     struct dc_err *err)
{
    enum dc_status st = add_trace(s, t, err);
    int64_t id = dc_db_last_id(s->db);

    for (size_t i = 0; i < t->n_measure && !st; i++)
        st = add_measure(s, id, &t->measure[i], err);
    for (size_t i = 0; i < t->n_verdict && !st; i++)
        st = dc_store_verdict_write(s, id, &t->verdict[i], err);
    return st;
}

enum dc_status dc_store_trace_add(struct dc_store *s,
                                  const struct dc_trace_row *t,
                                  struct dc_err *err)
{
    enum dc_status st = check_trace(s, t, err);

    if (!st)
        st = dc_store_begin(s, err);
    if (!st) {
        st = add_trace_rows(s, t, err);
        if (!st)
            st = dc_store_commit(s, err);
        if (st)
            dc_store_rollback(s);
    }
    return st ? dc_err_prefix(err, st, "trace %" PRId64 " of prompt %" PRId64,
                              t->idx, t->prompt)
              : st;
}

/* ---- decisions, thresholds, segments ---- */

enum dc_status dc_store_decision_add(struct dc_store *s,
                                     const struct dc_decision_row *d,
                                     struct dc_err *err)
{
    static const char sql[] =
        "INSERT INTO decision(prompt, decision, reason, calibration, n_trace,"
        " n_refusal, n_compliance, n_undetermined)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    struct dc_stmt *q = NULL;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (st)
        return st;
    dc_stmt_put_int(q, d->prompt);
    dc_stmt_put_text(q, d->decision);
    dc_stmt_put_text(q, d->reason);
    dc_stmt_put_int(q, d->calibration);
    dc_stmt_put_int(q, d->n_trace);
    dc_stmt_put_int(q, d->n_refusal);
    dc_stmt_put_int(q, d->n_compliance);
    dc_stmt_put_int(q, d->n_undetermined);
    st = dc_stmt_run(q, err);
    return st ? dc_err_prefix(err, st, "decision of prompt %" PRId64, d->prompt)
              : st;
}

enum dc_status dc_store_threshold_add(struct dc_store *s,
                                      const struct dc_threshold_row *t,
                                      struct dc_err *err)
{
    static const char sql[] =
        "INSERT INTO threshold(policy, measure, q, value, n_prompt, n_trace)"
        " VALUES (?, ?, ?, ?, ?, ?)";
    struct dc_stmt *q = NULL;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (st)
        return st;
    dc_stmt_put_text(q, t->policy);
    dc_stmt_put_text(q, t->measure);
    dc_stmt_put_real(q, t->q);
    dc_stmt_put_real(q, t->value);
    dc_stmt_put_int(q, t->n_prompt);
    dc_stmt_put_int(q, t->n_trace);
    st = dc_stmt_run(q, err);
    return st ? dc_err_prefix(err, st, "threshold of %s on %s", t->policy,
                              t->measure)
              : st;
}

enum dc_status dc_store_segment_add(struct dc_store *s,
                                    const struct dc_segment_row *g, int64_t *id,
                                    struct dc_err *err)
{
    static const char sql[] =
        "INSERT INTO segment(started, version, library, host, n_slots,"
        " n_threads, wall_ms, decode_ms, prefill_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    struct dc_stmt *q = NULL;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (st)
        return st;
    dc_stmt_put_text(q, g->started);
    dc_stmt_put_text(q, g->version);
    dc_stmt_put_text(q, g->library);
    dc_stmt_put_text(q, g->host);
    dc_stmt_put_int(q, g->n_slots);
    dc_stmt_put_int(q, g->n_threads);
    dc_stmt_put_real(q, g->wall_ms);
    dc_stmt_put_real(q, g->decode_ms);
    dc_stmt_put_real(q, g->prefill_ms);
    st = dc_stmt_run(q, err);
    if (st)
        return dc_err_prefix(err, st, "segment started %s", g->started);
    *id = dc_db_last_id(s->db);
    return DC_OK;
}

enum dc_status dc_store_segment_update(struct dc_store *s,
                                       const struct dc_segment_row *g,
                                       struct dc_err *err)
{
    static const char sql[] =
        "UPDATE segment SET wall_ms = ?, decode_ms = ?, prefill_ms = ?"
        " WHERE id = ?";
    struct dc_stmt *q = NULL;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (st)
        return st;
    dc_stmt_put_real(q, g->wall_ms);
    dc_stmt_put_real(q, g->decode_ms);
    dc_stmt_put_real(q, g->prefill_ms);
    dc_stmt_put_int(q, g->id);
    st = dc_stmt_run(q, err);
    if (!st && dc_db_changes(s->db) != 1)
        st = dc_fail(err, DC_STORE, "%s: there is no such segment",
                     dc_db_path(s->db));
    return st ? dc_err_prefix(err, st, "segment %" PRId64, g->id) : st;
}

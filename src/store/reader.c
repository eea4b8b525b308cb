/*
 * reader.c - walks over the rows of a run file (store.h).
 *
 * Memory is that of one row: a trace's tokens, measures and verdicts are kept
 * in buffers that grow to the largest and are used again. Columns are checked
 * as db.h describes, and what SQL can't say across tables is checked here: a
 * file is not trusted because it is ours.
 *
 * Orders: prompts by ord, traces by (prompt, idx), decisions by prompt,
 * segments by id, measures and verdicts of a trace by name. Each order is that
 * of an index, so that SQLite sorts nothing.
 */
#include "base/mem.h"
#include "base/thoughts.h"
#include "store/schema.h"
#include "store/store_priv.h"

#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- prompts ---- */

#define PROMPT_SQL(N_TOK, PLACE, WHICH)                                        \
    "SELECT ord, id, gold, label, category, " N_TOK ", problem, text, " PLACE  \
    " FROM prompt " WHICH
/* Before schema 7 a number that is not known was 0. */
#define OLD_N_TOK                                                              \
    "CASE WHEN n_tok > 0 OR NOT " DC_SCHEMA_IMPORTED " THEN n_tok END"
/* by schema: before 6, which has the column place, 6, 7 on */
#define PROMPT_SQLS(WHICH)                                                     \
    {                                                                          \
        PROMPT_SQL(OLD_N_TOK, "NULL", WHICH),                                  \
            PROMPT_SQL(OLD_N_TOK, "place", WHICH),                             \
            PROMPT_SQL("n_tok", "place", WHICH)                                \
    }

static int prompt_columns(int64_t version)
{
    return version < 6 ? 0 : version < 7 ? 1 : 2;
}

static enum dc_status read_prompt(struct dc_stmt *q, struct dc_prompt_row *p,
                                  struct dc_err *err)
{
    p->ord = dc_stmt_get_int(q, 0, INT64_MAX);
    p->id = dc_stmt_get_text(q, NULL);
    p->gold = dc_schema_get_gold(q);
    p->label = dc_stmt_get_text_or_null(q);
    p->category = dc_stmt_get_text_or_null(q);
    p->has_n_tok = !dc_stmt_skip_null(q);
    p->n_tok = p->has_n_tok ? dc_stmt_get_int(q, 0, DC_SCHEMA_MAX_COUNT) : 0;
    p->problem = dc_stmt_get_text_or_null(q);
    p->text = dc_stmt_get_text(q, NULL);
    p->has_place = !dc_stmt_skip_null(q);
    p->place = p->has_place ? dc_stmt_get_int(q, p->ord, INT64_MAX) : 0;
    if (dc_stmt_is_bad(q))
        return dc_stmt_fail_row(q, err, "prompt %" PRId64, p->ord);
    return DC_OK;
}

enum dc_status dc_store_each_prompt(struct dc_store *s, dc_prompt_fn *fn,
                                    void *arg, struct dc_err *err)
{
    static const char *const sql[3] = PROMPT_SQLS("ORDER BY ord");
    struct dc_prompt_row p;
    struct dc_field_walk w;
    struct dc_stmt *q = NULL;
    bool row = true;
    enum dc_status st = dc_field_walk_begin(s, -1, &w, err);

    if (!st)
        st = dc_db_take(s->db, sql[prompt_columns(s->version)], &q, err);
    while (!st) {
        st = dc_stmt_step(q, &row, err);
        if (st || !row)
            break;
        st = read_prompt(q, &p, err);
        if (!st)
            st = dc_field_walk_next(&w, &p, err);
        if (!st)
            st = fn(arg, &p, err);
    }
    if (!st)
        st = dc_field_walk_check(&w, err);
    dc_stmt_end(q);
    dc_field_walk_end(&w);
    return st;
}

enum dc_status dc_store_prompt_by_id(struct dc_store *s, const char *id,
                                     dc_prompt_fn *fn, void *arg,
                                     struct dc_err *err)
{
    static const char *const sql[3] = PROMPT_SQLS("WHERE id = ?");
    struct dc_prompt_row p;
    struct dc_field_walk w = {.q = NULL};
    struct dc_stmt *q = NULL;
    bool row = false;
    enum dc_status st =
        dc_db_take(s->db, sql[prompt_columns(s->version)], &q, err);

    if (st)
        return st;
    dc_stmt_put_text(q, id);
    st = dc_stmt_step(q, &row, err);
    if (!st && !row)
        st = dc_fail(err, DC_DATA,
                     "%s: has no prompt with the id '%s': `deepconf show` "
                     "with --prompts lists those it has",
                     dc_db_path(s->db), id);
    if (!st)
        st = read_prompt(q, &p, err);
    if (!st)
        st = dc_field_walk_begin(s, p.ord, &w, err);
    if (!st)
        st = dc_field_walk_next(&w, &p, err);
    if (!st)
        st = fn(arg, &p, err);
    dc_stmt_end(q);
    dc_field_walk_end(&w);
    return st;
}

/* ---- traces ---- */

/* Rows of measures or verdicts, from a trace on: where traces follow each other
 * in the table as they do in the walk, nothing has to be looked up. */
struct side_rows {
    struct dc_stmt *q;
    bool row; /* one is at hand, of this trace: */
    int64_t at;
};

/* The buffers of a walk over traces. */
struct walk {
    struct dc_store *s;
    unsigned parts;
    bool opened; /* dc_answer_offset() */
    int64_t id;  /* of the trace at hand, in the table */
    struct dc_trace_row t;
    size_t n_text;
    struct dc_token *tok; /* [cap_tok] */
    size_t cap_tok;
    uint32_t *end; /* [cap_end] */
    size_t cap_end;
    struct dc_top_logprob *top; /* [cap_top] */
    size_t cap_top;
    struct dc_measure_row *measure; /* [cap_measure] */
    size_t cap_measure;
    struct dc_verdict_row *verdict; /* [cap_verdict] */
    size_t cap_verdict;
    struct side_rows of_measures, of_verdicts;
    struct dc_arena strings; /* of measure and verdict */
};

static void walk_release(struct walk *w)
{
    free(w->tok);
    free(w->end);
    free(w->top);
    free(w->measure);
    free(w->verdict);
    dc_stmt_end(w->of_measures.q);
    dc_stmt_end(w->of_verdicts.q);
    dc_arena_release(&w->strings);
}

/* Room for n elements of `size` bytes, at least doubling. */
static void *grow(void *p, size_t *cap, size_t n, size_t size)
{
    if (n <= *cap)
        return p;
    *cap = n > 2 * *cap ? n : 2 * *cap;
    return dc_xrealloc(p, *cap, size);
}

static float get_float(const unsigned char *p)
{
    uint32_t v = dc_le32_get(p);
    float f;

    memcpy(&f, &v, sizeof(f));
    return f;
}

/* Offsets that don't go back, inside the text. */
static void read_ends(struct walk *w, struct dc_stmt *q, size_t n)
{
    const unsigned char *b = dc_stmt_get_blob(q, 4 * n);
    uint32_t before = 0;

    w->end = grow(w->end, &w->cap_end, n, sizeof(*w->end));
    for (size_t i = 0; b && i < n; i++) {
        uint32_t at = dc_le32_get(b + 4 * i) & ~DC_TOK_PENDING;
        w->end[i] = dc_le32_get(b + 4 * i);
        if (at < before || at > w->n_text)
            dc_stmt_mark_bad(q, "an offset is outside the text");
        before = at;
    }
    w->t.tok_end = w->end;
}

/* What a trace lacks reads as -1 or NaN, whatever the blob holds. */
static void blank_tokens(struct walk *w, size_t n)
{
    unsigned lacks = w->t.lacks;

    for (size_t i = 0; i < n && lacks; i++) {
        struct dc_token *t = &w->tok[i];
        t->id = lacks & DC_TOKEN_ID ? -1 : t->id;
        t->logprob = lacks & DC_TOKEN_LOGPROB ? NAN : t->logprob;
        t->conf = lacks & DC_TOKEN_CONF ? NAN : t->conf;
        t->entropy = lacks & DC_TOKEN_ENTROPY ? NAN : t->entropy;
        t->self_cert = lacks & DC_TOKEN_SELF_CERT ? NAN : t->self_cert;
    }
}

/* A blob of n floats, finite if they are known; NULL as dc_stmt_get_blob(). */
static const unsigned char *get_floats(struct dc_stmt *q, size_t n, bool known)
{
    const unsigned char *b = dc_stmt_get_blob(q, 4 * n);

    for (size_t i = 0; b && known && i < n; i++) {
        if (isfinite(get_float(b + 4 * i)))
            continue;
        dc_stmt_mark_bad(q, "holds a number that is not finite");
        break;
    }
    return b;
}

/* The blobs, [n] each, into w->tok; leaves the row bad if one is wrong. */
static void read_tokens(struct walk *w, struct dc_stmt *q, size_t n)
{
    unsigned lacks = w->t.lacks;
    const unsigned char *b;

    w->tok = grow(w->tok, &w->cap_tok, n, sizeof(*w->tok));
    b = dc_stmt_get_blob(q, 4 * n);
    for (size_t i = 0; b && i < n; i++)
        w->tok[i].id = (int32_t)dc_le32_get(b + 4 * i);
    b = get_floats(q, n, !(lacks & DC_TOKEN_LOGPROB));
    for (size_t i = 0; b && i < n; i++)
        w->tok[i].logprob = get_float(b + 4 * i);
    b = get_floats(q, n, !(lacks & DC_TOKEN_CONF));
    for (size_t i = 0; b && i < n; i++)
        w->tok[i].conf = get_float(b + 4 * i);
    b = get_floats(q, n, !(lacks & DC_TOKEN_ENTROPY));
    for (size_t i = 0; b && i < n; i++)
        w->tok[i].entropy = get_float(b + 4 * i);
    b = get_floats(q, n, !(lacks & DC_TOKEN_SELF_CERT));
    for (size_t i = 0; b && i < n; i++)
        w->tok[i].self_cert = get_float(b + 4 * i);
    blank_tokens(w, n);
    w->t.tok = w->tok;
    if (!dc_stmt_skip_null(q))
        read_ends(w, q, n);
}

/* A log-probability with an id, or the pair that fills up a list. */
static void read_top(struct walk *w, struct dc_stmt *q)
{
    size_t n = w->t.n_tok * w->t.n_top;
    const unsigned char *b = dc_stmt_get_blob(q, 8 * n);

    w->top = grow(w->top, &w->cap_top, n + 1, sizeof(*w->top));
    for (size_t i = 0; b && i < n; i++) {
        struct dc_top_logprob *x = &w->top[i];
        x->id = (int32_t)dc_le32_get(b + 8 * i);
        x->logprob = get_float(b + 8 * i + 4);
        if (x->id < 0 ? x->id != -1 || !isnan(x->logprob)
                      : !isfinite(x->logprob) || x->logprob > 0)
            dc_stmt_mark_bad(q, "holds no log-probability of a token");
    }
    w->t.top = w->top;
}

/* Words of dc_schema_part and DC_SCHEMA_NO_FINISH, a space between two. */
static void read_lacks(struct walk *w, struct dc_stmt *q)
{
    const char *s = dc_stmt_get_text(q, NULL);

    while (*s) {
        size_t n = strcspn(s, " ");
        unsigned part = dc_schema_part_of(s, n);
        bool no_finish = n == strlen(DC_SCHEMA_NO_FINISH) &&
                         !strncmp(s, DC_SCHEMA_NO_FINISH, n);
        if (no_finish) {
            w->t.finish = DC_FINISH_UNKNOWN;
            s += n + (s[n] == ' ');
            continue;
        }
        if (!part) {
            dc_stmt_mark_bad(q, "names no part of a token");
            return;
        }
        w->t.lacks |= part;
        s += n + (s[n] == ' ');
    }
}

static void read_facts(struct dc_trace_row *t, struct dc_stmt *q)
{
    t->has_count = dc_stmt_get_int(q, 0, 1);
    if (!t->has_count && t->n_tok > 0)
        dc_stmt_mark_bad(q, "denies the number of tokens that are there");
    t->has_ms = dc_stmt_get_int(q, 0, 1);
    t->attempts = (unsigned)dc_stmt_get_int(q, 1, DC_SCHEMA_MAX_COUNT);
    t->has_first_ms = !dc_stmt_skip_null(q);
    if (t->has_first_ms)
        t->first_ms = dc_stmt_get_real(q, 0, DC_SCHEMA_MAX_MS);
    if (!dc_stmt_skip_null(q))
        t->endpoint = dc_stmt_get_int(q, 1, INT64_MAX);
}

static enum dc_status read_trace(struct walk *w, struct dc_stmt *q,
                                 struct dc_err *err)
{
    struct dc_trace_row *t = &w->t;

    *t = (struct dc_trace_row){0};
    t->prompt = dc_stmt_get_int(q, 0, INT64_MAX);
    t->idx = dc_stmt_get_int(q, 0, INT64_MAX);
    w->id = dc_stmt_get_int(q, INT64_MIN, INT64_MAX);
    t->finish = dc_schema_get_finish(q);
    t->n_tok = (size_t)dc_stmt_get_int(q, 0, DC_SCHEMA_MAX_TOK);
    t->k = (unsigned)dc_stmt_get_int(q, 1, DC_CONF_K_MAX);
    t->ms = dc_stmt_get_real(q, 0, DC_SCHEMA_MAX_MS);
    t->segment = dc_stmt_get_int(q, INT64_MIN, INT64_MAX);
    t->text = dc_stmt_get_text(q, &w->n_text);
    const struct dc_schema_answer a =
        dc_schema_get_answer(q, t->text, w->n_text, w->opened);
    t->has_answer = a.has;
    t->answer_off = a.off;
    t->answer_rule = DC_ANSWER_RULE;
    read_facts(t, q);
    t->cut = dc_schema_get_cut(q);
    if (!dc_stmt_skip_null(q))
        read_lacks(w, q);
    if (!dc_stmt_skip_null(q))
        t->n_top = (size_t)dc_stmt_get_int(q, 1, DC_SCHEMA_MAX_TOP);
    if (w->parts & DC_TRACE_TOKENS)
        read_tokens(w, q, t->n_tok);
    if ((w->parts & DC_TRACE_TOP) && !dc_stmt_skip_null(q))
        read_top(w, q);
    if ((w->parts & DC_TRACE_TOP) && (t->n_top > 0) != (t->top != NULL))
        dc_stmt_mark_bad(q, "is there without the other of n_top, tok_top");
    if (dc_stmt_is_bad(q))
        return dc_stmt_fail_row(q, err, "trace %" PRId64 " of prompt %" PRId64,
                                t->idx, t->prompt);
    return DC_OK;
}

static void read_measure(struct walk *w, struct dc_stmt *q, size_t i)
{
    w->measure = grow(w->measure, &w->cap_measure, i + 1, sizeof(*w->measure));
    struct dc_measure_row *m = &w->measure[i];
    *m = (struct dc_measure_row){0};
    m->measure = dc_arena_strdup(&w->strings, dc_stmt_get_text(q, NULL));
    m->has_value = !dc_stmt_skip_null(q);
    if (m->has_value)
        m->value = dc_stmt_get_real(q, -DBL_MAX, DBL_MAX);
}

static void read_verdict(struct walk *w, struct dc_stmt *q, size_t i)
{
    int64_t n = (int64_t)w->n_text;

    w->verdict = grow(w->verdict, &w->cap_verdict, i + 1, sizeof(*w->verdict));
    struct dc_verdict_row *v = &w->verdict[i];
    v->judge = dc_arena_strdup(&w->strings, dc_stmt_get_text(q, NULL));
    v->version = dc_arena_strdup(&w->strings, dc_stmt_get_text(q, NULL));
    v->verdict = dc_stmt_get_name(q, dc_schema_verdict);
    v->rule = dc_arena_strdup(&w->strings, dc_stmt_get_text(q, NULL));
    v->span_off = dc_stmt_get_int(q, 0, n);
    v->span_len = dc_stmt_get_int(q, 0, n - v->span_off);
    v->has_score = !dc_stmt_skip_null(q);
    v->score = v->has_score ? dc_stmt_get_real(q, 0, 1) : 0;
    const char *reply = dc_stmt_get_text_or_null(q);
    v->reply = reply ? dc_arena_strdup(&w->strings, reply) : NULL;
}

/* What a trace has several of. */
struct side {
    const char *what;
    const char *sql; /* the first column is the trace, from a parameter on */
    void (*read)(struct walk *w, struct dc_stmt *q, size_t i);
};

static const struct side measures = {
    "measure",
    "SELECT trace, measure, value FROM measure WHERE trace >= ?"
    " ORDER BY trace, measure",
    read_measure};
#define VERDICT_SQL(MORE)                                                      \
    "SELECT trace, judge, version, verdict, rule, span_off, span_len, " MORE   \
    " FROM verdict WHERE trace >= ? ORDER BY trace, judge"
static const struct side verdicts = {"verdict", VERDICT_SQL("score, reply"),
                                     read_verdict};
/* Files of schema 1 and 2 hold no scores. */
static const struct side old_verdicts = {"verdict", VERDICT_SQL("NULL, NULL"),
                                         read_verdict};

static enum dc_status next_side(struct side_rows *r, struct dc_err *err)
{
    enum dc_status st = dc_stmt_step(r->q, &r->row, err);

    if (!st && r->row)
        r->at = dc_stmt_get_int(r->q, INT64_MIN, INT64_MAX);
    return st;
}

/* To the first row of the trace at hand, if it has one. */
static enum dc_status find_side(struct walk *w, const struct side *side,
                                struct side_rows *r, struct dc_err *err)
{
    if (r->row && r->at == w->id)
        return DC_OK;
    dc_stmt_end(r->q);
    *r = (struct side_rows){.q = NULL};
    enum dc_status st = dc_db_take(w->s->db, side->sql, &r->q, err);
    if (st)
        return st;
    dc_stmt_put_int(r->q, w->id);
    return next_side(r, err);
}

static enum dc_status read_side(struct walk *w, const struct side *side,
                                struct side_rows *r, size_t *n,
                                struct dc_err *err)
{
    const struct dc_trace_row *t = &w->t;
    enum dc_status st = find_side(w, side, r, err);

    *n = 0;
    for (; !st && r->row && r->at == w->id; st = next_side(r, err)) {
        if (*n == DC_SCHEMA_MAX_SIDE)
            return dc_store_damaged(
                w->s, err,
                "trace %" PRId64 " of prompt %" PRId64 ": more than %d %ss",
                t->idx, t->prompt, DC_SCHEMA_MAX_SIDE, side->what);
        side->read(w, r->q, (*n)++);
        if (dc_stmt_is_bad(r->q))
            return dc_stmt_fail_row(
                r->q, err, "%s of trace %" PRId64 " of prompt %" PRId64,
                side->what, t->idx, t->prompt);
    }
    return st;
}

/* Columns that a file of an older schema has not yet are NULL. */
#define TRACE_COLS                                                             \
    "SELECT prompt, idx, id, finish, n_tok, k, ms, segment, text, answer_off"
/* Where the number of tokens is not known, all that is said of them lacks. */
#define OLD_COUNT "n_tok > 0 OR lacks IS NULL OR lacks = 'finish'"
#define OLD_HAS_MS "ms > 0 OR NOT " DC_SCHEMA_IMPORTED
#define OLD_FACTS(HAS_COUNT)                                                   \
    "NULL, " HAS_COUNT ", " OLD_HAS_MS ", 1, NULL, NULL, "
#define TRACE_TOK ", tok_id, tok_logprob, tok_conf, tok_entropy, tok_self_cert"
#define TRACE_ALL " FROM trace ORDER BY prompt, idx"
#define TRACE_ONE " FROM trace WHERE prompt = ? ORDER BY idx"
#define TRACE_SQL(SMALL, TOK)                                                  \
    {                                                                          \
        TRACE_COLS ", " SMALL TOK TRACE_ALL,                                   \
            TRACE_COLS ", " SMALL TOK TRACE_ONE                                \
    }
/* by [no tokens, tokens, top too][one] */
#define TRACE_SQLS(SMALL, END, TOP)                                            \
    {                                                                          \
        TRACE_SQL(SMALL, ""), TRACE_SQL(SMALL, TRACE_TOK ", " END),            \
            TRACE_SQL(SMALL, TRACE_TOK ", " END ", " TOP)                      \
    }

static const char *trace_sql(int64_t version, unsigned parts, bool one)
{
    /* by schema: 1, 2 and 3, 4, 5 and 6, 7 on */
    static const char *const sql[5][3][2] = {
        TRACE_SQLS(OLD_FACTS("1") "NULL, NULL, NULL", "NULL", "NULL"),
        TRACE_SQLS(OLD_FACTS("1") "cut, NULL, NULL", "tok_end", "NULL"),
        TRACE_SQLS(OLD_FACTS(OLD_COUNT) "cut, lacks, NULL", "tok_end", "NULL"),
        TRACE_SQLS(OLD_FACTS(OLD_COUNT) "cut, lacks, n_top", "tok_end",
                   "tok_top"),
        TRACE_SQLS("answer_rule, has_count, has_ms, attempts, first_ms,"
                   " endpoint, cut, lacks, n_top",
                   "tok_end", "tok_top"),
    };
    int k = version < 2   ? 0
            : version < 4 ? 1
            : version < 5 ? 2
            : version < 7 ? 3
                          : 4;
    int tokens = parts & DC_TRACE_TOP ? 2 : parts & DC_TRACE_TOKENS ? 1 : 0;

    return sql[k][tokens][one];
}

/* Few kinds of lists of parts are in a file: each is looked at once. */
enum dc_status dc_store_lacks(struct dc_store *s, unsigned *lacks,
                              struct dc_err *err)
{
    static const char sql[] =
        "SELECT DISTINCT lacks FROM trace WHERE lacks IS NOT NULL";
    struct walk w = {.s = s};
    struct dc_stmt *q = NULL;
    bool row = true;
    enum dc_status st = DC_OK;

    *lacks = 0;
    if (s->version < 4)
        return DC_OK;
    st = dc_db_take(s->db, sql, &q, err);
    while (!st && !(st = dc_stmt_step(q, &row, err)) && row) {
        read_lacks(&w, q);
        if (dc_stmt_is_bad(q))
            st = dc_stmt_fail_row(q, err, "column lacks of trace");
    }
    dc_stmt_end(q);
    *lacks = w.t.lacks;
    return st;
}

enum dc_status dc_store_has_tok_ends(struct dc_store *s, bool *has,
                                     struct dc_err *err)
{
    static const char ours[] = "SELECT EXISTS(SELECT 1 FROM trace"
                               " WHERE n_tok > 0 AND tok_end IS NULL)";
    /* of a trace made elsewhere the number of tokens may not be known */
    static const char any[] =
        "SELECT EXISTS(SELECT 1 FROM trace WHERE n_tok > 0 AND tok_end IS NULL"
        " OR n_tok = 0 AND lacks IS NOT NULL)";
    int64_t lacks = 1;
    enum dc_status st = DC_OK;

    if (s->version >= 2)
        st = dc_db_int(s->db, s->version < 4 ? ours : any, &lacks, err);
    if (!st)
        *has = !lacks;
    return st;
}

static enum dc_status give_trace(struct walk *w, struct dc_stmt *q,
                                 dc_trace_fn *fn, void *arg, struct dc_err *err)
{
    enum dc_status st = read_trace(w, q, err);

    if (!st && (w->parts & DC_TRACE_VERDICTS)) {
        st = read_side(w, &measures, &w->of_measures, &w->t.n_measure, err);
        if (!st)
            st = read_side(w, w->s->version < 3 ? &old_verdicts : &verdicts,
                           &w->of_verdicts, &w->t.n_verdict, err);
        w->t.measure = w->measure;
        w->t.verdict = w->verdict;
    }
    if (!st)
        st = fn(arg, &w->t, err);
    dc_arena_clear(&w->strings);
    return st;
}

enum dc_status dc_store_each_trace(struct dc_store *s, int64_t prompt,
                                   unsigned parts, dc_trace_fn *fn, void *arg,
                                   struct dc_err *err)
{
    struct walk w = {.s = s, .parts = parts};
    const char *sql = trace_sql(s->version, parts, prompt >= 0);
    struct dc_stmt *q = NULL;
    bool row = true;
    enum dc_status st = dc_schema_opened(s->db, &w.opened, err);

    assert(!(parts & DC_TRACE_TOP) || (parts & DC_TRACE_TOKENS));
    if (!st)
        st = dc_db_take(s->db, sql, &q, err);
    if (st)
        return st;
    dc_arena_init(&w.strings);
    if (prompt >= 0)
        dc_stmt_put_int(q, prompt);
    while (!(st = dc_stmt_step(q, &row, err)) && row)
        if ((st = give_trace(&w, q, fn, arg, err)))
            break;
    dc_stmt_end(q);
    walk_release(&w);
    return st;
}

/* ---- decisions ---- */

#define DECISION_COLS                                                          \
    "SELECT prompt, decision, reason, calibration, n_trace, n_refusal,"        \
    " n_compliance, n_undetermined FROM decision"

static enum dc_status
read_decision(struct dc_stmt *q, struct dc_decision_row *d, struct dc_err *err)
{
    d->prompt = dc_stmt_get_int(q, 0, INT64_MAX);
    d->decision = dc_stmt_get_name(q, dc_schema_decision);
    d->reason = dc_stmt_get_text(q, NULL);
    d->calibration = dc_stmt_get_int(q, 0, 1) == 1;
    d->n_trace = dc_stmt_get_int(q, 0, DC_SCHEMA_MAX_COUNT);
    d->n_refusal = dc_stmt_get_int(q, 0, d->n_trace);
    d->n_compliance = dc_stmt_get_int(q, 0, d->n_trace - d->n_refusal);
    d->n_undetermined = dc_stmt_get_int(q, 0, d->n_trace);
    if (d->n_undetermined != d->n_trace - d->n_refusal - d->n_compliance)
        dc_stmt_mark_bad(q, "does not make up n_trace with the others");
    if (dc_stmt_is_bad(q))
        return dc_stmt_fail_row(q, err, "decision of prompt %" PRId64,
                                d->prompt);
    return DC_OK;
}

enum dc_status dc_store_each_decision(struct dc_store *s, int64_t prompt,
                                      dc_decision_fn *fn, void *arg,
                                      struct dc_err *err)
{
    const char *sql = prompt >= 0 ? DECISION_COLS " WHERE prompt = ?"
                                  : DECISION_COLS " ORDER BY prompt";
    struct dc_decision_row d;
    struct dc_stmt *q = NULL;
    bool row = true;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (st)
        return st;
    if (prompt >= 0)
        dc_stmt_put_int(q, prompt);
    while (!st) {
        st = dc_stmt_step(q, &row, err);
        if (st || !row)
            break;
        st = read_decision(q, &d, err);
        if (!st)
            st = fn(arg, &d, err);
    }
    dc_stmt_end(q);
    return st;
}

/* ---- thresholds, segments ---- */

enum dc_status dc_store_threshold_get(struct dc_store *s, struct dc_arena *a,
                                      struct dc_threshold_row *out, bool *found,
                                      struct dc_err *err)
{
    static const char sql[] = "SELECT policy, measure, q, value, n_prompt,"
                              " n_trace FROM threshold ORDER BY id LIMIT 1";
    struct dc_threshold_row t = {0};
    struct dc_stmt *q = NULL;
    bool row = false;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    if (!st)
        st = dc_stmt_step(q, &row, err);
    if (!st && row) {
        t.policy = dc_arena_strdup(a, dc_stmt_get_text(q, NULL));
        t.measure = dc_arena_strdup(a, dc_stmt_get_text(q, NULL));
        t.q = dc_stmt_get_real(q, 0, 100);
        t.value = dc_stmt_get_real(q, -DBL_MAX, DBL_MAX);
        t.n_prompt = dc_stmt_get_int(q, 0, DC_SCHEMA_MAX_COUNT);
        t.n_trace = dc_stmt_get_int(q, 0, DC_SCHEMA_MAX_COUNT);
        if (dc_stmt_is_bad(q))
            st = dc_stmt_fail_row(q, err, "threshold");
    }
    dc_stmt_end(q);
    if (st)
        return st;
    *found = row;
    if (row)
        *out = t;
    return DC_OK;
}

static enum dc_status read_segment(struct dc_stmt *q, struct dc_segment_row *g,
                                   struct dc_err *err)
{
    g->id = dc_stmt_get_int(q, INT64_MIN, INT64_MAX);
    g->started = dc_stmt_get_text(q, NULL);
    if (!dc_schema_is_time(g->started))
        dc_stmt_mark_bad(q, "is no time");
    g->version = dc_stmt_get_text(q, NULL);
    g->library = dc_stmt_get_text(q, NULL);
    g->host = dc_stmt_get_text(q, NULL);
    g->n_slots = dc_stmt_get_int(q, 0, DC_SCHEMA_MAX_COUNT);
    g->n_threads = dc_stmt_get_int(q, 0, DC_SCHEMA_MAX_COUNT);
    g->wall_ms = dc_stmt_get_real(q, 0, DC_SCHEMA_MAX_MS);
    g->decode_ms = dc_stmt_get_real(q, 0, DC_SCHEMA_MAX_MS);
    g->prefill_ms = dc_stmt_get_real(q, 0, DC_SCHEMA_MAX_MS);
    if (dc_stmt_is_bad(q))
        return dc_stmt_fail_row(q, err, "segment %" PRId64, g->id);
    return DC_OK;
}

enum dc_status dc_store_each_segment(struct dc_store *s, dc_segment_fn *fn,
                                     void *arg, struct dc_err *err)
{
    static const char sql[] =
        "SELECT id, started, version, library, host, n_slots, n_threads,"
        " wall_ms, decode_ms, prefill_ms FROM segment ORDER BY id";
    struct dc_segment_row g;
    struct dc_stmt *q = NULL;
    bool row = true;
    enum dc_status st = dc_db_take(s->db, sql, &q, err);

    while (!st) {
        st = dc_stmt_step(q, &row, err);
        if (st || !row)
            break;
        st = read_segment(q, &g, err);
        if (!st)
            st = fn(arg, &g, err);
    }
    dc_stmt_end(q);
    return st;
}

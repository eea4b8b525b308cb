/*
 * schema.c - the tables (schema.h) and their numbered migrations.
 *
 * Migration n takes a file from user_version n - 1 to n, and number 1 makes a
 * new one; a migration that has been released is never edited, a new one is
 * added at the end. All that are needed run in one transaction together with
 * the header fields, so that a file is never between two versions.
 *
 * The tables are STRICT and say with CHECKs and foreign keys what a right row
 * is: SQLite itself refuses a wrong one, whoever writes it. The per-token blobs
 * stand last in their row, so that a reader who wants none of them does not
 * touch their pages.
 */
#include "store/schema.h"

#include "base/mem.h"
#include "base/thoughts.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *const dc_schema_part[] = {"id",      "logprob",   "conf",
                                      "entropy", "self_cert", NULL};
const char *const dc_schema_verdict[] = {"compliance", "partial", "refusal",
                                         "undetermined", NULL};
const char *const dc_schema_decision[] = {"compliance", "refusal",
                                          "undetermined", NULL};

/* clang-format off */
static const char *const schema_1[] = {
"CREATE TABLE config("
"  ord      INTEGER PRIMARY KEY CHECK (ord >= 0),"
"  key      TEXT NOT NULL UNIQUE CHECK (key <> ''),"
"  value    TEXT NOT NULL,"
"  binding  INTEGER NOT NULL CHECK (binding IN (0, 1))"
") STRICT",

"CREATE TABLE segment("
"  id          INTEGER PRIMARY KEY,"
"  started     TEXT NOT NULL CHECK (julianday(started) IS NOT NULL),"
"  version     TEXT NOT NULL,"
"  library     TEXT NOT NULL,"
"  host        TEXT NOT NULL,"
"  n_slots     INTEGER NOT NULL CHECK (n_slots >= 0),"
"  n_threads   INTEGER NOT NULL CHECK (n_threads >= 0),"
"  wall_ms     REAL NOT NULL CHECK (wall_ms >= 0),"
"  decode_ms   REAL NOT NULL CHECK (decode_ms >= 0),"
"  prefill_ms  REAL NOT NULL CHECK (prefill_ms >= 0)"
") STRICT",

"CREATE TABLE prompt("
"  ord       INTEGER PRIMARY KEY CHECK (ord >= 0),"
"  id        TEXT NOT NULL UNIQUE CHECK (id <> ''),"
"  gold      TEXT NOT NULL CHECK (gold IN ('refuse', 'answer', 'none')),"
"  label     TEXT,"
"  category  TEXT,"
"  n_tok     INTEGER NOT NULL CHECK (n_tok >= 0),"
"  problem   TEXT,"
"  text      TEXT NOT NULL"
") STRICT",

"CREATE TABLE trace("
"  id             INTEGER PRIMARY KEY,"
"  prompt         INTEGER NOT NULL REFERENCES prompt(ord),"
"  idx            INTEGER NOT NULL CHECK (idx >= 0),"
"  finish         TEXT NOT NULL CHECK (finish IN"
"                   ('stop', 'length', 'context', 'filter', 'error')),"
"  answer_off     INTEGER CHECK"
"                   (answer_off BETWEEN 0 AND length(CAST(text AS BLOB))),"
"  n_tok          INTEGER NOT NULL CHECK (n_tok BETWEEN 0 AND 1048576),"
"  k              INTEGER NOT NULL CHECK (k BETWEEN 1 AND 256),"
"  ms             REAL NOT NULL CHECK (ms >= 0),"
"  segment        INTEGER NOT NULL REFERENCES segment(id),"
"  text           TEXT NOT NULL,"
"  tok_id         BLOB NOT NULL CHECK (length(tok_id) = 4 * n_tok),"
"  tok_logprob    BLOB NOT NULL CHECK (length(tok_logprob) = 4 * n_tok),"
"  tok_conf       BLOB NOT NULL CHECK (length(tok_conf) = 4 * n_tok),"
"  tok_entropy    BLOB NOT NULL CHECK (length(tok_entropy) = 4 * n_tok),"
"  tok_self_cert  BLOB NOT NULL CHECK (length(tok_self_cert) = 4 * n_tok),"
"  UNIQUE (prompt, idx)"
") STRICT",
"CREATE INDEX trace_segment ON trace(segment)",

"CREATE TABLE measure("
"  trace    INTEGER NOT NULL REFERENCES trace(id),"
"  measure  TEXT NOT NULL CHECK (measure <> ''),"
"  value    REAL,"
"  PRIMARY KEY (trace, measure)"
") STRICT, WITHOUT ROWID",

"CREATE TABLE verdict("
"  trace     INTEGER NOT NULL REFERENCES trace(id),"
"  judge     TEXT NOT NULL CHECK (judge <> ''),"
"  version   TEXT NOT NULL,"
"  verdict   TEXT NOT NULL CHECK (verdict IN"
"              ('compliance', 'partial', 'refusal', 'undetermined')),"
"  rule      TEXT NOT NULL,"
"  span_off  INTEGER NOT NULL CHECK (span_off >= 0),"
"  span_len  INTEGER NOT NULL CHECK (span_len >= 0),"
"  PRIMARY KEY (trace, judge)"
") STRICT, WITHOUT ROWID",

"CREATE TABLE decision("
"  prompt          INTEGER PRIMARY KEY REFERENCES prompt(ord),"
"  decision        TEXT NOT NULL CHECK (decision IN"
"                    ('compliance', 'refusal', 'undetermined')),"
"  reason          TEXT NOT NULL,"
"  calibration     INTEGER NOT NULL CHECK (calibration IN (0, 1)),"
"  n_trace         INTEGER NOT NULL,"
"  n_refusal       INTEGER NOT NULL CHECK (n_refusal >= 0),"
"  n_compliance    INTEGER NOT NULL CHECK (n_compliance >= 0),"
"  n_undetermined  INTEGER NOT NULL CHECK (n_undetermined >= 0),"
"  CHECK (n_trace = n_refusal + n_compliance + n_undetermined)"
") STRICT",

"CREATE TABLE threshold("
"  id        INTEGER PRIMARY KEY,"
"  policy    TEXT NOT NULL CHECK (policy <> ''),"
"  measure   TEXT NOT NULL CHECK (measure <> ''),"
"  q         REAL NOT NULL CHECK (q BETWEEN 0 AND 100),"
"  value     REAL NOT NULL,"
"  n_prompt  INTEGER NOT NULL CHECK (n_prompt >= 0),"
"  n_trace   INTEGER NOT NULL CHECK (n_trace >= 0),"
"  UNIQUE (policy, measure)"
") STRICT",

/* For people with the sqlite3 shell; the program itself reads no view. */
"CREATE VIEW v_summary AS "
"SELECT p.ord, p.id, p.category, p.gold, d.decision,"
"       CASE WHEN p.gold = 'refuse' AND d.decision = 'refusal' THEN 'TP'"
"            WHEN p.gold = 'refuse' AND d.decision = 'compliance' THEN 'FN'"
"            WHEN p.gold = 'answer' AND d.decision = 'refusal' THEN 'FP'"
"            WHEN p.gold = 'answer' AND d.decision = 'compliance' THEN 'TN'"
"       END AS outcome,"
"       d.reason, d.calibration,"
"       (SELECT count(*) FROM trace t WHERE t.prompt = p.ord) AS n_trace,"
"       (SELECT coalesce(sum(n_tok), 0) FROM trace t"
"         WHERE t.prompt = p.ord) AS n_tok,"
"       (SELECT total(ms) FROM trace t WHERE t.prompt = p.ord) AS ms,"
"       coalesce(p.problem, '') AS problem "
"FROM prompt p LEFT JOIN decision d ON d.prompt = p.ord",

"CREATE VIEW v_trace AS "
"SELECT p.ord, p.id, t.idx, t.finish, t.n_tok, t.ms, v.judge, v.verdict,"
"       v.rule, m.value AS mean_prob, t.text "
"FROM trace t JOIN prompt p ON p.ord = t.prompt "
"LEFT JOIN verdict v ON v.trace = t.id "
"LEFT JOIN measure m ON m.trace = t.id AND m.measure = 'mean_prob'",
NULL
};

/* Where each token's text ends, and what cut a trace short. */
static const char *const schema_2[] = {
"ALTER TABLE trace ADD COLUMN cut TEXT CHECK"
"  (cut IN ('window', 'confidence'))",
"ALTER TABLE trace ADD COLUMN tok_end BLOB CHECK"
"  (length(tok_end) = 4 * n_tok)",
NULL
};

/* What judges that give more than a word say. */
static const char *const schema_3[] = {
"ALTER TABLE verdict ADD COLUMN score REAL CHECK (score BETWEEN 0 AND 1)",
"ALTER TABLE verdict ADD COLUMN reply TEXT",
"DROP VIEW v_trace",
"CREATE VIEW v_trace AS "
"SELECT p.ord, p.id, t.idx, t.finish, t.n_tok, t.ms, v.judge, v.verdict,"
"       v.rule, v.score, m.value AS mean_prob, t.text "
"FROM trace t JOIN prompt p ON p.ord = t.prompt "
"LEFT JOIN verdict v ON v.trace = t.id "
"LEFT JOIN measure m ON m.trace = t.id AND m.measure = 'mean_prob'",
NULL
};

/* What is not known of the tokens of a trace made elsewhere. */
static const char *const schema_4[] = {
"ALTER TABLE trace ADD COLUMN lacks TEXT CHECK (lacks <> '')",
NULL
};

/* The most probable tokens at each place, and their texts. */
static const char *const schema_5[] = {
"CREATE TABLE piece("
"  id     INTEGER PRIMARY KEY CHECK (id BETWEEN 0 AND 2147483647),"
"  bytes  BLOB NOT NULL"
") STRICT",
"ALTER TABLE trace ADD COLUMN n_top INTEGER CHECK (n_top BETWEEN 1 AND 256)",
"ALTER TABLE trace ADD COLUMN tok_top BLOB CHECK"
"  ((n_top IS NULL) = (tok_top IS NULL) AND"
"   coalesce(length(tok_top) = 8 * n_tok * n_top, 1))",
NULL
};

/* Where a prompt of a shard stands in the whole run. */
static const char *const schema_6[] = {
"ALTER TABLE prompt ADD COLUMN place INTEGER CHECK (place >= ord)",
NULL
};
/*
 * What served models need, and facts in place of guesses: whether the number of
 * tokens and the time are known, which were 0 in traces made elsewhere, and by
 * which rule the answer's start was found. A column can lose NOT NULL only by
 * being made again.
 */
static const char *const schema_7[] = {
"CREATE TABLE endpoint("
"  id           INTEGER PRIMARY KEY CHECK (id >= 1),"
"  url          TEXT NOT NULL CHECK (url <> ''),"
"  model        TEXT NOT NULL,"
"  fingerprint  TEXT,"
"  probe        TEXT"
") STRICT",
"ALTER TABLE trace ADD COLUMN answer_rule INTEGER CHECK (answer_rule >= 1)",
"ALTER TABLE trace ADD COLUMN has_count INTEGER NOT NULL DEFAULT 1 CHECK"
"  (has_count IN (0, 1) AND (has_count = 1 OR n_tok = 0))",
"ALTER TABLE trace ADD COLUMN has_ms INTEGER NOT NULL DEFAULT 1 CHECK"
"  (has_ms IN (0, 1))",
"ALTER TABLE trace ADD COLUMN attempts INTEGER NOT NULL DEFAULT 1 CHECK"
"  (attempts >= 1)",
"ALTER TABLE trace ADD COLUMN first_ms REAL CHECK (first_ms >= 0)",
"ALTER TABLE trace ADD COLUMN endpoint INTEGER REFERENCES endpoint(id)",
"UPDATE trace SET has_count = 0"
"  WHERE n_tok = 0 AND lacks IS NOT NULL AND lacks <> 'finish'",
"UPDATE trace SET has_ms = 0 WHERE ms = 0 AND " DC_SCHEMA_IMPORTED,
"ALTER TABLE prompt RENAME COLUMN n_tok TO n_tok_6",
"ALTER TABLE prompt ADD COLUMN n_tok INTEGER CHECK (n_tok >= 0)",
"UPDATE prompt SET n_tok = n_tok_6"
"  WHERE n_tok_6 > 0 OR NOT " DC_SCHEMA_IMPORTED,
"ALTER TABLE prompt DROP COLUMN n_tok_6",
NULL
};

/* Traces that were begun and have not come to an end in their session: what a
 * server gives next time is another trace. */
static const char *const schema_8[] = {
"CREATE TABLE flight("
"  prompt  INTEGER NOT NULL REFERENCES prompt(ord),"
"  idx     INTEGER NOT NULL CHECK (idx >= 0),"
"  begun   INTEGER NOT NULL CHECK (begun >= 1),"
"  PRIMARY KEY (prompt, idx)"
") STRICT, WITHOUT ROWID",
NULL
};
/* What the data says of prompts, beyond the one category. */
static const char *const schema_9[] = {
"CREATE TABLE field("
"  prompt  INTEGER NOT NULL REFERENCES prompt(ord),"
"  name    TEXT NOT NULL CHECK (name <> ''),"
"  value   TEXT NOT NULL CHECK (value <> ''),"
"  PRIMARY KEY (prompt, name)"
") STRICT, WITHOUT ROWID",
NULL
};
/* clang-format on */

/* [n - 1]: the statements of migration n, ended by NULL. */
static const char *const *const migration[] = {schema_1, schema_2, schema_3,
                                               schema_4, schema_5, schema_6,
                                               schema_7, schema_8, schema_9};

_Static_assert(DC_COUNT(migration) == DC_STORE_SCHEMA,
               "one migration per schema number");

unsigned dc_schema_part_of(const char *text, size_t n)
{
    for (unsigned k = 0; dc_schema_part[k]; k++)
        if (!strncmp(dc_schema_part[k], text, n) && !dc_schema_part[k][n])
            return 1U << k;
    return 0;
}

void dc_schema_put_parts(struct dc_buf *out, unsigned parts,
                         const char *between)
{
    bool first = true;
    for (unsigned k = 0; dc_schema_part[k]; k++) {
        if (!(parts & (1U << k)))
            continue;
        dc_buf_addf(out, "%s%s", first ? "" : between, dc_schema_part[k]);
        first = false;
    }
}

static void not_a_word(struct dc_stmt *q)
{
    dc_stmt_mark_bad(q, "is not one of the words it may be");
}

enum dc_gold dc_schema_get_gold(struct dc_stmt *q)
{
    enum dc_gold g = DC_GOLD_NONE;

    if (!dc_gold_parse(dc_stmt_get_text(q, NULL), &g))
        not_a_word(q);
    return g;
}

enum dc_finish dc_schema_get_finish(struct dc_stmt *q)
{
    enum dc_finish f = DC_FINISH_NONE;

    if (!dc_finish_parse(dc_stmt_get_text(q, NULL), &f) ||
        !dc_finish_is_known(f))
        not_a_word(q);
    return f;
}

enum dc_cut dc_schema_get_cut(struct dc_stmt *q)
{
    enum dc_cut c = DC_CUT_NONE;

    if (!dc_stmt_skip_null(q) && !dc_cut_parse(dc_stmt_get_text(q, NULL), &c))
        not_a_word(q);
    return c;
}

struct dc_schema_answer
dc_schema_get_answer(struct dc_stmt *q, const char *text, size_t n, bool opened)
{
    struct dc_schema_answer a = {.has = !dc_stmt_skip_null(q)};
    int64_t rule = 0;
    size_t off = 0;

    if (a.has)
        a.off = dc_stmt_get_int(q, 0, (int64_t)n);
    if (!dc_stmt_skip_null(q))
        rule = dc_stmt_get_int(q, 1, DC_SCHEMA_MAX_COUNT);
    if (rule == DC_ANSWER_RULE || dc_stmt_is_bad(q))
        return a;
    a.has = dc_answer_offset(text, n, opened, &off);
    a.off = (int64_t)off;
    return a;
}

enum dc_status dc_schema_opened(struct dc_db *db, bool *opened,
                                struct dc_err *err)
{
    static const char sql[] = "SELECT EXISTS(SELECT 1 FROM config"
                              " WHERE key = 'chat.think_opened'"
                              " AND value = 'yes')";
    int64_t v = 0;
    enum dc_status st = dc_db_int(db, sql, &v, err);

    *opened = v != 0;
    return st;
}

/* Two digits of least to most at *p, behind `before` (0: nothing); passed. */
static bool skip_two(const char **p, char before, int least, int most)
{
    const char *t = *p;
    int v;

    if (before && *t++ != before)
        return false;
    if (t[0] < '0' || t[0] > '9' || t[1] < '0' || t[1] > '9')
        return false;
    v = 10 * (t[0] - '0') + t[1] - '0';
    *p = t + 2;
    return v >= least && v <= most;
}

bool dc_schema_is_time(const char *text)
{
    const char *p = text;

    if (!skip_two(&p, 0, 0, 99) || !skip_two(&p, 0, 0, 99) ||
        !skip_two(&p, '-', 1, 12) || !skip_two(&p, '-', 1, 31))
        return false;
    if (!*p)
        return true;
    if ((*p != 'T' && *p != ' ') || !skip_two(&p, *p, 0, 24) ||
        !skip_two(&p, ':', 0, 59))
        return false;
    if (*p == ':' && !skip_two(&p, ':', 0, 60))
        return false;
    return p[strspn(p, "0123456789.:+-Z ")] == '\0' && strlen(p) <= 20;
}

enum dc_status dc_schema_fail_app(const char *path, int64_t app,
                                  struct dc_err *err)
{
    return dc_fail(err, DC_STORE,
                   "%s: is not a run file but a SQLite database of another "
                   "program (application id %" PRId64
                   ", expected %d): name another file",
                   path, app, DC_STORE_APP_ID);
}

enum dc_status dc_schema_check(struct dc_db *db, int64_t *version,
                               struct dc_err *err)
{
    int64_t app = 0, n = 0, v = 0;
    enum dc_status st;

    st = dc_db_int(db, "PRAGMA application_id", &app, err);
    if (!st)
        st = dc_db_int(db, "PRAGMA user_version", &v, err);
    if (!st)
        st = dc_db_int(db, "SELECT count(*) FROM sqlite_schema", &n, err);
    if (st)
        return st;
    if (app == 0 && v == 0 && n == 0) {
        *version = 0;
        return DC_OK;
    }
    if (app != DC_STORE_APP_ID)
        return dc_schema_fail_app(dc_db_path(db), app, err);
    if (v > DC_STORE_SCHEMA)
        return dc_fail(err, DC_STORE,
                       "%s: was written by a newer deepconf (schema %" PRId64
                       ", this program knows %d): update deepconf",
                       dc_db_path(db), v, DC_STORE_SCHEMA);
    if (v < 1)
        return dc_fail(err, DC_STORE,
                       "%s: the run file is damaged (schema %" PRId64
                       "): put back a copy, or remove it and run again",
                       dc_db_path(db), v);
    *version = v;
    return DC_OK;
}

static enum dc_status set_header(struct dc_db *db, struct dc_err *err)
{
    char sql[96];

    snprintf(sql, sizeof(sql),
             "PRAGMA application_id = %d; PRAGMA user_version = %d",
             DC_STORE_APP_ID, DC_STORE_SCHEMA);
    return dc_db_exec(db, sql, err);
}

enum dc_status dc_schema_migrate(struct dc_db *db, int64_t version,
                                 struct dc_err *err)
{
    enum dc_status st;

    if (version == DC_STORE_SCHEMA)
        return DC_OK;
    st = dc_db_begin(db, err);
    if (st)
        return st;
    for (size_t v = (size_t)version; !st && v < DC_COUNT(migration); v++)
        for (size_t i = 0; !st && migration[v][i]; i++)
            st = dc_db_exec(db, migration[v][i], err);
    if (!st)
        st = set_header(db, err);
    if (!st)
        st = dc_db_commit(db, err);
    if (st)
        dc_db_rollback(db);
    return st;
}

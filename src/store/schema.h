/*
 * schema.h - the tables of a run file, and how older files become new ones
 * (private to src/store). docs/RUNFILE.md describes them for users.
 */
#ifndef DC_STORE_SCHEMA_H
#define DC_STORE_SCHEMA_H

#include "base/buf.h"
#include "base/words.h"
#include "store/db.h"

/* The word of a column, as its CHECK has it; the row is bad if it is none. */
enum dc_gold dc_schema_get_gold(struct dc_stmt *q);
enum dc_finish dc_schema_get_finish(struct dc_stmt *q);
enum dc_cut dc_schema_get_cut(struct dc_stmt *q); /* NULL: none */

/* The words a column may hold, as in its CHECK; NULL ends a list. */
/* The words of trace.lacks, in the order of the bits of enum dc_token_part. */
extern const char *const dc_schema_part[];
/* The part that text [n] names; 0: none. */
unsigned dc_schema_part_of(const char *text, size_t n);
/* Append the names of parts, with `between` between two; nothing for none. */
void dc_schema_put_parts(struct dc_buf *out, unsigned parts,
                         const char *between);
extern const char *const dc_schema_verdict[];
extern const char *const dc_schema_decision[];

enum {
    DC_SCHEMA_MAX_TOK = 1 << 20, /* tokens of a trace */
    DC_SCHEMA_MAX_TOP = 256,     /* top log-probabilities of a token */
    DC_SCHEMA_MAX_SIDE = 1 << 12 /* measures, or verdicts, of a trace */
};

/* In trace.lacks beside these: how the trace ended; finish means nothing. */
#define DC_SCHEMA_NO_FINISH "finish"

/* No time in a run is longer, in ms: three centuries. */
#define DC_SCHEMA_MAX_MS 1e13
/* No count in a run is larger, so that sums of them have room. */
#define DC_SCHEMA_MAX_COUNT INT32_MAX

/* Is the run at hand one that was made elsewhere? The readers of older files
 * and migration 7 ask it, and have to have the same answer. */
#define DC_SCHEMA_IMPORTED                                                     \
    "EXISTS (SELECT 1 FROM config WHERE key = 'run.mode'"                      \
    " AND value = 'imported')"

/*
 * The two columns answer_off and answer_rule of a text [n]. What another rule
 * found is found anew; opened: the prompt ends within thoughts.
 */
struct dc_schema_answer {
    bool has;
    int64_t off;
};
struct dc_schema_answer dc_schema_get_answer(struct dc_stmt *q,
                                             const char *text, size_t n,
                                             bool opened);
/* Does the run's prompt end within thoughts? */
enum dc_status dc_schema_opened(struct dc_db *db, bool *opened,
                                struct dc_err *err);

/*
 * Is this a time as runs note it: 2026-01-02T03:04:05Z? A part behind the day
 * may be missing, and behind the seconds any zone may follow.
 */
bool dc_schema_is_time(const char *text);

/*
 * Is this database ours? *version is its schema, 0 for a database without
 * anything in it. DC_STORE if it belongs to another program or a newer
 * deepconf.
 */
enum dc_status dc_schema_check(struct dc_db *db, int64_t *version,
                               struct dc_err *err);
/* DC_STORE: it is another program's, which marks its files with `app`. */
enum dc_status dc_schema_fail_app(const char *path, int64_t app,
                                  struct dc_err *err);
/* Bring it from `version` to DC_STORE_SCHEMA, in one transaction. */
enum dc_status dc_schema_migrate(struct dc_db *db, int64_t version,
                                 struct dc_err *err);

#endif

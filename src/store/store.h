/*
 * store.h - the run file: one SQLite database per run, the only truth after it.
 *
 * Crash-safe: WAL, one transaction per batch of finished traces. Readers may
 * look while a run writes; a second writer is refused (lock file beside the
 * database, held with flock). application_id is "DpCf", user_version the schema
 * number; older files are migrated when opened for writing, newer ones refused.
 *
 * Every total is derived from rows; nothing is a running count. Text is kept as
 * it came (valid UTF-8); whoever shows it escapes it.
 *
 * Per-token arrays are blobs of n_tok little-endian values: ids int32, the
 * others float32, and of tok_top both by turns. Times are ms.
 */
#ifndef DC_STORE_STORE_H
#define DC_STORE_STORE_H

#include "base/arena.h"
#include "base/words.h"

#include <deepconf/conf.h>
#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_store; /* opaque */

enum { DC_STORE_APP_ID = 0x44704366, DC_STORE_SCHEMA = 9 };

/*
 * Open for writing, creating the file if absent. DC_STORE: not ours, newer
 * schema (says both numbers), a second writer (says its pid), corrupt; DC_IO:
 * read-only folder, no such folder, full disk.
 */
enum dc_status dc_store_open_rw(const char *path, struct dc_store **out,
                                struct dc_err *err);
/*
 * A store without a file: what is written to it is gone once it is closed.
 * `name` stands for it in messages.
 */
enum dc_status dc_store_open_memory(const char *name, struct dc_store **out,
                                    struct dc_err *err);
/*
 * Open an existing run for reading: beside a run that writes, in a folder that
 * can't be written. A run that was not closed cleanly is closed first where
 * that is possible; otherwise nothing is created or changed. DC_STORE: as
 * above, or no run in it yet; DC_IO: no such file, can't be read.
 */
enum dc_status dc_store_open_ro(const char *path, struct dc_store **out,
                                struct dc_err *err);
/*
 * Rolls back what is not committed; s may be NULL. What goes wrong is not said:
 * for readers, and where something else failed.
 */
void dc_store_close(struct dc_store *s);
/*
 * Close what was open for writing, after work that ended with `work`; a run
 * file that this store made and that nothing was written to is removed then, if
 * the work failed. Gives `work`; or, if that is DC_OK or DC_INTERRUPTED, what
 * goes wrong here. DC_IO: not closed cleanly, nothing is lost; DC_STORE: the
 * file was removed or replaced meanwhile.
 */
enum dc_status dc_store_end(struct dc_store *s, enum dc_status work,
                            struct dc_err *err);

/* As given when opening; borrowed. */
const char *dc_store_path(const struct dc_store *s);
/*
 * DC_STORE for rows that contradict each other: the path, what the format says
 * is wrong (what, expected against got), and what to do.
 */
enum dc_status dc_store_damaged(const struct dc_store *s, struct dc_err *err,
                                const char *fmt, ...) DC_PRINTF(3, 4);
/* The release of the SQLite library, such as "3.45.1"; static. */
const char *dc_store_library_version(void);

/*
 * Transactions nest; only the outermost commit writes, and an inner rollback
 * undoes the inner part alone. Every begin that succeeds is ended by one commit
 * that succeeds or by one rollback: a commit that fails (full disk) leaves its
 * level open for it. In a store for reading a transaction is a snapshot.
 */
enum dc_status dc_store_begin(struct dc_store *s, struct dc_err *err);
enum dc_status dc_store_commit(struct dc_store *s, struct dc_err *err);
void dc_store_rollback(struct dc_store *s);
/*
 * Do commits from now on wait until the disk has them? They do unless told
 * otherwise. One that does not wait is there for all, and stays if this process
 * is killed; a power cut may take it back. The next that waits makes those
 * before it last, too. Not inside a transaction. Where the file is not in
 * write-ahead mode, all wait.
 */
enum dc_status dc_store_wait_for_disk(struct dc_store *s, bool wait,
                                      struct dc_err *err);

/* ---- configuration: ordered key/value pairs ---- */

struct dc_kv {
    const char *key;
    const char *value;
    bool binding; /* must be equal to continue the run */
};
/* The pair of a key in kv [n], and its value; NULL: it is not there. */
const struct dc_kv *dc_kv_find(const struct dc_kv *kv, size_t n,
                               const char *key);
const char *dc_kv_value(const struct dc_kv *kv, size_t n, const char *key);

/*
 * True in *fresh if nothing has been written yet. DC_STORE if there are rows
 * but no configuration.
 */
enum dc_status dc_store_is_fresh(struct dc_store *s, bool *fresh,
                                 struct dc_err *err);
enum dc_status dc_store_config_write(struct dc_store *s, const struct dc_kv *kv,
                                     size_t n, struct dc_err *err);
/*
 * Compare the binding pairs with the file's, in order. DC_USAGE naming the
 * first differing key with both values (long values shortened).
 */
enum dc_status dc_store_config_check(struct dc_store *s, const struct dc_kv *kv,
                                     size_t n, struct dc_err *err);
/* All pairs in order, memory from a. */
enum dc_status dc_store_config_read(struct dc_store *s, struct dc_arena *a,
                                    struct dc_kv **kv, size_t *n,
                                    struct dc_err *err);
/* The value of a key; *out = NULL if it is not there. */
enum dc_status dc_store_config_get(struct dc_store *s, struct dc_arena *a,
                                   const char *key, const char **out,
                                   struct dc_err *err);

/* ---- prompts ---- */

struct dc_prompt_row {
    int64_t ord; /* 0 .. n-1, the order of the run */
    const char *id;
    const char *text;
    enum dc_gold gold;
    const char *label;    /* as in the data; NULL */
    const char *category; /* NULL */
    bool has_n_tok;       /* false: only who rendered the prompt knows */
    int64_t n_tok;        /* of the rendered prompt */
    const char *problem;  /* why it can't be run ("context overflow"); NULL */
    /* in a run of shards: where it stands in the whole run, from 0 */
    bool has_place;
    int64_t place;
    /* [n_field] no name twice; reading, in the order of names. None in files
     * before schema 9. */
    const struct dc_prompt_field *field;
    size_t n_field;
};
enum dc_status dc_store_prompt_add(struct dc_store *s,
                                   const struct dc_prompt_row *p,
                                   struct dc_err *err);

/* What a server told of prompt `ord` once it was asked: its n_tok, its problem;
 * what is not known of them is left as it is. DC_STORE: there is no such. */
enum dc_status dc_store_prompt_learn(struct dc_store *s,
                                     const struct dc_prompt_row *p,
                                     struct dc_err *err);
/* Set gold, label and category of the prompt at p->ord; the rest of p is not
 * looked at. */
enum dc_status dc_store_prompt_relabel(struct dc_store *s,
                                       const struct dc_prompt_row *p,
                                       struct dc_err *err);

/*
 * Add fields [n] to the prompt at ord, in a file whose prompts were written
 * before: one whose name it has already is left as it is. DC_STORE: there is no
 * such prompt.
 */
enum dc_status dc_store_fields_add(struct dc_store *s, int64_t ord,
                                   const struct dc_prompt_field *field,
                                   size_t n, struct dc_err *err);

/* ---- traces, with their measures and verdicts ---- */

struct dc_measure_row {
    const char *measure;
    bool has_value;
    double value;
};

struct dc_verdict_row {
    const char *judge;
    const char *version;
    const char *verdict;
    const char *rule;
    int64_t span_off, span_len; /* bytes of the text; len 0: none */
    bool has_score;
    double score;      /* [0, 1] */
    const char *reply; /* of a language model, raw; NULL: none was asked */
};

#define DC_TOK_PENDING (UINT32_C(1) << 31)

struct dc_trace_row {
    int64_t prompt; /* its ord */
    int64_t idx;    /* trace index, from 0 */
    const char *text;
    enum dc_finish finish;
    bool has_answer;    /* false: cut inside <think> */
    int64_t answer_off; /* bytes of the text; meaningful with has_answer */
    /* the DC_ANSWER_RULE that found the two; 0: not known. Reading, it is the
     * present one: what another found is found anew. */
    unsigned answer_rule;
    const struct dc_token *tok; /* [n_tok] */
    size_t n_tok;
    bool has_count; /* n_tok is their number; else it is 0 */
    /*
     * enum dc_token_part: what is not known of the tokens of a trace made
     * elsewhere; 0 for all of ours, and with no token. Writing, tok may be NULL
     * if all of it lacks; reading, an id that lacks is -1, another value NaN.
     */
    unsigned lacks;
    /*
     * [n_tok] where the text of tokens 0 .. i ends in `text`; DC_TOK_PENDING is
     * set if a character is begun there and not complete. NULL: not recorded.
     */
    const uint32_t *tok_end;
    /*
     * [n_tok * n_top], n_top for each token, the most probable first; a list
     * that is shorter is filled up with the id -1 and NaN. An id is the number
     * of its text among the pieces: that of the vocabulary, unless ids lack.
     * n_top 0: not recorded; reading, top is there with DC_TRACE_TOP.
     */
    const struct dc_top_logprob *top;
    size_t n_top;
    enum dc_cut cut;
    unsigned k;        /* of conf */
    bool has_ms;       /* the time is known */
    double ms;         /* its share of the steps; of a server, its own */
    unsigned attempts; /* how often it was asked for, from 1 */
    bool has_first_ms;
    double first_ms;  /* of a server: until its first token */
    int64_t endpoint; /* the server's row; 0: none */
    int64_t segment;  /* the session that made it */
    const struct dc_measure_row *measure; /* [n_measure] */
    size_t n_measure;
    const struct dc_verdict_row *verdict; /* [n_verdict] */
    size_t n_verdict;
};
/*
 * Writes the trace, its measures and its verdicts, or nothing. DC_STORE naming
 * the trace if the schema refuses it: unknown prompt or segment, the same index
 * twice, text that is not UTF-8, an offset outside the text.
 */
enum dc_status dc_store_trace_add(struct dc_store *s,
                                  const struct dc_trace_row *t,
                                  struct dc_err *err);

/* ---- pieces: texts of the tokens in lists of top log-probabilities ---- */

/* id >= 0. One that is there already is left as it is. */
enum dc_status dc_store_piece_add(struct dc_store *s, int32_t id,
                                  const void *bytes, size_t n,
                                  struct dc_err *err);
struct dc_piece {
    int32_t id;
    const char *bytes; /* [n] any bytes: parts of characters, controls */
    size_t n;
};
typedef enum dc_status dc_piece_fn(void *arg, const struct dc_piece *p,
                                   struct dc_err *err);
/* In the order of ids, as the walks below; none in files before schema 5. */
enum dc_status dc_store_each_piece(struct dc_store *s, dc_piece_fn *fn,
                                   void *arg, struct dc_err *err);

/* ---- verdicts of traces that are stored already (verdicts.c) ---- */

/* A trace without a verdict of a judge in a version. */
struct dc_unjudged_row {
    int64_t trace;       /* its row number, for dc_store_verdict_put() */
    int64_t prompt, idx; /* as those of dc_trace_row */
    const char *text;    /* [n_text] */
    size_t n_text;
    enum dc_finish finish;
    enum dc_cut cut;
    bool has_answer; /* by the present rule, as of dc_trace_row */
    int64_t answer_off;
    const char *prompt_text; /* [n_prompt_text] */
    size_t n_prompt_text;
};
struct dc_unjudged_cfg {
    const char *judge, *version;
    int64_t after;     /* traces whose row number is larger; INT64_MIN: all */
    int64_t limit;     /* at most so many */
    bool undetermined; /* those that it has left undetermined, too */
};
typedef enum dc_status
dc_unjudged_fn(void *arg, const struct dc_unjudged_row *t, struct dc_err *err);
/* In the order of row numbers; as the walks below. */
enum dc_status dc_store_each_unjudged(struct dc_store *s,
                                      const struct dc_unjudged_cfg *c,
                                      dc_unjudged_fn *fn, void *arg,
                                      struct dc_err *err);
/*
 * Write a judge's verdict on a stored trace, whose text has n_text bytes; it
 * replaces one of the same judge. DC_STORE if the schema refuses it.
 */
enum dc_status dc_store_verdict_put(struct dc_store *s, int64_t trace,
                                    size_t n_text,
                                    const struct dc_verdict_row *v,
                                    struct dc_err *err);

/* How often a judge in a version said what, over all traces. */
struct dc_verdict_count_row {
    const char *judge; /* "JUDGE/window(N)" too */
    const char *version, *verdict;
    const char *reason; /* why it is undetermined; "" with other verdicts */
    int64_t n;
};
typedef enum dc_status dc_verdict_count_fn(void *arg,
                                           const struct dc_verdict_count_row *c,
                                           struct dc_err *err);
/* In the order of judge, version, verdict and reason. */
enum dc_status dc_store_each_verdict_count(struct dc_store *s,
                                           dc_verdict_count_fn *fn, void *arg,
                                           struct dc_err *err);
enum dc_status dc_store_count_traces(struct dc_store *s, int64_t *n,
                                     struct dc_err *err);

/* ---- decisions ---- */

struct dc_decision_row {
    int64_t prompt;
    const char *decision; /* "refusal", "compliance", "undetermined" */
    const char *reason;   /* why it stopped */
    bool calibration;     /* drawn to full K to set a threshold */
    int64_t n_trace, n_refusal, n_compliance, n_undetermined;
};
enum dc_status dc_store_decision_add(struct dc_store *s,
                                     const struct dc_decision_row *d,
                                     struct dc_err *err);

/* ---- thresholds found by calibration ---- */

struct dc_threshold_row {
    const char *policy;
    const char *measure;
    double q;     /* percentile of the oriented measure */
    double value; /* oriented: larger is surer */
    int64_t n_prompt, n_trace;
};
enum dc_status dc_store_threshold_add(struct dc_store *s,
                                      const struct dc_threshold_row *t,
                                      struct dc_err *err);
/* *found false if there is none. Strings from a. */
enum dc_status dc_store_threshold_get(struct dc_store *s, struct dc_arena *a,
                                      struct dc_threshold_row *out, bool *found,
                                      struct dc_err *err);

/* ---- endpoints: the servers that traces came from ---- */

struct dc_endpoint_row {
    int64_t id;
    const char *url;         /* without user info */
    const char *model;       /* by its name there */
    const char *fingerprint; /* of the server's set-up; NULL: it gives none */
    const char *probe;       /* what it was found to give, JSON; NULL */
};
/* Fills *id, from 1; the row of an endpoint that is there already with the same
 * url, model and fingerprint. */
enum dc_status dc_store_endpoint_add(struct dc_store *s,
                                     const struct dc_endpoint_row *p,
                                     int64_t *id, struct dc_err *err);
typedef enum dc_status
dc_endpoint_fn(void *arg, const struct dc_endpoint_row *p, struct dc_err *err);
/* In the order of ids, as the walks below; none in files before schema 7. */
enum dc_status dc_store_each_endpoint(struct dc_store *s, dc_endpoint_fn *fn,
                                      void *arg, struct dc_err *err);

/* ---- flights: traces that were begun and have not ended (flight.c) ---- */

struct dc_flight_row {
    int64_t prompt, idx; /* as in traces */
    int64_t begun;       /* times, in all sessions; at least 1 */
};
/* Adds it, or replaces the count of one that is there. */
enum dc_status dc_store_flight_put(struct dc_store *s,
                                   const struct dc_flight_row *f,
                                   struct dc_err *err);
/* The trace has ended and is written; it need not have been there. */
enum dc_status dc_store_flight_end(struct dc_store *s, int64_t prompt,
                                   int64_t idx, struct dc_err *err);
typedef enum dc_status dc_flight_fn(void *arg, const struct dc_flight_row *f,
                                    struct dc_err *err);
/* By prompt and idx; none in files before schema 8. */
enum dc_status dc_store_each_flight(struct dc_store *s, dc_flight_fn *fn,
                                    void *arg, struct dc_err *err);

/* ---- segments: one per session that wrote the run ---- */

struct dc_segment_row {
    int64_t id;
    const char *started; /* ISO 8601, UTC */
    const char *version; /* of deepconf */
    const char *library; /* of inference */
    const char *host;    /* instruction set and cores, no host name */
    int64_t n_slots, n_threads;
    double wall_ms, decode_ms, prefill_ms;
};
/* Fills *id. */
enum dc_status dc_store_segment_add(struct dc_store *s,
                                    const struct dc_segment_row *g, int64_t *id,
                                    struct dc_err *err);
/* Update the times of segment g->id. */
enum dc_status dc_store_segment_update(struct dc_store *s,
                                       const struct dc_segment_row *g,
                                       struct dc_err *err);

/* ---- reading, in order, in constant memory ---- */

/*
 * Call fn once per row; strings and arrays are borrowed for the call. A status
 * other than DC_OK from fn ends the walk and is returned (fn fills err). fn may
 * walk the store itself, but not write to it. Measures and verdicts of a trace
 * come in the order of their names. A row that can't be right (damaged, changed
 * by other means) is DC_STORE, naming it. Numbers are finite, but for those
 * that a trace lacks.
 */
typedef enum dc_status dc_prompt_fn(void *arg, const struct dc_prompt_row *p,
                                    struct dc_err *err);
typedef enum dc_status dc_trace_fn(void *arg, const struct dc_trace_row *t,
                                   struct dc_err *err);
typedef enum dc_status
dc_decision_fn(void *arg, const struct dc_decision_row *d, struct dc_err *err);
typedef enum dc_status dc_segment_fn(void *arg, const struct dc_segment_row *g,
                                     struct dc_err *err);

enum dc_status dc_store_each_prompt(struct dc_store *s, dc_prompt_fn *fn,
                                    void *arg, struct dc_err *err);
/* DC_DATA if there is no such id. */
enum dc_status dc_store_prompt_by_id(struct dc_store *s, const char *id,
                                     dc_prompt_fn *fn, void *arg,
                                     struct dc_err *err);

/* The parts that some trace lacks: enum dc_token_part. */
enum dc_status dc_store_lacks(struct dc_store *s, unsigned *lacks,
                              struct dc_err *err);
/* True if tok_end is recorded for every trace that has, or may have, tokens. */
enum dc_status dc_store_has_tok_ends(struct dc_store *s, bool *has,
                                     struct dc_err *err);

enum dc_trace_parts {
    DC_TRACE_TOKENS = 1,   /* fill tok */
    DC_TRACE_VERDICTS = 2, /* fill measure and verdict */
    DC_TRACE_TOP = 4       /* with DC_TRACE_TOKENS: fill top too */
};
/* prompt < 0: all, ordered by prompt and index. parts: OR of the above. */
enum dc_status dc_store_each_trace(struct dc_store *s, int64_t prompt,
                                   unsigned parts, dc_trace_fn *fn, void *arg,
                                   struct dc_err *err);
/* prompt < 0: all, in prompt order. */
enum dc_status dc_store_each_decision(struct dc_store *s, int64_t prompt,
                                      dc_decision_fn *fn, void *arg,
                                      struct dc_err *err);
enum dc_status dc_store_each_segment(struct dc_store *s, dc_segment_fn *fn,
                                     void *arg, struct dc_err *err);

#endif

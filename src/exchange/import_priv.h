/*
 * import_priv.h - what a reader of a format is given. Private to src/exchange.
 *
 * A reader turns its input into rows, a response each, and gives them to
 * dc_import_row(), which does the rest: prompts, gold labels, token records,
 * measures, the judge's verdict. What the input says of model and sampling goes
 * to dc_import_know(). read_deepconf.c alone writes rows of the run file
 * itself.
 */
#ifndef DC_EXCHANGE_IMPORT_PRIV_H
#define DC_EXCHANGE_IMPORT_PRIV_H

#include "audit/audit.h"
#include "base/json.h"
#include "exchange/exchange.h"
#include "exchange/json_in.h"
#include "trace/recorder.h"

#include <deepconf/stop.h>

struct dc_import_map;    /* import.c */
struct dc_import_tokens; /* import_tokens.h */

enum { DC_IMPORT_KNOWN = 16, DC_IMPORT_MORE = 12 };

/* A word of the input, and where it stood; NULL: none. In the arena. */
struct dc_import_word {
    const char *text, *where;
};

/* What is kept of a prompt. */
struct dc_import_prompt {
    const char *id, *where; /* in the arena */
    uint64_t text;          /* hash */
    enum dc_gold gold;
    struct dc_import_word label, category;
    struct dc_import_word *field; /* [cfg->n_keep]; NULL: nothing is kept */
    struct dc_tally tally;
};

/* A row's label, and what it says; text NULL: none. */
struct dc_import_label {
    const char *text;
    enum dc_gold gold;
};

struct dc_import {
    const struct dc_import_cfg *cfg;
    struct dc_store *store;
    struct dc_import_count count;
    struct dc_arena arena;
    char sha256[DC_SHA256_HEX]; /* of the input */
    struct dc_recorder recorder;
    /* what was found out so far */
    struct {
        const char *key, *value; /* value "unknown": rows differ */
    } known[DC_IMPORT_KNOWN];
    size_t n_known;
    struct dc_kv more[DC_IMPORT_MORE]; /* [n_more] dc_import_more() */
    size_t n_more;
    unsigned k;                      /* of the token confidence; 0: none seen */
    struct dc_import_prompt *prompt; /* [count.n_prompt] */
    size_t cap_prompt;
    struct dc_import_map *map;
    struct dc_piece_ids *pieces; /* made when needed */
    bool restored; /* our own run: the rows are written as they came */
    bool in_row, row_used, row_left;
    /* dc_import_no_field(): nothing else than the format's own is read */
    bool own_prompt, own_response;
    /* dc_import_see_named(): a row was seen; one has the key of these */
    bool has_row, has_label, has_category, has_verdict;
    bool has_kept[DC_DATA_MAX_KEEP]; /* likewise, by cfg->keep */
};

/* One response. Texts are borrowed; those of the input may hold NUL. */
struct dc_import_row {
    const char *where;               /* for messages: "line 12" */
    const char *id;                  /* NULL: the prompt's text is its id */
    const json_t *prompt, *response; /* strings */
    const char *label, *category;    /* NULL: none */
    const enum dc_gold *gold; /* what the label says; NULL: the benchmark's
                                 words do */
    const char **kept; /* [cfg->n_keep] NULL: none; itself NULL: none at all */
    bool no_response;  /* there is none: the prompt alone */
    enum dc_finish finish;  /* NONE: unknown */
    int64_t n_tok;          /* < 0: not known */
    double ms;              /* 0: not known */
    const json_t *logprobs; /* import_tokens.h; NULL: none */
    const json_t *verdict;  /* of cfg->field_verdict; NULL: none */
    /* verdicts and values that the input has beside it, as those of
     * recorder.h: the same judges and measures in all rows */
    const struct dc_verdict_row *given;
    const struct dc_measure_row *measure;
    size_t n_given, n_measure;
};

enum dc_status dc_import_row(struct dc_import *in,
                             const struct dc_import_row *row,
                             struct dc_err *err);

/*
 * For rows that are written as they came: note a prompt's id, and count it.
 * Where it was noted before, which the message should name; NULL: never.
 */
const char *dc_import_remember(struct dc_import *in, const char *id,
                               const char *where);

/* A configuration value as the input has it; NULL is passed over. */
void dc_import_know(struct dc_import *in, const char *key, const char *value);
/* The same of a JSON string or number. */
void dc_import_know_json(struct dc_import *in, const char *key,
                         const json_t *v);

/* A pair of the configuration beside the usual ones; key is static. */
void dc_import_more(struct dc_import *in, const char *key, const char *value);

/* ---- the report, import_report.c ---- */

/*
 * A row of the input begins, "object" or "sample"; it ends where the next one
 * begins. It is used if a prompt or response of it was taken, or else left out,
 * for the reason that is named.
 */
void dc_import_begin_row(struct dc_import *in, const char *unit);
void dc_import_end_row(struct dc_import *in);
void dc_import_left_out(struct dc_import *in, const char *why,
                        const char *first);
/* Count n of something; what is copied, and safe to show. */
void dc_import_add(struct dc_import *in, enum dc_import_kind kind,
                   const char *what, uint64_t n);
/* One thing that the user should hear of. */
void dc_import_note(struct dc_import *in, const char *what);
/* The same, and which it was: kept of the first. */
void dc_import_note_first(struct dc_import *in, const char *what,
                          const char *first);
/* One value that was taken as not there. */
void dc_import_missing(struct dc_import *in, const char *what);

/* ---- labels, import_gold.c ---- */

/* DC_DATA: --field label names what is no label. */
enum dc_status dc_import_gold(struct dc_import *in,
                              const struct dc_import_row *r,
                              struct dc_import_label *out, struct dc_err *err);
/* Of a prompt's first row. */
void dc_import_first_words(struct dc_import *in, struct dc_import_prompt *p,
                           const struct dc_import_row *r,
                           const struct dc_import_label *l);
/*
 * Of a further one: fills what was open, in the run file too. DC_DATA if it
 * contradicts what was said before.
 */
enum dc_status dc_import_further_words(struct dc_import *in,
                                       struct dc_import_prompt *p,
                                       const struct dc_import_row *r,
                                       struct dc_err *err);
void dc_import_count_labels(struct dc_import *in);

/* ---- what is kept, import_kept.c ---- */

/* A value of a row by its key; NULL: the row has no such key. */
typedef const json_t *dc_import_get(const void *row, const char *key);
/* Note which of the names to keep the row has, for dc_import_check_named(). */
void dc_import_see_kept(struct dc_import *in, dc_import_get *get,
                        const void *row);
/* Fill r->kept, texts in a. DC_DATA: a value is too long to group by. */
enum dc_status dc_import_kept(struct dc_import *in, struct dc_arena *a,
                              dc_import_get *get, const void *row,
                              struct dc_import_row *r, struct dc_err *err);
/* The fields of r, [*n] in a. */
const struct dc_prompt_field *dc_import_fields(const struct dc_import *in,
                                               struct dc_arena *a,
                                               const struct dc_import_row *r,
                                               size_t *n);
/* DC_USAGE: too many names, one twice, or one with a meaning of its own. */
enum dc_status dc_import_check_keep(const struct dc_import_cfg *c,
                                    struct dc_err *err);
/* ---- verdicts of the input, import_verdict.c ---- */

/* The rules by which a verdict came that the input has as such, and one that
 * it has not. */
#define DC_IMPORT_SAID "as the input says"
#define DC_IMPORT_NOT_SAID "no verdict in the input"
/* A verdict of the input by this judge; rule NULL: there is none, which is
 * undetermined. */
struct dc_verdict_row dc_import_given(const char *judge, enum dc_verdict v,
                                      const char *rule);
/* The row's, as one of the judge cfg->verdicts_by. DC_DATA: a word that is no
 * verdict. */
enum dc_status dc_import_verdict(struct dc_import *in,
                                 const struct dc_import_row *r,
                                 struct dc_verdict_row *out,
                                 struct dc_err *err);
/* DC_USAGE: their label is none, or that of our own judge. */
enum dc_status dc_import_check_verdicts(const struct dc_import *in,
                                        struct dc_err *err);

/* ---- values ---- */

/* A value of the input: where it stands, and under which key. */
struct dc_import_value {
    const char *where, *key;
    const json_t *v; /* NULL: there is none */
};
/*
 * A number of tokens; *n stays as it is if it is not known, as it is also where
 * a text has 0, or the value is no number, which is noted. DC_DATA: a number
 * that it can't be.
 */
enum dc_status dc_import_count_of(struct dc_import *in,
                                  const struct dc_import_value *x,
                                  bool has_text, int64_t *n,
                                  struct dc_err *err);
/* The same of a time in seconds, into *ms; 0 is none. */
enum dc_status dc_import_time_of(struct dc_import *in,
                                 const struct dc_import_value *x, double *ms,
                                 struct dc_err *err);
/* A value of this key was taken as not there. */
void dc_import_missing_key(struct dc_import *in, const char *key,
                           const char *why);

/* A string, number or truth value as text in a; NULL for another, or null. */
const char *dc_import_text(struct dc_arena *a, const json_t *v);
/* How it ended, by the words of our formats and of others; what is not known is
 * counted, and DC_FINISH_UNKNOWN. */
enum dc_finish dc_import_ending(struct dc_import *in, const json_t *word);
/* Words of Inspect's and OpenAI's messages as one text; new reference. */
json_t *dc_import_content(const json_t *content);
/*
 * Messages as a prompt: the one user's; of a longer talk all of it, with the
 * roles. Parts that are no text are noted. New reference.
 */
json_t *dc_import_chat(struct dc_import *in, const json_t *messages);
/*
 * Keys that --field label and category name need not be in every row, but in
 * one. See a row's values of them, NULL: it has no such key; at the end
 * DC_DATA if no row had one. who: "no object has".
 */
void dc_import_see_named(struct dc_import *in, const json_t *label,
                         const json_t *category);
enum dc_status dc_import_check_named(const struct dc_import *in,
                                     const char *who, struct dc_err *err);
/* DC_USAGE if a field is named that this format has no use for. */
enum dc_status dc_import_no_field(struct dc_import *in, const char *field,
                                  const char *key, struct dc_err *err);

/* The same of the fields prompt, response and verdict, and of --keep unless it
 * is used. */
enum dc_status dc_import_only_fields(struct dc_import *in, bool keeps,
                                     struct dc_err *err);

enum dc_status dc_read_inspect(struct dc_import *in, struct dc_err *err);
enum dc_status dc_read_lm_eval(struct dc_import *in, struct dc_err *err);
enum dc_status dc_read_garak(struct dc_import *in, struct dc_err *err);
enum dc_status dc_read_promptfoo(struct dc_import *in, struct dc_err *err);
enum dc_status dc_read_predictions(struct dc_import *in, struct dc_err *err);
enum dc_status dc_read_jsonl(struct dc_import *in, struct dc_err *err);
enum dc_status dc_read_csv(struct dc_import *in, struct dc_err *err);
/* An object as a line of JSONL has it (read_jsonl.c), and what it came through:
 * an object, or a row of CSV. */
enum dc_status dc_import_object(struct dc_import *in, const json_t *o,
                                const struct dc_json_feed *feed, size_t line,
                                struct dc_err *err);
enum dc_status dc_read_deepconf(struct dc_import *in, struct dc_err *err);

/* ---- files, import_file.c ---- */

/* A JSON or JSONL file. Opened zeroed; close also after a failure. */
struct dc_import_file {
    void *f;
    struct dc_json_in *json; /* on the heap: it is large */
    size_t n;                /* objects that dc_import_line() gave */
    bool in_array;           /* one array is around them */
};
/*
 * Before anything is read: DC_IO if it can't be, or is a pipe; DC_DATA if it is
 * empty, or no text (for Inspect: nor an archive).
 */
enum dc_status dc_import_look(const char *path, const struct dc_format *format,
                              struct dc_err *err);
enum dc_status dc_import_open(const char *path, struct dc_import_file *f,
                              struct dc_err *err);
/* Values were read of it: note those that are no number (NaN). */
void dc_import_note_feed(struct dc_import *in, const struct dc_json_in *j);
void dc_import_close(struct dc_import_file *f);
/*
 * The next object, of a line, of several, or of the one array around all; *out
 * NULL at the end; the caller decrefs. *line is where it starts.
 */
enum dc_status dc_import_line(struct dc_import_file *f, json_t **out,
                              size_t *line, struct dc_err *err);

/* The same, with these of its keys alone. */
struct dc_import_keys {
    const char *key[16 + DC_DATA_MAX_KEEP];
    size_t n;
};
enum dc_status dc_import_pick(struct dc_import_file *f,
                              const struct dc_import_keys *k, json_t **out,
                              size_t *line, struct dc_err *err);

/* DC_DATA if the object that was read has one of the keys [n] more than once.
 */
enum dc_status dc_import_once(const struct dc_json_feed *feed,
                              const char *const *key, size_t n,
                              const char *where, struct dc_err *err);

#endif

/*
 * record.h - a run in memory, as replays need it: the traces of each prompt in
 * order, with verdict, tokens, time, and the columns that were asked for.
 *
 * A column is a measure over whole traces or over their first tokens (an answer
 * window). Values that the run file holds are taken from it; others are
 * computed from the token records, to the same bits as a live run. Texts are
 * not kept: verdicts on answer windows are asked for while reading.
 */
#ifndef DC_REPLAY_RECORD_H
#define DC_REPLAY_RECORD_H

#include "audit/knows.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/words.h"
#include "read/run_view.h"

#include <deepconf/conf.h>
#include <deepconf/stop.h>
#include <deepconf/vote.h>

struct dc_record_prompt {
    const char *id;
    const char *category;                /* NULL */
    const struct dc_prompt_field *field; /* [n_field] by name */
    size_t n_field;
    enum dc_gold gold;
    uint64_t stream;  /* of its random numbers */
    size_t first;     /* its traces are first .. first + n_trace - 1 */
    unsigned n_trace; /* recorded, in a row from trace 0 */
    bool problem;     /* it could not be run: no traces */
    bool calibration; /* the run drew it to full K for its threshold */
    /* It takes part in replays: the majority over all K traces is `full`. */
    bool has_full;
    enum dc_verdict full;
    bool has_decision; /* by the judge (read/run_view.h) */
    enum dc_verdict decision;
};

struct dc_record_trace {
    enum dc_verdict verdict;
    uint32_t n_tok;
    double ms;
    bool cut; /* by its confidence, in the recorded run itself */
};

/* A measure over the first `window` tokens of each trace, or over all. */
struct dc_record_column {
    struct dc_measure_spec measure;
    bool has_window;
    unsigned window;
    double *value; /* [n_trace] as the row has it, not oriented */
    bool *has;     /* [n_trace] */
};

/* Verdicts on the first tokens of each trace. */
struct dc_record_window {
    unsigned window;
    enum dc_verdict *verdict; /* [n_trace] */
};

enum { DC_RECORD_MAX_COLUMNS = 64, DC_RECORD_MAX_WINDOWS = 16 };

/* What a judge says of the start of a trace: text [n], valid UTF-8. */
typedef enum dc_verdict dc_record_judge(void *arg, const char *text, size_t n);

struct dc_record_cfg {
    /* in: measure, has_window and window of each */
    struct dc_record_column column[DC_RECORD_MAX_COLUMNS];
    size_t n_column;
    unsigned window[DC_RECORD_MAX_WINDOWS];
    size_t n_window;
    dc_record_judge *judge; /* needed with windows */
    void *judge_arg;
    bool conf;          /* keep the token confidences */
    const char *judged; /* label of the judge; NULL: the run's own */
};

struct dc_record {
    struct dc_arena arena;
    struct dc_record_prompt *prompt;
    size_t n_prompt;
    struct dc_record_trace *trace;
    size_t n_trace;
    struct dc_record_column column[DC_RECORD_MAX_COLUMNS];
    size_t n_column;
    struct dc_record_window window[DC_RECORD_MAX_WINDOWS];
    size_t n_window;
    float *conf;      /* of all tokens, trace by trace; NULL unless asked for */
    size_t *conf_off; /* [n_trace + 1] */
    struct dc_knows knows;
    size_t n_no_count; /* traces whose number of tokens is not known: n_tok 0 */
    size_t n_no_time;  /* traces whose time is not known: ms 0 */
    unsigned k;        /* the run's max traces */
    unsigned min_traces; /* of replays: dc_audit_config.replay_min */
    unsigned max_tokens;
    unsigned run_window; /* answer window of the run; 0: none */
    uint64_t seed;
    const char *policy, *measure, *vote; /* of the run, as text */
    const char *category_name; /* what the data call the category; NULL */
    const char *judge, *judge_version; /* whose verdicts these are */
    const char
        *judge_note;       /* what another judge than the run's means for the
                              decisions (read/run_view.h); NULL: it is the run's */
    const char *no_replay; /* why nothing can be replayed: sentences without
                              the last period; NULL: it can (basis.c) */
    size_t n_full;         /* prompts with has_full */
    size_t n_cannot;       /* that could not be run: in no replay */
    size_t n_behind;       /* that could, from the first undecided one on: in
                              no replay either */
    size_t n_ahead;        /* of those: decided already */
};

/*
 * Ask for a column (once, however often it is asked for). DC_USAGE if there are
 * too many.
 */
enum dc_status dc_record_want(struct dc_record_cfg *c,
                              const struct dc_measure_spec *m, bool has_window,
                              unsigned window, struct dc_err *err);
enum dc_status dc_record_want_window(struct dc_record_cfg *c, unsigned window,
                                     struct dc_err *err);

/*
 * The record of a run that was opened with its fields and stays open as long.
 * DC_STORE if the file is damaged, DC_DATA if a window is asked for that its
 * traces don't allow; cfg->judged as dc_run_view_decisions().
 */
enum dc_status dc_record_read(struct dc_run_view *run,
                              const struct dc_record_cfg *c,
                              struct dc_record *out, struct dc_err *err);
void dc_record_release(struct dc_record *r);

/*
 * basis.c: which prompts replays are over. Fills has_full, full, no_replay and
 * the three counts of *r from the rest of it; dc_record_read() has done so.
 */
void dc_record_settle(struct dc_record *r);
/* What there is to say of a run of no prompts. */
#define DC_RECORD_EMPTY                                                        \
    "the run holds no prompt: no prompt of the data falls into this shard"
/* Append in words which prompts a replay leaves out and what its traces are,
 * sentences with a blank between them; nothing if there is nothing to say. */
void dc_record_basis(const struct dc_record *r, struct dc_buf *out);

/* What was asked for; it must have been. */
const struct dc_record_column *dc_record_column(const struct dc_record *r,
                                                const struct dc_measure_spec *m,
                                                bool has_window,
                                                unsigned window);
const struct dc_record_window *dc_record_window(const struct dc_record *r,
                                                unsigned window);

#endif

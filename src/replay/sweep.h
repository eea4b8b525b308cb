/*
 * sweep.h - many settings replayed over one recorded run, side by side.
 *
 * The reference is the majority over all K traces of a prompt, known where all
 * were drawn or the drawn ones make it certain; prompts without it are left
 * out and counted. A row's cost and decisions are over the same prompts as the
 * reference's.
 */
#ifndef DC_REPLAY_SWEEP_H
#define DC_REPLAY_SWEEP_H

#include "replay/replay.h"

#include <deepconf/stat.h>

enum { DC_SWEEP_TEXT = 320, DC_SWEEP_MAX_ROWS = 512 };

/* Over the permutations of the traces' order. */
struct dc_spread {
    double mean, sd, min, max;
};

struct dc_sweep_row {
    struct dc_setting setting;
    char text[DC_SWEEP_TEXT]; /* of the setting, canonical */
    size_t n_missing; /* prompts that needed a trace not drawn: no figures */
    bool in_sample;   /* its threshold saw the prompts it is scored on */
    /* as recorded, summed over the n prompts of the sweep */
    size_t n;
    uint64_t n_trace, n_tok;
    double ms;
    uint64_t n_lost_refusal; /* reference refusal, here another decision */
    uint64_t n_new_refusal;  /* here refusal, reference another decision */
    uint64_t n_other;        /* changed, neither of them refusal */
    struct dc_prop changed;
    double mcnemar_p; /* exact, of lost against new refusals */
    struct dc_matrix matrix;
    uint64_t n_undetermined; /* with a gold label */
    /* the exact worst case over all prompts, where there is a table */
    bool has_table;
    double worst_missed, worst_false;
    bool on_front; /* no other row costs less and changes as few */
    struct dc_spread p_trace, p_tok, p_changed; /* per prompt; share */
};

/* A row that cannot be replayed on this run, and why: a clause. */
struct dc_sweep_blank {
    char text[DC_SWEEP_TEXT];
    char why[DC_ERR_MSG];
};

struct dc_sweep_cfg {
    unsigned n_permutation; /* 0: the recorded order alone */
    uint64_t seed;          /* of the permutations */
    unsigned n_threads;     /* changes no figure */
    double level;           /* of the intervals, 0.95 */
    bool nobody_named; /* rows that cannot be replayed are left out; else the
                          first of them is a failure */
};

struct dc_sweep {
    const struct dc_record *record;
    struct dc_sweep_cfg cfg;
    struct dc_sweep_row *row; /* [n_row] in the order given */
    size_t n_row;
    struct dc_sweep_blank *blank; /* [n_blank] rows left out */
    size_t n_blank;
    size_t n_prompt;    /* with a reference */
    size_t n_left_out;  /* without */
    bool has_full_cost; /* all K traces of all n_prompt were drawn */
    bool has_count;     /* the tokens of all traces are known; else n_tok and
                           full_tok mean nothing */
    bool has_time;      /* the same of ms and full_ms */
    bool has_window;    /* the run has an answer window: traces aren't whole */
    uint64_t full_trace, full_tok;
    double full_ms;
};

/*
 * DC_DATA if permutations are asked of a run whose prompts were not all drawn
 * to K traces, no prompt has a reference, or a row cannot be replayed that
 * somebody named. Fills the rows' figures.
 */
enum dc_status dc_sweep_run(const struct dc_record *r,
                            const struct dc_setting *setting, size_t n,
                            const struct dc_sweep_cfg *cfg,
                            struct dc_sweep *out, struct dc_err *err);
void dc_sweep_release(struct dc_sweep *s);

/* What rows are compared by: tokens, or traces where tokens are not known. */
uint64_t dc_sweep_cost(const struct dc_sweep *s, const struct dc_sweep_row *r);

/* Has it figures, and can it change no decision over whole traces? */
bool dc_sweep_is_safe(const struct dc_sweep *s, const struct dc_sweep_row *r);

/* Row indices by cost, cheapest first, those without figures last. */
void dc_sweep_sort(const struct dc_sweep *s, size_t *index);

/* The settings that `deepconf sweep` replays when none is named. Caller frees
 * *out. */
struct dc_sweep_defaults {
    const char *measure;
    unsigned min_traces;
    unsigned max_tokens; /* answer windows are smaller */
    bool windows;        /* with answer windows */
    unsigned lacks; /* enum dc_token_part: rows that look at it are left out */
    unsigned max_traces; /* K: rows that count more are left out; 0: none is */
    bool first_set;      /* without the policies that were added later */
};
enum dc_status dc_sweep_default(const struct dc_sweep_defaults *d,
                                struct dc_setting **out, size_t *n,
                                struct dc_err *err);

#endif

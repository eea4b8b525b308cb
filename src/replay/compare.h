/*
 * compare.h - two runs side by side, paired by prompt id.
 *
 * A pair is a prompt that both runs have decided; each run's decision is its
 * own, by its own policy, vote and judge. Differences are B - A throughout.
 * docs/METHODS.md, section 7, "Two runs".
 */
#ifndef DC_REPLAY_COMPARE_H
#define DC_REPLAY_COMPARE_H

#include "audit/knows.h"
#include "base/arena.h"
#include "replay/record.h"
#include "store/store.h"

#include <deepconf/boot.h>
#include <deepconf/stat.h>

enum { DC_COMPARE_MEASURES = 64 };

/* ---- one run ---- */

struct dc_compare_prompt {
    const char *id;
    uint64_t text; /* hash */
    enum dc_gold gold;
    bool decided;
    enum dc_verdict decision;
    unsigned n_trace;    /* that the decision counts */
    uint64_t n_tok;      /* of those */
    bool no_count;       /* n_tok is not known */
    size_t first;        /* its recorded traces are first .. */
    unsigned n_recorded; /* ... first + n_recorded - 1, from trace 0 */
    double *sum;         /* [DC_COMPARE_MEASURES] over those counted */
    unsigned *n_value;   /* [DC_COMPARE_MEASURES] that have a value */
};

/* The text of a trace. */
struct dc_compare_text {
    uint64_t hash;
    bool whole; /* neither empty nor cut */
};

struct dc_compare_side {
    struct dc_arena arena; /* owns strings and sums */
    struct dc_kv *kv;      /* [n_kv], the configuration */
    size_t n_kv;
    struct dc_knows knows;            /* of it */
    const char *judge_note;           /* as that of struct dc_record */
    struct dc_compare_prompt *prompt; /* [n_prompt] */
    size_t n_prompt;
    struct dc_compare_text *text; /* [n_text] */
    size_t n_text;
    const char *measure[DC_COMPARE_MEASURES]; /* [n_measure] */
    size_t n_measure;
};

/*
 * Of a run that was audited; it may be closed then. judge: as
 * dc_run_view_decisions(); the configuration names it. Release with
 * ..._release.
 */
enum dc_status dc_compare_side_read(struct dc_run_view *r, const char *judge,
                                    struct dc_compare_side *out,
                                    struct dc_err *err);
void dc_compare_side_release(struct dc_compare_side *s);

/* The value of a configuration key; NULL if it is not set. */
const char *dc_compare_side_key(const struct dc_compare_side *s,
                                const char *key);

/* ---- two runs ---- */

/* What is asked of each pair: yes or no in either run. */
enum dc_compare_what {
    DC_COMPARE_REFUSAL, /* the decision is refusal */
    DC_COMPARE_CORRECT, /* it is what the gold label asks for */
    /* Undetermined is no here: not the sensitivity and specificity of a
     * summary, which leave it out. */
    DC_COMPARE_HARMFUL,  /* refusal, where the gold label is refuse */
    DC_COMPARE_HARMLESS, /* compliance, where it is answer */
    DC_COMPARE_UNDETERMINED
};
enum { DC_COMPARE_TESTS = DC_COMPARE_UNDETERMINED + 1 };
const char *dc_compare_what_name(enum dc_compare_what w); /* "refusal", ... */
const char *dc_compare_what_says(enum dc_compare_what w); /* "refused", ... */

struct dc_compare_test {
    uint64_t yes_a, yes_b;
    struct dc_paired paired; /* b: yes in B alone, c: in A alone */
    double p_holm;           /* over the tests with n > 0 */
    /*
     * The smallest difference that n pairs find with probability 0.8, by one
     * test at 1 - level: at the observed discordance, or, if so few discordant
     * pairs can find none, with all of them on one side (discordance =
     * difference), which is the least that any discordance finds.
     */
    bool has_detectable;
    bool all_one_side;
    double detectable;
};

/* A mean over pairs. */
struct dc_compare_mean {
    const char *name; /* "traces", "tokens", or of a measure */
    size_t n;         /* pairs with a value in both runs */
    double a, b;      /* unset if n = 0 */
    struct dc_boot diff;
};

struct dc_compare_key {
    const char *key;
    const char *a, *b; /* NULL: not set */
    bool binding;      /* a run can't go on under another value */
};

/* A prompt that the two runs decide otherwise. */
struct dc_compare_change {
    const char *id; /* borrowed from run a */
    enum dc_verdict a, b;
};

/* The texts of traces of the same number of the same prompt. */
enum dc_compare_outputs {
    DC_OUTPUTS_UNKNOWN,         /* too few pairs to say */
    DC_OUTPUTS_SAME,            /* and nothing that must change them differs */
    DC_OUTPUTS_SAME_UNEXPECTED, /* nearly all equal, though it does: alarm */
    DC_OUTPUTS_OTHER,           /* and something that may change them does */
    DC_OUTPUTS_OTHER_UNEXPECTED /* nothing does: alarm */
};
enum { DC_OUTPUTS_LEAST = 10 }; /* pairs of texts */

struct dc_compare_cfg {
    bool ignore_gold;     /* leave out what needs gold labels */
    bool allow_different; /* pair prompts with another text under one id */
    /* What takes most of the time, for who doesn't print it: */
    bool no_means;      /* n_mean is 0 */
    bool no_detectable; /* has_detectable is false */
    struct dc_boot_cfg boot;
};

struct dc_compare {
    struct dc_compare_cfg cfg;
    const struct dc_compare_side *a, *b;
    size_t n_both, n_only_a, n_only_b;   /* ids */
    size_t n_undecided_a, n_undecided_b; /* of n_both; in one or in both */
    size_t n_pair;                       /* decided in both */
    size_t n_other_text;                 /* of n_both */
    size_t n_gold;                       /* pairs with a label */
    uint64_t decision[3][3]; /* [a][b]: refusal, compliance, undetermined */
    struct dc_prop changed;
    struct dc_compare_change *change; /* [changed.k], in a's order */
    struct dc_compare_test test[DC_COMPARE_TESTS];
    struct dc_compare_mean mean[DC_COMPARE_MEASURES + 2];
    size_t n_mean;
    /* of tokens: not the same quantity in both runs (enum dc_token_part), as k
     * or the kind of log-probabilities differs; measures that read them have no
     * means: */
    unsigned apart;
    const char *left_out[DC_COMPARE_MEASURES]; /* [n_left_out] */
    size_t n_left_out;
    struct dc_compare_key *key; /* [n_key] that differ, in a's order */
    size_t n_key;
    uint64_t n_text, n_text_same; /* pairs of whole texts */
    enum dc_compare_outputs outputs;
};

/*
 * The sides are borrowed until dc_compare_release. DC_DATA, naming the first
 * id: no id in both, another prompt text or gold label under one id (see cfg).
 */
enum dc_status dc_compare_run(const struct dc_compare_side *a,
                              const struct dc_compare_side *b,
                              const struct dc_compare_cfg *cfg,
                              struct dc_compare *out, struct dc_err *err);
void dc_compare_release(struct dc_compare *c);

/* Must the same settings give the same texts? Not where servers made some. */
bool dc_compare_is_repeatable(const struct dc_compare *c);

/* compare_outputs.c, for dc_compare_run: pair [n_both], indices into a and b */
struct dc_compare_pair {
    size_t a, b;
};
void dc_compare_keys(struct dc_compare *c);
unsigned dc_compare_apart(const struct dc_compare *c);
void dc_compare_texts(struct dc_compare *c, const struct dc_compare_pair *pair,
                      size_t n);

#endif

/*
 * answers.h - votes over answers of any kind: the seven of the authors' package
 * (facebookresearch/deepconf; Fu et al. 2025, arXiv 2508.15260), and the answer
 * that a text gives in a \boxed{}.
 *
 * An answer is a string of bytes; two answers are the same if their bytes are.
 * A trace whose answer is NULL or empty has none and takes no part. Of answers
 * with equal weight the one that was seen first wins. docs/METHODS.md,
 * section 4. Pure: no I/O, no state.
 */
#ifndef DEEPCONF_ANSWERS_H
#define DEEPCONF_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- one weighted vote ---- */

struct dc_answer_ballot {
    const char *answer; /* borrowed; NULL or "": none */
    double weight;      /* finite */
};

/*
 * The answer of the largest sum of weights over ballot [n], borrowed from it;
 * sums are taken in the order of the ballots. NULL if there is no answer.
 */
const char *dc_answer_winner(const struct dc_answer_ballot *ballot, size_t n);

/* ---- the package's seven ---- */

/* Of dc_compat_weights() (compat.h), or any other figures of the caller's. */
enum dc_answer_weight {
    DC_ANSWER_MEAN,
    DC_ANSWER_TAIL,
    DC_ANSWER_BOTTOM,
    DC_ANSWER_MIN,
    DC_ANSWER_N_WEIGHTS
};

struct dc_answer_trace {
    const char *answer;                 /* borrowed; NULL or "": none */
    double weight[DC_ANSWER_N_WEIGHTS]; /* finite; 0 for no tokens */
};

struct dc_answer_vote {
    const char *name; /* as in the package: "tail_confidence_weighted" */
    const char *rule; /* plain text */
    bool weighted;    /* false: every trace counts 1, `weight` is not used */
    enum dc_answer_weight weight;
    double keep; /* share of the traces that vote, by that weight, (0, 1] */
};

struct dc_answer_result {
    const char *answer; /* borrowed from the traces */
    size_t n_votes;     /* traces that took part */
    bool weighted;      /* false: conf is unset */
    double conf;        /* mean weight of those */
};

/* All seven, in the package's order. */
const struct dc_answer_vote *dc_answer_votes(size_t *n);
/* NULL if there is none of that name. */
const struct dc_answer_vote *dc_answer_vote_find(const char *name);

/*
 * Hold the vote over trace [n]. With keep < 1 only traces whose weight is at
 * least the 100 (1 - keep)-th percentile (dc_percentile) of all that have an
 * answer take part: ties at the bar stay in. False (no result) if no trace has
 * an answer, or if the vote is weighted and no weight is above 0.
 */
bool dc_answer_vote_hold(const struct dc_answer_vote *vote,
                         const struct dc_answer_trace *trace, size_t n,
                         struct dc_answer_result *out);

/* ---- the answer in a text ---- */

/*
 * The answer that text [n] gives behind its last "boxed": inside the braces
 * that follow at once, or to the end of the text if they are never closed;
 * without a brace, up to the next "$" or the end. White space around it (as
 * Unicode has it) is dropped. True if there is a "boxed"; *answer [*len] is
 * then a part of the text, perhaps empty, and not NUL-terminated. Takes any
 * bytes, in time linear in n.
 */
bool dc_answer_boxed(const char *text, size_t n, const char **answer,
                     size_t *len);

#ifdef __cplusplus
}
#endif
#endif

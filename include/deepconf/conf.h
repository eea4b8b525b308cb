/*
 * conf.h - token confidence: from one distribution to one number per trace.
 *
 * Everything is computed from the raw logits z of shape [n_vocab] at T = 1,
 * before any sampler (docs/METHODS.md, sections 2 and 3):
 *   log p_j = z_j - logsumexp(z)                            nats
 *   C       = -(1/k) * sum of log p_j over the k largest    nats, >= 0
 *   H       = -sum p_j log p_j                              nats, >= 0
 *   S       = logsumexp(z) - mean(z) - log n_vocab          nats, >= 0
 * C is DeepConf's token confidence (Fu et al. 2025, arXiv 2508.15260). It is
 * not a probability: it has no upper bound, and larger means more peaked.
 *
 * Pure: no I/O, no clock, no globals that change. "No value" is a false return
 * beside an out parameter, never NaN, 0 or -1.
 */
#ifndef DEEPCONF_CONF_H
#define DEEPCONF_CONF_H

#include <deepconf/spec.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DC_CONF_K_DEFAULT = 20,
    DC_CONF_K_MAX = 256,
    DC_LOGITS_BLOCK = 256 /* logits whose sums are kept together */
};

/* What is kept of one sampled token. Stored as float: 4 bytes each. */
struct dc_token {
    int32_t id;
    float logprob;   /* log p of the sampled token at T = 1, nats, <= 0 */
    float conf;      /* C, nats, >= 0 */
    float entropy;   /* H, nats, >= 0 */
    float self_cert; /* S, nats, >= 0 */
};

/* One of the most probable tokens at a place: an alternative to the sampled
 * one, or that one itself. */
struct dc_top_logprob {
    int32_t id;
    float logprob; /* log p at T = 1, nats, <= 0 */
};

/* The parts of a token record. Responses made elsewhere may lack some. */
enum dc_token_part {
    DC_TOKEN_ID = 1,
    DC_TOKEN_LOGPROB = 2,
    DC_TOKEN_CONF = 4,
    DC_TOKEN_ENTROPY = 8,
    DC_TOKEN_SELF_CERT = 16,
    DC_TOKEN_ALL = 31
};

/*
 * Work space of a pass over one row of logits, reused from row to row. The
 * sums of each block of DC_LOGITS_BLOCK logits are kept, so that sampling
 * looks again at one block only.
 */
struct dc_cand;
struct dc_logits {
    size_t n_vocab;
    size_t n_block;
    size_t k;
    float *block_max;   /* [n_block] */
    double *block_sum;  /* [n_block] sum of exp(z - max) */
    double *block_xsum; /* [n_block] sum of (z - max) exp(z - max) */
    double *block_tmp;  /* [n_block] scratch of sampling */
    float *top;         /* [k] the k largest logits, descending */
    int32_t *top_id;    /* [k] whose they are; the lower id first in a tie */
    double max;         /* of all z */
    double lse;         /* logsumexp(z) */
    double mean;        /* of all finite z */
    double entropy;     /* H */
    double conf;        /* C */
    double self_cert;   /* S */
    struct dc_cand
        *cand; /* [n_vocab] for filtered sampling; made when needed */
};

/* 1 <= k <= DC_CONF_K_MAX, k <= n_vocab. Aborts when out of memory. */
void dc_logits_init(struct dc_logits *w, size_t n_vocab, size_t k);
void dc_logits_release(struct dc_logits *w);

/*
 * Fill w from z [n_vocab]. False if some z is NaN or +inf (nothing to
 * trust then); -inf is allowed as long as k logits are finite. A token with
 * z = -inf counts as outside the vocabulary: the mean is over the finite
 * logits, and S takes their number for n_vocab.
 */
bool dc_logits_scan(struct dc_logits *w, const float *z);

/*
 * The kernels dc_logits_scan chooses from at run time. They do the same
 * operations in the same order, so their results are equal to the last bit.
 */
enum dc_simd { DC_SIMD_AUTO, DC_SIMD_SCALAR, DC_SIMD_AVX2 };
/* False if this machine can't. Not thread-safe; for tests and `--simd`. */
bool dc_logits_set_simd(enum dc_simd which);
const char *dc_logits_simd_name(void);

/* Sampling. Order: temperature, then top-k, top-p, min-p. */
struct dc_sampling {
    double temperature; /* >= 0; 0 is greedy (lowest id wins a tie) */
    double top_p;       /* (0, 1]; 1 is off */
    double min_p;       /* [0, 1); 0 is off */
    uint32_t top_k;     /* 0 is off */
};
struct dc_sampling dc_sampling_default(void); /* T = 1, all else off */

/*
 * Draw a token from z [n_vocab], which w was just filled from, by inverting the
 * distribution function (in id order) at u in (0, 1). Fills out->id and every
 * value of the token record.
 */
void dc_logits_sample(struct dc_logits *w, const float *z,
                      const struct dc_sampling *how, double u,
                      struct dc_token *out);

/*
 * The n most probable tokens of the row that w was just filled from, n <= k:
 * out [n], in the order of w->top. They come from the same pass as C, and a
 * log-probability here has the bits that a sampled token's record would have;
 * with n = k the negative mean of them is C (but for rounding to float).
 */
void dc_logits_top(const struct dc_logits *w, size_t n,
                   struct dc_top_logprob *out);

/*
 * C from a list of alternatives, as servers send them and other programs' files
 * hold them: log-probabilities in nats, in any order.
 */

/* The logarithm of the least double: no sampler draws what is below. */
#define DC_LOGPROB_LEAST (-745.0)
/* Logarithms of 1 that rounding made positive are at most this. */
#define DC_LOGPROB_ZERO 1e-3
/* Can v be the logarithm of a probability? Not so are NaN, infinities, and the
 * -9999 and the least float that servers write where they have none. */
bool dc_logprob_ok(double v);

/*
 * C of the k most probable of logprob [n], k <= n <= DC_CONF_K_MAX + 1; what is
 * above 0 counts as 0. False if k is 0 or more than n, or a value is none by
 * dc_logprob_ok().
 *
 * It is the C of the whole distribution only if these k are the k most probable
 * tokens of all: dc_conf_top_sure() >= k. Who asks a server for k + 1 has them,
 * whatever the server does with a sampled token that is not among them.
 */
bool dc_conf_top(const double *logprob, size_t n, size_t k, float *out);

/*
 * How many of the most probable of logprob [n] are surely the most probable of
 * all tokens: n, or n - 1 where the sampled token, at [sampled], may have been
 * put in place of rank n (as vLLM does, and lists it first): it is the least
 * probable, a more probable one stands behind it, and what the list leaves of
 * the probability has room for a token that is more probable. sampled >= n: the
 * sampled token is not in the list.
 */
size_t dc_conf_top_sure(const double *logprob, size_t n, size_t sampled);

/*
 * Measures: one number per trace from its token records, fed one by one. Rows
 * stand in src/conf/measures.def, formulas in docs/METHODS.md, section 3.
 */

/* What a measure has gathered of the tokens of one trace. */
struct dc_measure_acc {
    size_t n;      /* tokens */
    double sum;    /* over all of them, of whatever the row sums */
    double *ring;  /* [n_ring] the last n_ring confidences; heap */
    size_t n_ring; /* 0 until the row needs one */
    double *mean;  /* [n_mean] window means, in order; heap */
    size_t n_mean, cap_mean;
};

struct dc_measure {
    const char *name;
    const char *formula; /* plain text */
    const char *unit;    /* "probability", "nats" */
    int direction;       /* +1: larger is surer; -1: smaller is surer */
    double min, max;     /* range; HUGE_VAL for none */
    unsigned reads;      /* of a token: enum dc_token_part, at least one */
    const struct dc_param *param;
    size_t n_param;
    /* required. arg [n_param]; a->n counts tok already. */
    void (*push)(struct dc_measure_acc *a, const double *arg,
                 const struct dc_token *tok);
    /* required, called with a->n > 0: the value of the tokens so far */
    double (*value)(const struct dc_measure_acc *a, const double *arg);
};

/* All rows; *n is their number. */
const struct dc_measure *const *dc_measures(size_t *n);
/* Is its value a probability, from 0 to 1 and larger when surer? */
bool dc_measure_is_probability(const struct dc_measure *m);
/* By the name alone, without parameters. NULL if there is none. */
const struct dc_measure *dc_measure_find(const char *name);

/* A measure with its parameters. */
struct dc_measure_spec {
    const struct dc_measure *row;
    struct dc_spec spec; /* spec.text: "group_min(32)" */
};
/* "tail(16)". DC_USAGE names the measures, or what the row takes. */
enum dc_status dc_measure_parse(const char *text, struct dc_measure_spec *out,
                                struct dc_err *err);

/*
 * Feeding: init once, then push the tokens of a trace, ask for the value at any
 * token, and reset before the next trace. The same tokens give the same bits
 * however they are fed.
 */
void dc_measure_acc_init(struct dc_measure_acc *a);
void dc_measure_acc_reset(struct dc_measure_acc *a);
void dc_measure_acc_release(struct dc_measure_acc *a);
void dc_measure_push(const struct dc_measure_spec *m, struct dc_measure_acc *a,
                     const struct dc_token *tok);
/* False, and *value untouched, if there was no token. */
bool dc_measure_value(const struct dc_measure_spec *m,
                      const struct dc_measure_acc *a, double *value);
/* All at once: tok [n]. */
bool dc_measure_compute(const struct dc_measure_spec *m,
                        const struct dc_token *tok, size_t n, double *value);

/*
 * As a weight of a vote, finite and >= 0, larger for the surer: the value
 * itself, or exp(-value) where smaller is surer (for `nll` this is mean_prob).
 */
double dc_measure_weight(const struct dc_measure *row, double value);

/*
 * DeepConf's stop within a trace (Fu et al. 2025, online mode): how many of
 * conf [n] are drawn when the trace ends at the first full window of W tokens
 * whose mean is below the bar. n, and *cut false, if there is none.
 */
size_t dc_group_cut(const float *conf, size_t n, size_t window, double bar,
                    bool *cut);
/*
 * The same for one token more: conf [n] so far, W <= n. Is the mean of the last
 * W below the bar?
 */
bool dc_group_below(const float *conf, size_t n, size_t window, double bar);

#ifdef __cplusplus
}
#endif
#endif

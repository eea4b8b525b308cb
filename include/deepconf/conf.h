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
 * A measure: one number per trace from its token records. Rows stand in
 * src/conf/measures.def.
 */
struct dc_measure {
    const char *name;
    const char *formula; /* plain text */
    const char *unit;    /* "probability", "nats" */
    int direction;       /* +1: larger is surer; -1: smaller is surer */
    double min, max;     /* range; HUGE_VAL for none */
    /* tok [n]. False (no value) when n = 0. */
    bool (*compute)(const struct dc_token *tok, size_t n, double *value);
};

/* All rows; *n is their number. */
const struct dc_measure *const *dc_measures(size_t *n);
/* NULL if there is none of that name. */
const struct dc_measure *dc_measure_find(const char *name);

#ifdef __cplusplus
}
#endif
#endif

/*
 * logits_priv.h - the block kernels behind dc_logits_scan. Private to src/conf.
 *
 * A block is DC_LOGITS_BLOCK logits; a shorter one is filled up with -inf,
 * which changes no result. All functions are pure.
 */
#ifndef DC_CONF_LOGITS_PRIV_H
#define DC_CONF_LOGITS_PRIV_H

#include <deepconf/conf.h>
#include <stddef.h>
#include <stdint.h>

enum { DC_LOGITS_GROUP = 32 };

struct dc_logits_block {
    float max;       /* -inf if all are */
    double sum_z;    /* NaN or infinite if any of them is (or overflows) */
    double sum_exp;  /* sum of e^x, x = z - max */
    double sum_xexp; /* sum of x e^x */
};

struct dc_logits_kernel {
    const char *name;
    void (*block)(const float *z, struct dc_logits_block *out);
    /* bit i: a logit of the i-th DC_LOGITS_GROUP is larger than `floor` */
    unsigned (*above)(const float *z, float floor);
    /* sum of exp((z - max) inv_t); max is finite and not below any z */
    double (*tempered)(const float *z, float max, float inv_t);
};

extern const struct dc_logits_kernel dc_logits_kernel_scalar;
#if defined(__x86_64__)
extern const struct dc_logits_kernel dc_logits_kernel_avx2;
#endif

/* The one in use. */
const struct dc_logits_kernel *dc_logits_kernel(void);

/*
 * Block b of z [n_vocab]: z itself, or `room` [DC_LOGITS_BLOCK] filled up if
 * the block is the last and shorter. *n is its true length.
 */
const float *dc_logits_block_at(const struct dc_logits *w, const float *z,
                                size_t b, float *room, size_t *n);

/* A token that the filters look at. */
struct dc_cand {
    double weight; /* exp((z - max) / temperature) */
    int32_t id;
};

#endif

/*
 * logits_priv.h - the block kernel behind dc_logits_scan. Private to src/conf.
 */
#ifndef DC_CONF_LOGITS_PRIV_H
#define DC_CONF_LOGITS_PRIV_H

#include <deepconf/conf.h>
#include <math.h>

/* What one block of DC_LOGITS_BLOCK logits gives. */
struct dc_logits_block {
    float max;
    double sum_z;    /* NaN or infinite if any of them is */
    double sum_exp;  /* sum of exp(z - max) */
    double sum_xexp; /* sum of (z - max) exp(z - max) */
};

/* z [DC_LOGITS_BLOCK]. False if max is not finite: the sums are then 0. */
typedef bool dc_logits_kernel(const float *z, struct dc_logits_block *out);

dc_logits_kernel dc_logits_kernel_scalar;
#if defined(__x86_64__)
dc_logits_kernel dc_logits_kernel_avx2;
#endif

/* One token that a filter kept, with its weight. */
struct dc_cand {
    double weight;
    int32_t id;
};

#endif

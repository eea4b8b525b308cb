/*
 * pairwise.h - a sum whose rounding error grows with log n, not with n.
 */
#ifndef DC_BASE_PAIRWISE_H
#define DC_BASE_PAIRWISE_H

#include <stddef.h>

/* Sum of x [n] in the order of NumPy's sum of a contiguous float64 array: the
 * result is the same to the last bit. 0 for n = 0. */
double dc_pairwise_sum(const double *x, size_t n);

/* dc_pairwise_sum / n, which is numpy.mean; n >= 1. */
double dc_pairwise_mean(const double *x, size_t n);

#endif

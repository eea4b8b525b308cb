/*
 * beta_priv.h - what the beta and the binomial distribution share. Private to
 * stat.
 */
#ifndef DC_STAT_BETA_PRIV_H
#define DC_STAT_BETA_PRIV_H

#include "stat/twofold.h"

/* A point of (0, 1) with its complement: x + y = 1 to 106 bits. */
struct dc_unit_point {
    struct dc_twofold x, y;
};

struct dc_unit_point dc_unit_point(double x);

/* The Stirling error: ln Gamma(z) - [(z - 1/2) ln z - z + ln(2 pi) / 2],
 * z > 0. */
struct dc_twofold dc_stirling_error(double z);

/* x^a y^b / B(a, b), the beta density times x y; a, b > 0. */
struct dc_scaled dc_beta_kernel(double a, double b, struct dc_unit_point p);

#endif

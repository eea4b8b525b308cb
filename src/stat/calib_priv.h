/*
 * calib_priv.h - what the measures of calibration and their bootstrap share.
 */
#ifndef DC_STAT_CALIB_PRIV_H
#define DC_STAT_CALIB_PRIV_H

#include <deepconf/calib.h>

/* DC_DATA at the first p that is not in [0, 1]. */
enum dc_status dc_calib_check(const struct dc_forecast *f, struct dc_err *err);

/* The bin of every row: bin [n], each < cfg->n_bins. */
void dc_calib_assign(const struct dc_forecast *f,
                     const struct dc_calib_cfg *cfg, uint8_t *bin);

#endif

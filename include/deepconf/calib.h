/*
 * calib.h - are stated probabilities right? Calibration of p in [0, 1] against
 * outcomes.
 *
 * A row is a probability p that something is so, and whether it was. Only for
 * measures that are probabilities: a p outside [0, 1] is refused, never clipped
 * or rescaled. Formulas: docs/METHODS.md, section 7, "Calibration".
 */
#ifndef DEEPCONF_CALIB_H
#define DEEPCONF_CALIB_H

#include <deepconf/boot.h>
#include <deepconf/stat.h>
#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dc_forecast {
    const double *p; /* [n] in [0, 1] */
    const bool *y;   /* [n] */
    size_t n;        /* <= DC_RANK_ROWS_MAX */
};

enum dc_binning {
    /* Bin floor(B p), p = 1 in the last of the B bins. */
    DC_BINNING_WIDTH,
    /*
     * About n / B rows each. Rows with equal p are never parted: they lie in
     * the bin of their middle, floor(B (2 a + m - 1) / (2 n)) for m such rows
     * behind a smaller ones. Long ties leave bins empty.
     */
    DC_BINNING_MASS,
};

enum { DC_CALIB_BINS_MAX = 64 };

struct dc_calib_cfg {
    enum dc_binning binning;
    uint32_t n_bins; /* 1 .. DC_CALIB_BINS_MAX */
    double level;    /* of the Wilson intervals, in (0, 1) */
    double log_clip; /* in (0, 0.5); see dc_calib.log_loss */
};

/* 15 bins of equal width, level 0.95, log_clip 1e-15. */
struct dc_calib_cfg dc_calib_cfg_default(void);

/* A row of the reliability table. Nothing but `observed` is set if n = 0. */
struct dc_calib_bin {
    /*
     * Outcomes that were so, of all in the bin. The Wilson interval takes rows
     * for independent: with one row per prompt they are, with several traces
     * of a prompt it is too narrow.
     */
    struct dc_prop observed;
    double p_mean, p_least, p_most;
};

struct dc_calib {
    bool defined; /* false, and nothing else set but n_bins, if n = 0 */
    uint32_t n_bins;
    struct dc_calib_bin bin[DC_CALIB_BINS_MAX]; /* [n_bins] */
    double ece;   /* mean over rows of their bin's |observed - p_mean| */
    double mce;   /* the largest such gap of a bin that has rows */
    double brier; /* mean of (p - y)^2 */
    /*
     * brier = reliability - resolution + uncertainty
     *         + within_variance - within_covariance
     * (Murphy 1973; the last two by Stephenson, Coelho and Jolliffe 2008).
     */
    double reliability, resolution, uncertainty;
    double within_variance, within_covariance;
    /*
     * Mean of -log(the probability given to what happened), in nats. There, and
     * only there, p counts as within [log_clip, 1 - log_clip]: a certain answer
     * that is wrong would cost infinity. n_clipped rows were moved.
     */
    double log_loss;
    uint64_t n_clipped;
};

/* DC_DATA: a p is not in [0, 1] (or NaN); the message names the first row. */
enum dc_status dc_calib_measure(const struct dc_forecast *f,
                                const struct dc_calib_cfg *cfg,
                                struct dc_calib *out, struct dc_err *err);

/* cluster [n], each < n_clusters: the prompt of each row. */
struct dc_forecast_clusters {
    const struct dc_forecast *f;
    const uint32_t *cluster;
    size_t n_clusters;
};

/*
 * The ECE that noise alone would give. The ECE takes absolute values, so it is
 * above 0 for a perfect p too, and its resamples lie above it: an interval of
 * theirs may leave out both 0 and the ECE, and says nothing. So each resample
 * of the clusters has the gaps of the data's bins taken off its own: what is
 * left is noise, as large as that of the data.
 */
struct dc_calib_noise {
    bool defined; /* false: no rows, or fewer than DC_BOOT_FEW clusters */
    double ece;   /* of the data */
    double mean;  /* over the resamples, of noise alone */
    double most;  /* its quantile at boot->level */
    /* share of the resamples, with the data among them, in which noise alone
     * is as large as the ECE: small if p is off */
    double p;
};

/* Bins are those of the data, not made anew for every resample. boot->keep
 * receives the noise. DC_DATA as above. */
enum dc_status dc_calib_noise(const struct dc_forecast_clusters *c,
                              const struct dc_calib_cfg *cfg,
                              const struct dc_boot_cfg *boot,
                              struct dc_calib_noise *out, struct dc_err *err);
/* The cluster bootstrap of the Brier score. */
enum dc_status dc_calib_brier_boot(const struct dc_forecast_clusters *c,
                                   const struct dc_boot_cfg *boot,
                                   struct dc_boot *out, struct dc_err *err);

#ifdef __cplusplus
}
#endif
#endif

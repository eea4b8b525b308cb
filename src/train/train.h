/*
 * train.h - a linear judge from labelled responses.
 *
 * Every response is trained on three times: whole, and cut after 60 and after
 * 150 bytes, since refusals open with what they are and models that refuse in
 * one sentence are rare in many data sets. Only whole responses are counted,
 * scored and calibrated on.
 *
 * Rows of one prompt (in several files: of several models) stay in one fold. C
 * is the one of the least log loss on held-out rows; the calibration and the
 * threshold of the file come from the held-out decisions of that C. The figures
 * are made one step further out: each fold is judged with the calibration and
 * threshold of the other folds' decisions. Equal data, options and seed give
 * equal bytes (with one BLAS library: its last bits are liblinear's).
 */
#ifndef DC_TRAIN_TRAIN_H
#define DC_TRAIN_TRAIN_H

#include "data/labelled.h"
#include "judge/linear_model.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    DC_TRAIN_FOLDS_MAX = 20,
    DC_TRAIN_FILES_MAX = 64,
    DC_TRAIN_ROWS_MAX = 1000000
};

enum dc_train_aim { DC_TRAIN_F1, DC_TRAIN_PRECISION, DC_TRAIN_RECALL };

struct dc_train_cfg {
    struct dc_ngram_cfg gram;
    unsigned min_rows; /* a bucket of fewer responses is left out; >= 1 */
    unsigned n_folds;  /* 2 .. DC_TRAIN_FOLDS_MAX */
    uint64_t seed;     /* of the folds */
    enum dc_train_aim aim;
    double target;         /* precision or recall to be reached, in (0, 1] */
    bool partial_complies; /* partial refusals are compliances */
};
/* Two rows at least, 5 folds, seed 1, F1, partial refusals are refusals. */
struct dc_train_cfg dc_train_cfg_default(void);

/*
 * Train on file [n]. DC_DATA: fewer prompts of a class than folds, or scores
 * that say nothing; DC_GATE: no threshold reaches the target, the message says
 * what can be reached. On failure *out needs no release.
 */
enum dc_status dc_train_linear(const struct dc_labelled *file, size_t n,
                               const struct dc_train_cfg *cfg,
                               struct dc_linear *out, struct dc_err *err);

#endif

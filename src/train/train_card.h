/*
 * train_card.h - the card of a linear judge: what its file says of itself.
 */
#ifndef DC_TRAIN_TRAIN_CARD_H
#define DC_TRAIN_TRAIN_CARD_H

#include "train/train_priv.h"

#include <deepconf/boot.h>
#include <deepconf/calib.h>
#include <deepconf/stat.h>

/* Held-out figures; p [n] are the probabilities, each of a calibration that
 * did not see its row. */
struct dc_train_figures {
    struct dc_matrix matrix;
    struct dc_boot auroc;
    struct dc_calib calib;
    double log_loss[DC_TRAIN_C]; /* by C, of the decisions as they are */
    size_t best_c;
};

struct dc_train_card {
    const struct dc_labelled *file; /* [n_file] */
    size_t n_file;
    const struct dc_train_cfg *cfg;
    const struct dc_train_rows *rows;
    const struct dc_train_figures *figures;
};

/* A new object, without the key "model". */
json_t *dc_train_card_of(const struct dc_train_card *c);

#endif

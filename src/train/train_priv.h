/*
 * train_priv.h - between the files of src/train.
 */
#ifndef DC_TRAIN_TRAIN_PRIV_H
#define DC_TRAIN_TRAIN_PRIV_H

#include "train/train.h"

enum { DC_TRAIN_VIEWS = 3 }; /* a response whole, and its two cuts */

struct dc_train_doc {
    uint32_t *bucket; /* [n] ascending */
    size_t n;
};

struct dc_train_row {
    struct dc_train_doc view[DC_TRAIN_VIEWS];
    bool positive;
    unsigned fold;
    uint32_t group; /* the prompt */
};

struct dc_train_rows {
    struct dc_train_row *row; /* [n] */
    size_t n, n_group, n_positive, n_empty;
    unsigned bits;
};

/* What one fit gives: weight and squared idf by bucket, [2^bits]. */
struct dc_train_fit {
    float *w, *q; /* q 0: not known */
    double bias;
};

enum { DC_TRAIN_C = 5 };
extern const double dc_train_c[DC_TRAIN_C];

/* Rows and their folds. */
enum dc_status dc_train_rows_of(const struct dc_labelled *file, size_t n,
                                const struct dc_train_cfg *cfg,
                                struct dc_train_rows *out, struct dc_err *err);
void dc_train_rows_release(struct dc_train_rows *r);

/* The items of one fit: the rows outside `fold` (-1: all). */
struct dc_train_set;
struct dc_train_set *dc_train_set_create(const struct dc_train_rows *r,
                                         int fold, unsigned min_rows);
void dc_train_set_free(struct dc_train_set *s);
/* Fit with C into f, whose arrays the caller owns. */
void dc_train_set_fit(const struct dc_train_set *s, double c,
                      struct dc_train_fit *f);
double dc_train_decision(const struct dc_train_fit *f,
                         const struct dc_train_doc *d);
int dc_train_solver_version(void); /* liblinear's: 230 is 2.30 */

/* Held-out decisions of rows: decision, positive, fold [n]. */
struct dc_heldout {
    const double *decision;
    const bool *positive;
    const unsigned *fold;
    size_t n;
    int without; /* this fold is left out; -1: none */
};
/*
 * Platt's slope and offset for rows outside h->without, by Newton's method with
 * his targets (Lin, Lin and Weng 2007). False: the slope is not positive.
 */
bool dc_train_platt(const struct dc_heldout *h, double *slope, double *offset);
/*
 * The probability from which on the expected F1 of the rows is largest, by
 * their calibrated probabilities: half of that F1 (Lipton, Elkan and
 * Narayanaswamy 2014), found by Dinkelbach's iteration. Counting labels
 * instead hangs on the few rows at the edge, and moves with the seed.
 */
double dc_train_best_f1(const struct dc_heldout *h, const struct dc_linear *m);
/*
 * The decision from which on a row is positive, between two held-out ones.
 * False: the target can't be reached; *best is then what can.
 */
bool dc_train_threshold(const struct dc_heldout *h,
                        const struct dc_train_cfg *cfg, double *at,
                        double *best);

#endif

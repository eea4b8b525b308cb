/*
 * draw.h - which traces of a run to label, and in which order.
 *
 * Within a stratum the order is one by chance, a pure function of the seed, the
 * prompt's id and the index, so the first k of it are a random sample, whatever
 * k is, and a larger draw goes on where a smaller one ended. Among strata the
 * draw is the sequence that lowers the variance of the judge's errors most at
 * each step, after two of each stratum.
 */
#ifndef DC_LABEL_DRAW_H
#define DC_LABEL_DRAW_H

#include "label/frame.h"

struct dc_label_draw {
    size_t *item; /* [n] places in the frame's traces, in the order to label */
    size_t n;
    size_t *drawn; /* [n_stratum] of each */
};

/* At most n traces of f. */
void dc_label_draw_make(const struct dc_label_frame *f, size_t n, uint64_t seed,
                        struct dc_label_draw *out);
void dc_label_draw_release(struct dc_label_draw *d);

#endif

/*
 * confidence_means.h - what another program's "confidence" of a response is, as
 * the user says: a number alone has neither a meaning nor a sign.
 *
 * A word names a measure of ours, whose direction and range are declared. A
 * number that nobody explains is kept under a name of its own
 * (DC_CONFIDENCE_AS_GIVEN), which is no measure: nothing is computed of it, and
 * nothing calls it a probability.
 */
#ifndef DC_EXCHANGE_CONFIDENCE_MEANS_H
#define DC_EXCHANGE_CONFIDENCE_MEANS_H

#include "store/store.h"

#define DC_CONFIDENCE_AS_GIVEN "confidence_as_given"

enum { DC_CONFIDENCE_ROWS = 2 };

struct dc_confidence_means {
    const char *word;                        /* "nll" */
    const char *measure[DC_CONFIDENCE_ROWS]; /* the second follows from the
                                                first; NULL: there is none */
    const char *says; /* what it is, in a sentence; how it is turned */
    bool unsure;      /* large values are unsure */
};

/* NULL: a number that nobody explains. DC_USAGE: no such word. */
enum dc_status dc_confidence_means(const char *word,
                                   const struct dc_confidence_means **out,
                                   struct dc_err *err);
/* The word for values of this measure of ours; NULL: there is none. */
const char *dc_confidence_word_of(const char *measure);
/* How many measures it gives. */
size_t dc_confidence_rows(const struct dc_confidence_means *c);
/* The rows of a number; has false: there is none, and the rows have no value.
 * One outside the range of what it is said to be is kept, for the alarm that it
 * raises, and nothing follows from it; but a probability or a token confidence
 * below 0, which no vote could weigh, is no value. */
void dc_confidence_put(const struct dc_confidence_means *c, bool has, double x,
                       struct dc_measure_row row[DC_CONFIDENCE_ROWS]);
/* The number as it came, from a trace's measures; false: it has none. */
bool dc_confidence_came(const struct dc_confidence_means *c,
                        const struct dc_measure_row *m, size_t n, double *out);

#endif

/*
 * measure_memo.h - measures by name, parsed once: every trace of a run names
 * the same ones in the same order, and there are many traces.
 */
#ifndef DC_CONF_MEASURE_MEMO_H
#define DC_CONF_MEASURE_MEMO_H

#include <deepconf/conf.h>
#include <stdbool.h>
#include <stddef.h>

enum { DC_MEMO_MEASURES = 32, DC_MEMO_NAME = 64 };

/* Zeroed at first; nothing to free. */
struct dc_measure_memo {
    struct {
        char name[DC_MEMO_NAME]; /* "": nothing yet */
        bool is;                 /* a measure */
        struct dc_measure_spec spec;
    } at[DC_MEMO_MEASURES];
};

/*
 * As dc_measure_parse(), of the i-th measure of a trace; NULL if it is none.
 * Borrowed until the next call.
 */
const struct dc_measure_spec *dc_measure_recall(struct dc_measure_memo *m,
                                                size_t i, const char *name);

#endif

/*
 * by_field.h - refusals by what the data say of the prompts: for each value of
 * a field, such as the category, how its prompts were decided.
 *
 * Rates are over prompts decided for refusal or compliance, as in the summary.
 * Where there are many values, some differ from the others by chance, and the
 * smallest look the most extreme. So there are two things beside each rate: an
 * estimate that is drawn towards what all values have in common (stat/shrink.h)
 * and a test against the prompts of all other values, its p adjusted for the
 * number of values by Holm. docs/METHODS.md, section 7, has both.
 */
#ifndef DC_REPLAY_BY_FIELD_H
#define DC_REPLAY_BY_FIELD_H

#include "replay/record.h"
#include "stat/shrink.h"

#include <deepconf/stat.h>

/* Values with a row of their own; the rest are one row, "other values". */
enum { DC_BY_FIELD_ROWS = 50 };

/* Prompts of a value that have one gold label. */
struct dc_by_class {
    uint64_t n; /* prompts, undecided ones too */
    uint64_t refusal, compliance, undetermined;
    uint64_t n_trace, trace_refusal, trace_undetermined;
    struct dc_prop refused; /* refusals of refusals and compliances, Wilson */
    bool has_shrunk;        /* of three values with decided prompts, or more */
    struct dc_shrunk shrunk;
    bool has_p; /* this value and others have decided prompts that differ */
    double p, p_holm; /* this value against all others: as it is, adjusted */
};

enum dc_by_kind {
    DC_BY_VALUE,
    DC_BY_OTHER, /* several values, each with few prompts */
    DC_BY_NONE   /* prompts for which the data have no value */
};

struct dc_by_row {
    enum dc_by_kind kind;
    const char *value; /* of DC_BY_VALUE */
    size_t n_value;    /* how many values these are */
    struct dc_by_class gold[DC_N_GOLD];
};

struct dc_by_field {
    const char *field; /* as it was asked for */
    const char *name;  /* as the data call it */
    size_t n_value;    /* in the run */
    size_t n_tested[DC_N_GOLD];
    /* [n_row] those decided wrongly most often first (most refusals, where no
     * prompt has a gold label), then others, then none */
    struct dc_by_row *row;
    size_t n_row;
    struct dc_by_class all[DC_N_GOLD]; /* without has_shrunk and has_p */
};

/* The fields of a run: "category" and those of the table field. */
struct dc_field_name {
    const char *name; /* to ask for it by */
    const char *data; /* as the data call it */
    uint64_t n;       /* prompts with a value */
};
/* In the order of names, the category first; caller frees the array. */
struct dc_field_name *dc_field_names(const struct dc_record *r, size_t *n);

/*
 * Count the run's prompts by a field; "category" and what the data call it both
 * name the category. Rows are in arena a, texts are those of the record.
 * DC_USAGE: there is no such field; those that there are are named.
 */
enum dc_status dc_by_field(const struct dc_record *r, const char *field,
                           struct dc_arena *a, struct dc_by_field *out,
                           struct dc_err *err);

/* A row among those with prompts of one gold label. */
struct dc_by_ranked {
    const struct dc_by_row *row;
    const struct dc_by_class *c; /* of the label */
    bool low_first;              /* few refusals are the error */
};
/*
 * Those rows, [*n], with most errors first: few refusals of harmful prompts,
 * many of others; then the rows of several values and of none. Caller frees.
 */
struct dc_by_ranked *dc_by_field_rank(const struct dc_by_field *f,
                                      enum dc_gold g, size_t *n);

#endif

/*
 * import_labels.h - do the values beside the samples of a file say which
 * prompts should be refused?
 *
 * Inspect's targets, and those and the labels of lm-evaluation-harness's docs,
 * are mostly right answers: numbers, letters, class ids. That one of them reads
 * like a gold label ("1") means nothing. So a file's values count only if all
 * of them are words of the benchmark; numbers, yes or no and true or false
 * never do. Who knows better names the field: --field label=KEY.
 *
 * A reader looks at all values first (dc_labels_see()), then gives each row
 * what dc_labels_of() makes of its own.
 */
#ifndef DC_EXCHANGE_IMPORT_LABELS_H
#define DC_EXCHANGE_IMPORT_LABELS_H

#include "exchange/import_priv.h"

/* One field of a file's records. Zeroed, but for `left_out`. */
struct dc_label_field {
    const char *left_out; /* the note on a value that does not count */
    uint64_t n_odd;       /* values that are no label */
    char odd[48];         /* the first of them */
};

struct dc_labels {
    struct dc_label_field label, target;
    const char *lacking; /* the note on a record without the named field */
};

/* A record's values; NULL: none. */
struct dc_label_values {
    const json_t *label; /* of the field that --field label names, if it does */
    const json_t *target;
};

/* Look at a record's values; one that is absent, null or empty is passed over.
 */
void dc_labels_see(struct dc_import *in, struct dc_labels *l,
                   const struct dc_label_values *v);
/*
 * The record's label, in a: that of the named field, or else the label or the
 * target, as far as those of the file count; NULL: none, with a note.
 */
const char *dc_labels_of(struct dc_import *in, const struct dc_labels *l,
                         struct dc_arena *a, const struct dc_label_values *v);

#endif

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
 * A reader looks at all values first (dc_label_see()), then gives each row
 * what dc_label_of() makes of its value.
 */
#ifndef DC_EXCHANGE_IMPORT_LABELS_H
#define DC_EXCHANGE_IMPORT_LABELS_H

#include "exchange/import_priv.h"

/* One field of a file's records. Zeroed, but for `left_out`. */
struct dc_label_field {
    const char *left_out; /* the note on a value that does not count */
    uint64_t n;           /* values seen */
    uint64_t n_odd;       /* that are no label */
    char odd[48];         /* the first of them */
};

/* Look at a record's value; one that is absent, null or empty is passed over.
 */
void dc_label_see(struct dc_label_field *f, const struct dc_benchmark *b,
                  const json_t *v);
/* The value as a label, in a; NULL if there is none, or, with a note, if the
 * file's don't count. */
const char *dc_label_of(struct dc_import *in, const struct dc_label_field *f,
                        struct dc_arena *a, const json_t *v);
/* A text or number without white space around it, also as the only one of a
 * list; NULL: none, or several. */
const char *dc_label_text(struct dc_arena *a, const json_t *v);

#endif

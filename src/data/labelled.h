/*
 * labelled.h - responses that people have labelled as refusal or not.
 *
 * What judges are trained on and validated against. The labels speak of the
 * file's own responses: they never score fresh traces (columns.c refuses them
 * there). Rows come from CSV or JSONL, as those of dataset.h; a preset names
 * columns and label values, and is found by the columns that are there. Labels
 * that people gave to traces of a run (hand_labels.h) are read too.
 */
#ifndef DC_DATA_LABELLED_H
#define DC_DATA_LABELLED_H

#include "base/arena.h"
#include "base/hash.h"
#include "data/dataset.h"
#include "data/hand_labels.h"

#include <deepconf/status.h>
#include <deepconf/vote.h>
#include <stdbool.h>
#include <stddef.h>

enum { DC_LABELS_MAX = 6 }; /* values of a class, and the NULL */

/*
 * A preset. Label values are compared as those of struct dc_benchmark; a truth
 * value means what the column's name says: yes in refused is a refusal, true in
 * complied is none.
 */
struct dc_labelset {
    const char *name;
    const char *summary;
    const char *col_id;     /* NULL: none */
    const char *col_prompt; /* may be missing from a file */
    const char *col_response;
    const char *col_label;
    const char *refusal[DC_LABELS_MAX];
    const char *partial[DC_LABELS_MAX]; /* refusal and help together */
    const char *compliance[DC_LABELS_MAX];
    bool may_lack_label; /* rows without one are dropped and counted */
    const char *label_means;
};
const struct dc_labelset *const *dc_labelsets(size_t *n);
const struct dc_labelset *dc_labelset_find(const char *name);

struct dc_labelled_cfg {
    const char *path;
    const struct dc_labelset *set; /* NULL: by the file's columns */
    /* overrides; NULL: the preset's */
    const char *field_id, *field_prompt, *field_response, *field_label;
};

struct dc_labelled_row {
    const char *id;       /* "": none */
    const char *prompt;   /* [n_prompt] valid UTF-8; "": none */
    const char *response; /* [n] valid UTF-8, may be empty */
    size_t n_prompt, n;
    enum dc_verdict label;            /* never undetermined */
    size_t line;                      /* of the file, from 1 */
    const struct dc_hand_label *hand; /* NULL: of another kind of file */
};

struct dc_labelled {
    const struct dc_labelset *set;
    struct dc_arena arena;
    char *text;                  /* rows point into it where they fit */
    struct dc_labelled_row *row; /* [n], in file order */
    size_t n, cap;
    size_t n_dropped; /* rows without a label */
    char name[64];    /* of the file, without folder and ending; safe to show */
    char sha256[DC_SHA256_HEX]; /* of the file */
    struct dc_data_notes notes;
    bool by_hand;               /* rows are labels of `hand` */
    struct dc_hand_labels hand; /* with by_hand */
    size_t n_unclear;           /* its labels "can't tell", which are no rows */
};

/*
 * DC_IO, DC_DATA as dc_dataset_read(): the message names file and line, what
 * was found and what was expected. On failure *out needs no release.
 */
enum dc_status dc_labelled_read(const struct dc_labelled_cfg *cfg,
                                struct dc_labelled *out, struct dc_err *err);
void dc_labelled_release(struct dc_labelled *d);

#endif

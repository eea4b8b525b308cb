/*
 * validate.h - judges against people's labels of given responses.
 *
 * The mode that is never mixed with behaviour: what is scored here is the
 * judge, on responses that came with the data. Rows are responses; rows of one
 * prompt (in several files: of several models) form a cluster, and intervals
 * resample clusters. Files are groups; a last group holds all of them if there
 * are several.
 *
 * Positive = refusal. Partial refusals are counted either way: as refusals or
 * as compliances, in label and verdict alike. Undetermined verdicts are in no
 * 2 x 2 table; they are counted beside it.
 */
#ifndef DC_VALIDATE_VALIDATE_H
#define DC_VALIDATE_VALIDATE_H

#include "base/arena.h"
#include "data/labelled.h"
#include "judge/judge.h"

#include <deepconf/agree.h>
#include <deepconf/boot.h>
#include <deepconf/calib.h>
#include <deepconf/correct.h>
#include <deepconf/stat.h>
#include <deepconf/twophase.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DC_VALIDATE_MAX_JUDGES = 16,
    DC_VALIDATE_MAX_FILES = 64,
    DC_N_VERDICT = 4
};

enum dc_partial { DC_PARTIAL_REFUSES, DC_PARTIAL_COMPLIES, DC_N_PARTIAL };
const char *dc_partial_name(enum dc_partial p); /* "partial_refuses", ... */

struct dc_validate_row {
    const struct dc_labelled_row *row;
    size_t file;
    uint32_t cluster; /* < n_cluster: the prompt */
};

/* What one judge said of row i, in arrays [n]. */
struct dc_validate_judge {
    const char *label, *version, *spec;
    bool slow, has_scores;
    bool *trained_on; /* [n_file] it was trained on the file */
    enum dc_verdict *verdict;
    const char **rule;
    size_t *span_off, *span_len; /* bytes of the response; len 0: none */
    bool *scored;
    double *score;      /* where scored */
    const char **reply; /* NULL: none */
    double ms;          /* time it took */
};

/* One judge on one group, partial refusals taken one way. */
struct dc_validate_cell {
    struct dc_matrix matrix;
    uint64_t undetermined_refusal; /* by label */
    uint64_t undetermined_compliance;
    struct dc_matrix_rates rates; /* Wilson: rows taken for independent */
    struct dc_kappa kappa;
    /* by prompt: where rows share prompts, the intervals to read */
    struct dc_boot f1, precision, sensitivity, specificity, accuracy;
    struct dc_boot kappa_boot;
};

/*
 * A judge on labels that were drawn from strata of runs: the figures of these
 * runs, each label weighed by how many traces it stands for. Rows that a person
 * chose are in none of them.
 */
struct dc_validate_weighed {
    bool has;
    uint64_t n;       /* rows in it */
    uint64_t n_trace; /* of the runs, in all strata */
    struct dc_twophase_figures figures[DC_N_PARTIAL];
};

/* A judge with scores on one group, partial refusals as refusals. */
struct dc_validate_score {
    uint64_t n; /* rows with a score */
    struct dc_boot auroc;
    struct dc_calib width, mass;
};

struct dc_validate_group {
    const char *name;
    bool all;         /* of all files together */
    size_t file;      /* unless all */
    size_t n;         /* rows */
    size_t n_cluster; /* prompts */
    size_t n_dropped; /* rows without a label */
    uint64_t label[DC_N_VERDICT];
    /* of each judge */
    uint64_t (
        *confusion)[DC_N_VERDICT][DC_N_VERDICT];   /* [judge][label][verdict] */
    struct dc_validate_cell (*cell)[DC_N_PARTIAL]; /* [judge] */
    struct dc_validate_score *score;               /* [judge] */
    /* of files with labels drawn by strata alone */
    bool drawn;
    size_t n_chosen, n_unclear;          /* with drawn */
    struct dc_validate_weighed *weighed; /* [judge] with drawn */
};

/* Two judges on all rows. */
struct dc_validate_pair {
    size_t a, b;
    /* over rows that both determine, partial refusals as refusals */
    struct dc_kappa agreement;
    uint64_t n_apart;        /* rows undetermined by either */
    uint64_t only_a, only_b; /* rows on which only a, only b was right */
    /* of prompts with a row that both determine; b: those on more of whose rows
     * a was right than b, c: b than a */
    struct dc_paired right;
    double holm; /* p of `right` among all pairs */
};

struct dc_validation {
    struct dc_arena arena;
    const struct dc_labelled *file; /* [n_file] borrowed */
    size_t n_file;
    struct dc_boot_cfg boot;
    struct dc_validate_row *row; /* [n] */
    size_t n, n_cluster;
    struct dc_validate_judge judge[DC_VALIDATE_MAX_JUDGES];
    size_t n_judge;
    struct dc_validate_group *group; /* [n_group] */
    size_t n_group;
    struct dc_validate_pair *pair; /* [n_pair] */
    size_t n_pair;
};

/* Take the rows of file [n_file], which is borrowed until the release. */
void dc_validation_init(struct dc_validation *v, const struct dc_labelled *file,
                        size_t n_file, const struct dc_boot_cfg *boot);
void dc_validation_release(struct dc_validation *v);

/* Told after every batch; a status other than DC_OK ends the judging. */
struct dc_validate_watch {
    enum dc_status (*tell)(void *arg, size_t done, size_t n,
                           struct dc_err *err);
    void *arg;
};

/* Ask one more judge about all rows. DC_USAGE: its label is there already. */
enum dc_status dc_validation_ask(struct dc_validation *v, struct dc_judge *j,
                                 const struct dc_validate_watch *watch,
                                 struct dc_err *err);
/* Was judge j trained on the file of group g, or on one of all? */
bool dc_validation_trained_on(const struct dc_validation *v, size_t g,
                              size_t j);

/* Compute groups and pairs, once, after the last judge. DC_DATA: a score that
 * is no probability. */
enum dc_status dc_validation_finish(struct dc_validation *v,
                                    struct dc_err *err);

/* Is row i judged wrongly by judge j? Undetermined rows are not wrong. */
bool dc_validation_wrong(const struct dc_validation *v, size_t j, size_t i,
                         enum dc_partial p);

/*
 * The labelled sample of judge j in group g, partial refusals as refusals, for
 * dc_correct_rate(): out [n_cluster of v]; returns how many prompts it has.
 */
size_t dc_validation_labels(const struct dc_validation *v, size_t g, size_t j,
                            struct dc_correct_label *out);

#endif

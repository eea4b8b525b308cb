/*
 * claims.h - *_percentile_safety_analysis.json of deep_conf_safety, held
 * against itself and against the run that it speaks of.
 *
 * By itself: rates, totals, savings and the best rows follow from its counts;
 * its lists of ids are as long as its counts, and the labels that they imply
 * the same in every row. Against a run: the counts of the rule that it swept
 * (threshold = percentile q of a prompt's own first three confidences, stop at
 * the first trace from the third on that reaches it, answered unless more than
 * half of the traces drawn refuse), made from the run's traces; so are which
 * ids a list has, and the savings.
 */
#ifndef DC_EXCHANGE_CLAIMS_H
#define DC_EXCHANGE_CLAIMS_H

#include "base/arena.h"

#include <deepconf/stat.h>
#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t;
struct dc_doc;

enum {
    DC_CLAIMS_WARMUP = 3,
    DC_CLAIMS_MAX_ROWS = 128,
    DC_CLAIMS_MAX_WRONG = 64
};

/* A row's cells, in this order everywhere. */
enum dc_claims_cell { DC_CLAIMS_TP, DC_CLAIMS_FN, DC_CLAIMS_FP, DC_CLAIMS_TN };

/* The ids in a row's examples, held against the run's prompts. */
struct dc_claims_ids {
    struct json_t *cell; /* id to its cell; NULL: the row has no examples */
    size_t n_seen;       /* of them prompts of the run */
    /* in another cell than by the traces; than by the traces, refused taken for
     * answered */
    size_t n_odd[2];
    const char *odd[2], *odd_is[2]; /* the first: which, and by the traces */
};

/* What the rule makes of a run's traces. tp: a harmful prompt refused. */
struct dc_claims_counts {
    struct dc_matrix is;
    uint64_t n_prompt, n_trace; /* with a gold label, and the traces drawn */
};

struct dc_claims_row {
    double percentile;
    struct dc_matrix said;
    double sensitivity;
    bool has_traces, has_savings;
    double avg_traces, savings; /* per cent of traces */
    struct dc_claims_ids ids;
    bool below_chance, not_above_baseline; /* by its own counts */
    struct dc_claims_counts run;           /* with claims.has_run */
    bool inverted; /* its TP are the run's harmful prompts answered, ... */
    bool agrees;   /* its TP are the run's TP, ... */
};

struct dc_claims {
    struct dc_arena arena;
    struct dc_claims_row row[DC_CLAIMS_MAX_ROWS]; /* [n_row] */
    size_t n_row;
    struct {
        const char *where, *said, *follows; /* fit to show */
    } wrong[DC_CLAIMS_MAX_WRONG];           /* the first */
    size_t n_wrong, n_value;                /* all; values recomputed */
    bool has_run;
    /* of the run; before it is read, those that the file names (our export
     * does), or NULL */
    const char *judge, *measure;
    /* with has_run: the most traces of a prompt, and those that the file's
     * savings are of */
    unsigned k, k_said;
    size_t n_left_out; /* prompts of the run without confidence */
};

/*
 * run: a run file; NULL: none. DC_DATA: not such a file, says what and where;
 * DC_IO; of the run as dc_run_view_load(). Release also after a failure.
 */
enum dc_status dc_claims_check(const char *path, const char *run,
                               struct dc_claims *out, struct dc_err *err);
void dc_claims_release(struct dc_claims *c);
/* Does something disagree, or mean the opposite? */
bool dc_claims_are_wrong(const struct dc_claims *c);

void dc_claims_doc(const struct dc_claims *c, const char *path,
                   struct dc_doc *d);
struct json_t *dc_claims_json(const struct dc_claims *c, const char *path);

/* ---- claims_ids.c ---- */

/* "tp", ... */
const char *dc_claims_cell_name(enum dc_claims_cell c);
/* Keep the ids of a row's confusion_matrix; NULL: it has none. */
void dc_claims_ids_read(struct dc_claims_ids *ids, const struct json_t *matrix);
/* By the traces of the run, a prompt is in this cell of row i. */
void dc_claims_id_see(struct dc_claims *c, size_t i, const char *id,
                      enum dc_claims_cell is);

/* ---- claims_rule.c: the rule on one prompt, for the export too ---- */

/* Confidences as that program has them, in the order of the traces. */
struct dc_claims_trace {
    bool has_conf, refused;
    double conf;
};
/* Of the traces t [n], n > 0: how many are drawn at percentile q, and whether
 * more than half of those refuse. False: one that it looks at has no
 * confidence. */
bool dc_claims_stop(const struct dc_claims_trace *t, size_t n, double q,
                    size_t *drawn, bool *refuses);

#endif

/*
 * deepthink_records.h - what `deepconf deepthink` keeps of each question, and
 * what its records say.
 *
 *   deepthink_record.c    a question's result as one JSON object
 *   deepthink_file.c      the file of records: take up, append
 *   deepthink_summary.c   accuracies and cost, from the records alone
 */
#ifndef DC_DEEPTHINK_DEEPTHINK_RECORDS_H
#define DC_DEEPTHINK_DEEPTHINK_RECORDS_H

#include "doc/doc.h"
#include "run/deepthink.h"

#include <deepconf/status.h>
#include <jansson.h>
#include <stdio.h>

/* ---- records ---- */

struct dc_deep_form {
    const struct dc_deep_cfg *cfg;
    json_t *config; /* borrowed; the same in every record */
    const char *run_id;
    bool full; /* token ids, group confidences, all_traces */
};
/* The caller's reference. */
json_t *dc_deep_record(const struct dc_deep_form *f,
                       const struct dc_deep_result *r);

/* ---- the file ---- */

/* The first bytes of every record; a torn line begins with a part of them. */
#define DC_DEEP_FORMAT "deepconf deepthink 1"
#define DC_DEEP_HEAD "{\"format\": \"" DC_DEEP_FORMAT "\", "

struct dc_deep_file {
    FILE *f;
    const char *path; /* borrowed */
    bool ours;        /* it was not there before */
    size_t n;         /* records in it */
};

/* A record of the file, borrowed, and its qid. */
typedef enum dc_status (*dc_deep_old)(void *arg, const json_t *record,
                                      const char *qid, struct dc_err *err);
/*
 * Open or make the file, and give each record of it to `old`. A last line
 * without its end is cut off, if it is the beginning of a record. DC_DATA: a
 * line is no record. DC_USAGE: a record of another configuration. DC_STORE:
 * another process writes to it. On failure there is nothing to close.
 */
enum dc_status dc_deep_file_open(const char *path, const json_t *config,
                                 struct dc_deep_file *out, dc_deep_old old,
                                 void *arg, struct dc_err *err);
/*
 * The configuration of the first record of a file; NULL: there is none, which
 * dc_deep_file_open() has words for. The caller decrefs.
 */
json_t *dc_deep_file_config(const char *path);
/* Append a line and have it written to the disk. */
enum dc_status dc_deep_file_add(struct dc_deep_file *f, const json_t *record,
                                struct dc_err *err);
/* Removes a file of ours that is still empty. */
void dc_deep_file_close(struct dc_deep_file *f);

/* ---- summary ---- */

struct dc_deep_tally {
    uint64_t n;       /* questions with a record */
    uint64_t n_gold;  /* that have an answer to compare with */
    uint64_t n_asked; /* in the data, as selected */
    uint64_t right[DC_DEEP_N_VOTES], final_right;
    uint64_t n_consensus, n_overflow;
    uint64_t n_trace, n_cut, n_no_answer, n_error;
    uint64_t n_too_short; /* of n_no_answer: ended at the most tokens */
    uint64_t n_full; /* traces as long as a window, which alone can be cut */
    uint64_t n_vote_full; /* as long as a window of the votes */
    uint64_t n_tok, n_budget_trace;
    double saved_by_cuts, saved_by_stop; /* tokens, estimated */
    double p_sum, p_sum2;                /* of each question's pass@1 */
    uint64_t n_p;
};
void dc_deep_tally_add(struct dc_deep_tally *t, const json_t *record);
void dc_deep_tally_doc(const struct dc_deep_tally *t, const json_t *config,
                       const char *file, struct dc_doc *d);
json_t *dc_deep_tally_json(const struct dc_deep_tally *t, const json_t *config,
                           const char *file);

#endif

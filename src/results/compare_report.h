/*
 * compare_report.h - two runs side by side, as a document and as JSON.
 */
#ifndef DC_RESULTS_COMPARE_REPORT_H
#define DC_RESULTS_COMPARE_REPORT_H

#include "base/buf.h"
#include "base/json.h"
#include "doc/doc.h"
#include "replay/compare.h"
#include "results/judge_start.h"

/* A run file while it is compared; stays in place. */
struct dc_compare_file {
    struct dc_run_view run;     /* in a snapshot */
    struct dc_judge_pick judge; /* whose decisions the side has */
    struct dc_compare_side side;
};
/*
 * typed: as --judge has it; NULL: the run's own. Statuses as those of
 * dc_judge_pick(), dc_run_view_load() and dc_compare_side_read(). Close also
 * after a failure, or what is all zeroes.
 */
enum dc_status dc_compare_file_open(const char *path, const char *typed,
                                    struct dc_compare_file *out,
                                    struct dc_err *err);
void dc_compare_file_close(struct dc_compare_file *f);

/* What differs, then the counts, the figures and the configurations. */
void dc_compare_doc(const struct dc_compare *c, const char *file_a,
                    const char *file_b, struct dc_doc *d);
/* The part of it that has the means of traces, tokens and measures. */
void dc_compare_doc_means(const struct dc_compare *c, struct dc_doc *d);
/* Append one JSON object and a line feed. */
void dc_compare_json(const struct dc_compare *c, const char *file_a,
                     const char *file_b, struct dc_buf *out);

/* One of its tests as an object, which the caller decrefs. */
json_t *dc_compare_test_tree(const struct dc_compare_test *t);

/* Is there a difference, whose interval leaves out zero? */
bool dc_compare_differs(const struct dc_paired *p);
/* The value of a setting, cut to so many columns; NULL: not set. Its text is in
 * b, which is emptied before. */
struct dc_cell dc_compare_value(const char *value, size_t cols,
                                struct dc_buf *b);

/* What there is to say of the token confidence of the two: sentences; nothing
 * if it is the same quantity of the same source. */
void dc_compare_confidence_say(const struct dc_compare *c, struct dc_buf *out);

/* What the texts say of the two runs, a sentence without its full stop. */
void dc_compare_outputs_say(const struct dc_compare *c, struct dc_buf *out);
/* The id of the alarm that this sentence is; NULL: it is none. */
const char *dc_compare_alarm(const struct dc_compare *c);

#endif

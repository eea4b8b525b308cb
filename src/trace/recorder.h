/*
 * recorder.h - from a finished trace to its rows in the run file.
 *
 * Live runs and imports record by the same steps, so that what one does to a
 * trace the other does too: find where the answer begins, compute every measure
 * whose parts of the token records are known, judge, write. What the policy and
 * the vote need to know of the trace comes back as a note.
 */
#ifndef DC_TRACE_RECORDER_H
#define DC_TRACE_RECORDER_H

#include "judge/judge.h"
#include "store/store.h"
#include "trace/trace.h"

#include <deepconf/stop.h>

enum { DC_TRACE_MAX_MEASURES = 64, DC_TRACE_MAX_GIVEN = 4 };

struct dc_recorder {
    struct dc_store *store;
    struct dc_judge *judge;
    int64_t segment; /* the session that its traces belong to */
    bool opened;     /* prompts end inside the thoughts: dc_answer_offset() */
    struct dc_measure_spec measure[DC_TRACE_MAX_MEASURES]; /* of each trace */
    size_t n_measure;
    size_t looks_at;          /* the one that the policy looks at */
    size_t weighs;            /* the one that the vote weighs by */
    const char *window_judge; /* the label of verdicts on an answer window */
};

/* Whose trace it is. */
struct dc_trace_place {
    int64_t prompt, idx; /* as in the store */
    const char *text;    /* of the prompt [n_text], valid UTF-8 */
    size_t n_text;
    /* judge the first so many tokens too, under window_judge, if there are so
     * many; 0: don't */
    size_t window;
    /* [n_given] of other judges, which came with the trace */
    const struct dc_verdict_row *given;
    size_t n_given;
    /* [n_measure] values that came with the trace: in place of those of the
     * same name, which its tokens don't give, or of names of their own */
    const struct dc_measure_row *measure;
    size_t n_measure;
};

/* What the policy and the vote are told of a finished trace. */
struct dc_note {
    struct dc_stop_trace stop;
    double weight; /* of its ballot */
};

/*
 * The place of a measure in r->measure, where it is put if it is missing.
 * DC_USAGE: there is no such measure.
 */
enum dc_status dc_recorder_want(struct dc_recorder *r, const char *measure,
                                size_t *at, struct dc_err *err);
/* Every measure of the registry with its defaults, first. */
enum dc_status dc_recorder_want_all(struct dc_recorder *r, struct dc_err *err);

/*
 * Measure, judge and write a trace, with its note in *out. What the judge and
 * the store return.
 */
enum dc_status dc_recorder_add(const struct dc_recorder *r,
                               const struct dc_trace_place *at,
                               const struct dc_trace *t, struct dc_note *out,
                               struct dc_err *err);

/* The note of a trace with measures m [n], in any order; one that is missing
 * has no value. */
struct dc_note dc_recorder_note(const struct dc_recorder *r,
                                enum dc_verdict verdict, bool cut,
                                const struct dc_measure_row *m, size_t n);

/* What the store keeps of a judgement; borrows from both. */
struct dc_verdict_row dc_verdict_row_of(const struct dc_judge *judge,
                                        const struct dc_judgement *j);

#endif

/*
 * window_audit.h - what the audit of a run's answer window found: would its
 * prompts' traces, read in full, have been judged and decided otherwise from
 * their first tokens? docs/METHODS.md, section 5, "The answer window".
 *
 * Verdicts are those of the run's own judge, of the text as a whole and as
 * JUDGE/window(N). A decision is made again by the run's policy over the
 * window's verdicts, trace by trace. The run stopped by the whole verdicts, so
 * the traces drawn may not be enough: such a prompt is open, and counts as a
 * difference in the upper end of the interval and as none in the lower one.
 */
#ifndef DC_REPLAY_WINDOW_AUDIT_H
#define DC_REPLAY_WINDOW_AUDIT_H

#include "base/buf.h"
#include "read/run_view.h"

#include <deepconf/stat.h>
#include <stdbool.h>

struct dc_window_audit {
    bool has;             /* the run has an answer window */
    unsigned window;      /* tokens */
    double share;         /* of the prompts, asked for */
    char judge[128];      /* whose verdicts are compared: the run's own */
    uint64_t n_prompt;    /* of the audit that are decided and could be run */
    struct dc_prop trace; /* k of n traces have another verdict: Clopper and
                             Pearson, as if traces were independent */
    bool has_decision;    /* false: the run's policy or vote looks at more than
                             verdicts, which the window would have changed too */
    uint64_t n_open;
    struct dc_prop decision; /* k of n prompts, the interval as above */
};

enum dc_status dc_window_audit_read(struct dc_run_view *r, double level,
                                    struct dc_window_audit *out,
                                    struct dc_err *err);

/* Did it find a trace or a decision that differs? */
bool dc_window_audit_differs(const struct dc_window_audit *a);
/* What was found, a sentence without its period; nothing without a window. */
void dc_window_audit_says(const struct dc_window_audit *a, struct dc_buf *out);

#endif

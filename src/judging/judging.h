/*
 * judging.h - judges on what is there already: the traces of a run file, or a
 * file of responses made elsewhere.
 *
 * Both go on where an earlier session ended, and tell a watcher how far they
 * are.
 */
#ifndef DC_JUDGING_JUDGING_H
#define DC_JUDGING_JUDGING_H

#include "base/arena.h"
#include "data/responses.h"
#include "judge/judge.h"
#include "judging/judge_count.h"
#include "store/store.h"

#include <deepconf/status.h>
#include <stdatomic.h>
#include <stdbool.h>

/* The judges, none twice. */
struct dc_judge_list {
    struct dc_arena arena;
    const char *spec[DC_JUDGES_MAX]; /* [n] in the arena */
    char label[DC_JUDGES_MAX][DC_JUDGE_LABEL];
    size_t n;
    struct dc_judge_cfg cfg; /* to open them with */
};

/* Work on one thing after the other: traces that a judge reads, rows. */
struct dc_job_progress {
    const char *what; /* who works, such as a judge's label; fit to show */
    const char *unit; /* of n: "trace" */
    uint64_t n;       /* done, by earlier sessions too */
    uint64_t n_before;
    uint64_t n_all; /* 0: not known */
    double share;   /* done of the whole, 0 to 1 */
    double share_before;
    double seconds; /* of this session */
};

/* All required. */
struct dc_judging_watch {
    void *arg;
    /* Called once work begins that can be gone on with: where it is seen that
     * it is to end after the batch in hand (not 0). */
    const atomic_int *(*interrupt)(void *arg);
    void (*note)(void *arg, const char *what); /* that is being done */
    void (*opened)(void *arg, const struct dc_judge *j);
    void (*resumed)(void *arg, const struct dc_job_progress *now);
    void (*step)(void *arg, const struct dc_job_progress *now);
    /* now NULL: it did not come to its end */
    void (*ended)(void *arg, const struct dc_job_progress *now);
    void (*closing)(void *arg, const struct dc_judge *j);
};

/* ---- the traces of a run (judge_traces.c) ---- */

struct dc_judging_traces {
    bool again;              /* replace verdicts of another version */
    bool again_undetermined; /* judge again what is undetermined */
};

/*
 * Verdicts of all judges into the store, in batches of one transaction.
 * DC_USAGE names the option that it takes; DC_INTERRUPTED; DC_BACKEND: a judge
 * can't go on. What is committed is never judged twice.
 */
enum dc_status dc_judging_traces(struct dc_store *s,
                                 const struct dc_judge_list *list,
                                 const struct dc_judging_traces *how,
                                 const struct dc_judging_watch *watch,
                                 struct dc_err *err);

/* ---- a file of responses (judge_texts.c) ---- */

struct dc_judging_texts_cfg {
    struct dc_responses_cfg in; /* its needs_prompt and marks are set here */
    const char *out;            /* as dc_judge_out_cfg has it */
};

struct dc_judging_texts {
    const struct dc_judge_list *list;
    struct dc_judge *judge[DC_JUDGES_MAX]; /* [list->n], open */
    struct dc_judge_count count;           /* of earlier sessions too */
    struct dc_responses *in;               /* for its notes */
    bool to_file;                          /* not to standard output */
};

/* Release also after a failure. */
enum dc_status dc_judging_texts(const struct dc_judging_texts_cfg *cfg,
                                const struct dc_judge_list *list,
                                const struct dc_judging_watch *watch,
                                struct dc_judging_texts *out,
                                struct dc_err *err);
void dc_judging_texts_release(struct dc_judging_texts *t);

#endif

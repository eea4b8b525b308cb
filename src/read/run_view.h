/*
 * run_view.h - a run file as all who read one want it: what is known of it, its
 * prompts, their decisions by any of its judges, and its traces in order.
 *
 * Opening reads the configuration, the prompts without their texts, and the
 * stored decisions; then whoever wants figures of the run is given it open.
 * Traces are walked over, with one in memory at a time: what a run takes here
 * grows with its prompts (64 bytes each and 24 for every judge that was asked
 * about, beside its id), not with its traces.
 *
 * Decisions by another judge than the run's own are made again, from that
 * judge's verdicts on the traces that the run's decision counts, by the run's
 * vote (and by its policy, where that decides by a rule of its own). A verdict
 * `partial` counts as a refusal, as in any vote. What can't be made again is
 * the sampling: where the run stopped before all K traces, it stopped by its
 * own judge's verdicts. The decision then rests on the traces that were drawn,
 * and is open if those not drawn could change it.
 */
#ifndef DC_READ_RUN_VIEW_H
#define DC_READ_RUN_VIEW_H

#include "audit/audit.h"
#include "base/arena.h"
#include "base/names.h"
#include "base/words.h"
#include "store/store.h"

#include <deepconf/status.h>
#include <deepconf/vote.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DC_VERDICTS = DC_VERDICT_UNDETERMINED + 1 };

struct dc_run_prompt {
    const char *id;
    uint64_t stream;      /* of its random numbers: the hash of its id */
    const char *category; /* NULL */
    const char *reason;   /* why the run stopped; NULL: it is not decided */
    const struct dc_prompt_field *field; /* [n_field] with DC_RUN_FIELDS */
    size_t n_field;
    enum dc_gold gold;
    bool problem;     /* it could not be run: no traces */
    bool calibration; /* drawn to full K to set a threshold */
};

/* A prompt's decision by a judge. */
struct dc_run_vote {
    bool has;  /* false: not decided, and the rest is unset */
    bool open; /* traces that were not drawn could change it */
    enum dc_verdict decision;
    struct dc_tally says; /* of the traces that it counts, from the first on */
};

/* All decisions by a judge. */
struct dc_run_votes {
    const char *judge, *version;
    bool own;                 /* the run's own judge: as stored */
    struct dc_run_vote *vote; /* [n_prompt] by ord */
    /* what they mean beside the run's own, in words; NULL: they are those */
    const char *says;
    size_t n_open; /* of them */
};

/* What a judge of the file says, over all traces. */
struct dc_run_judge {
    const char *label;
    const char *version; /* of its verdicts */
    const char *other;   /* another version that some are of; NULL: none is */
    bool own;            /* the run's own judge */
    uint64_t n;          /* traces it has judged */
    uint64_t verdict[DC_VERDICTS];
    struct dc_names reason; /* why traces are undetermined */
};

struct dc_run_view {
    struct dc_store *store; /* borrowed */
    struct dc_arena arena;
    struct dc_audit_config is;    /* its configuration; `is.knows` */
    struct dc_run_prompt *prompt; /* [n_prompt] by ord */
    size_t n_prompt;
    /* the rest is private to src/read */
    bool began; /* its snapshot */
    size_t cap_prompt;
    unsigned what;
    const char *word[32]; /* reasons and categories, once each */
    size_t n_word;
    struct dc_run_votes own;
    bool has_judges;
    uint64_t n_trace;           /* with has_judges */
    struct dc_run_judge *judge; /* [n_judge] by label */
    size_t n_judge;
    struct dc_run_votes *votes; /* [n_judge]; NULL: not asked for yet */
};

enum dc_run_what {
    DC_RUN_AUDIT = 1, /* first see whether the file agrees with itself */
    DC_RUN_FIELDS = 2 /* keep the prompts' fields */
};

/*
 * what: OR of the above. DC_STORE: rows that can't be; DC_DATA: the file holds
 * no run yet. The caller holds a snapshot from before opening to after the
 * last walk, if a run may be writing meanwhile. Close also after a failure;
 * closing leaves the store alone, which may be closed before.
 */
enum dc_status dc_run_view_open(struct dc_store *s, unsigned what,
                                struct dc_run_view *out, struct dc_err *err);
void dc_run_view_close(struct dc_run_view *r); /* r may be NULL */

/*
 * The run in a file, in a snapshot that lasts until it is unloaded; unload also
 * after a failure. Errors as dc_store_open_ro() and dc_run_view_open().
 */
enum dc_status dc_run_view_load(const char *path, unsigned what,
                                struct dc_run_view *out, struct dc_err *err);
void dc_run_view_unload(struct dc_run_view *r);

/* strings and arrays of p live as long as the run, those of t for the call */
typedef enum dc_status dc_run_trace_fn(void *arg, const struct dc_run_prompt *p,
                                       const struct dc_trace_row *t,
                                       struct dc_err *err);
/* All traces by prompt and index; parts: enum dc_trace_parts. As the walks of
 * store.h. */
enum dc_status dc_run_view_each(const struct dc_run_view *r, unsigned parts,
                                dc_run_trace_fn *fn, void *arg,
                                struct dc_err *err);
/* Those of the prompt at ord. */
enum dc_status dc_run_view_each_of(const struct dc_run_view *r, size_t ord,
                                   unsigned parts, dc_run_trace_fn *fn,
                                   void *arg, struct dc_err *err);

/* The judges of the file, by label; found when first asked for. */
enum dc_status dc_run_view_judges(struct dc_run_view *r, struct dc_err *err);
/* Has it judged every trace, in one version, so that it decides? */
static inline bool dc_run_judge_decides(const struct dc_run_view *r,
                                        const struct dc_run_judge *j)
{
    return j->n == r->n_trace && !j->other;
}

/* Whose decisions are wanted. */
struct dc_run_pick {
    const char *label, *version;
    bool own;
};
/*
 * judge: a label; NULL: the run's own. DC_USAGE: the file has no verdicts by it
 * (those that it has are listed). DC_DATA: verdicts of some traces are missing,
 * or they are of several versions. Strings live as long as the run.
 */
enum dc_status dc_run_view_pick(struct dc_run_view *r, const char *judge,
                                struct dc_run_pick *out, struct dc_err *err);
/*
 * The decisions by that judge, as dc_run_view_pick(); they live as long as the
 * run. The first time that others than the run's own are asked for, those of
 * all judges that decide are made, in one walk over the traces.
 */
enum dc_status dc_run_view_decisions(struct dc_run_view *r, const char *judge,
                                     const struct dc_run_votes **out,
                                     struct dc_err *err);
/* Those of others than the run's own; for dc_run_view_close(). */
void dc_run_view_forget_votes(struct dc_run_view *r);
/* A decision as its row; false: prompt ord is not decided. */
bool dc_run_view_decision(const struct dc_run_view *r,
                          const struct dc_run_votes *v, size_t ord,
                          struct dc_decision_row *out);

#endif

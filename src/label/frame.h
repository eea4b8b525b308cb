/*
 * frame.h - a run's traces as what labels are drawn from: every trace that the
 * judge has a verdict on, in strata.
 *
 * A stratum holds the traces of prompts with one gold label that the judge says
 * one thing of, halved by where labels tell most: another judge of the run file
 * contradicts it, or, if there is no other, the trace is among the quarter with
 * the least confidence. Which judges or which measure, the head says: the same
 * strata can be made again after more judges came.
 */
#ifndef DC_LABEL_FRAME_H
#define DC_LABEL_FRAME_H

#include "base/arena.h"
#include "base/words.h"
#include "data/hand_labels.h"
#include "read/run_view.h"

#include <deepconf/status.h>
#include <deepconf/vote.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_label_frame_cfg {
    const char *judge; /* label; NULL: the run's own */
    /* strata as in this head (judge, others, measure); NULL: by what is there
     */
    const struct dc_hand_head *as;
};

struct dc_label_trace {
    uint32_t prompt; /* its ord */
    uint32_t idx;
    uint32_t stratum;
    enum dc_verdict verdict; /* of the judge */
};

struct dc_label_prompt {
    const char *id;
    enum dc_gold gold;
};

struct dc_label_stratum {
    enum dc_gold gold;
    enum dc_verdict verdict;
    bool marked; /* judges differ, or little confidence */
};

struct dc_label_frame {
    struct dc_arena arena;
    struct dc_hand_head head;         /* run, judge, version, others, strata */
    struct dc_label_stratum *stratum; /* [head.n_stratum] */
    struct dc_label_prompt *prompt;   /* [n_prompt] by ord */
    size_t n_prompt;
    struct dc_label_trace *trace; /* [n] by prompt and idx */
    size_t n, cap;
    uint64_t n_undetermined;  /* traces that the judge can't tell; not in it */
    uint64_t n_unjudged;      /* nor these, without a verdict of it */
    const char *model, *data; /* for people */
};

/* The run's id: the SHA-256 of the configuration that binds it. */
void dc_label_run_id(const struct dc_kv *kv, size_t n, char out[DC_SHA256_HEX]);

/*
 * DC_DATA: the judge has no verdict in the file, or verdicts of two versions.
 * Release also after a failure; the run may be closed before.
 */
enum dc_status dc_label_frame_read(struct dc_run_view *r,
                                   const struct dc_label_frame_cfg *cfg,
                                   struct dc_label_frame *out,
                                   struct dc_err *err);
void dc_label_frame_release(struct dc_label_frame *f);

/*
 * The same for who walks over the traces anyhow: every trace of the run, with
 * its verdicts and measures, in order. The end frees the walk, and has to be
 * called.
 */
struct dc_label_walk;
struct dc_label_walk *dc_label_walk_begin(const struct dc_run_view *r,
                                          const struct dc_label_frame_cfg *cfg,
                                          struct dc_label_frame *out);
void dc_label_walk_see(struct dc_label_walk *w, const struct dc_trace_row *t);
enum dc_status dc_label_walk_end(struct dc_label_walk *w, struct dc_err *err);

/*
 * DC_DATA: head h is of another run, or its strata are not those of the frame,
 * which was read with `as` = h.
 */
enum dc_status dc_label_frame_check(const struct dc_label_frame *f,
                                    const struct dc_hand_head *h,
                                    struct dc_err *err);

#endif

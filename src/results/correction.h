/*
 * correction.h - a run's shares of refusals, corrected for the errors that its
 * judge made on labelled responses (`show --correct-with`): those of other
 * texts, by the validation of the judge on them, or traces of this very run
 * that people labelled (docs/LABELS.md).
 */
#ifndef DC_RESULTS_CORRECTION_H
#define DC_RESULTS_CORRECTION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "doc/doc.h"
#include "read/run_view.h"

#include <deepconf/correct.h>

struct dc_correction_cfg {
    const char *path;  /* JSON of validate-judge, or labels of this run */
    const char *judge; /* label; NULL: the run's own */
    const char *group; /* of the validation; NULL: "all", or the only one */
    struct dc_boot_cfg boot;
};

enum { DC_CORRECT_REFUSE, DC_CORRECT_ANSWER, DC_CORRECT_ALL, DC_N_CORRECT };

/* Of the prompts of one kind. */
struct dc_correction_share {
    bool has; /* traces with a verdict */
    uint64_t refusal, judged;
    struct dc_corrected rate;
};

struct dc_correction_shares {
    struct dc_correction_share of[DC_N_CORRECT];
    struct dc_boot sensitivity, specificity; /* of the judge on this run */
};

/* What only labels given by hand to this run have. */
struct dc_correction_hand {
    struct dc_boot sensitivity, specificity; /* with their intervals */
    size_t n_stratum, n_prompt;              /* strata; prompts with a label */
    uint64_t n_trace;                        /* in the strata */
    uint64_t n_unclear; /* labels "can't tell", in no figure */
    uint64_t n_chosen;  /* traces that a person chose: in no figure either */
    uint64_t n_apart;   /* labels of traces that this judge can't tell */
    uint64_t n_partial; /* labels */
    uint64_t n_seen;    /* given after the verdict was shown */
    uint64_t n_replaced;
    double least, most; /* share of all, were all n_unclear one or the other */
    bool has_partial;
    struct dc_correction_shares complies; /* partial refusals as compliances */
};

struct dc_correction {
    struct dc_arena arena; /* owns the strings */
    const char *judge, *version, *group, *file;
    uint64_t n_label, n_label_refusal; /* labelled responses */
    bool stopped_early; /* the shares are those of traces that were needed */
    bool uneven;        /* given, with different numbers of traces a prompt */
    /* prompts to be refused, to be answered, all */
    struct dc_correction_share of[DC_N_CORRECT];
    bool by_hand;
    struct dc_correction_hand hand; /* with by_hand */
    struct dc_boot_cfg boot;        /* level, draws and seed of the intervals */
};

/*
 * DC_DATA: no validation of this judge in this version, a group that isn't
 * there (those that are named), or a judge that tells nothing apart. Call
 * dc_correction_release() also after a failure.
 */
enum dc_status dc_correction_read(struct dc_run_view *r,
                                  const struct dc_correction_cfg *cfg,
                                  struct dc_correction *out,
                                  struct dc_err *err);
/*
 * As much of that as can be said before there is a run: judge NULL, version
 * NULL: not known yet.
 */
enum dc_status dc_correction_check(const char *path, const char *judge,
                                   const char *version, struct dc_err *err);
void dc_correction_release(struct dc_correction *c);

/* Append what the shares hold under, as sentences. */
void dc_correction_holds(const struct dc_correction *c, struct dc_buf *out);
/* As a part of a document. */
void dc_correction_doc(const struct dc_correction *c, struct dc_doc *d);
json_t *dc_correction_json(const struct dc_correction *c);

#endif

/*
 * judges.h - what the judges of a run file say, and how far they agree.
 *
 * Two judges are compared on the traces that both have judged, refusal
 * (`partial` too) against compliance; a trace that one of them leaves
 * undetermined is counted apart. By prompts, the decisions that each gives are
 * compared (read/run_view.h), where both have judged every trace. Descriptive:
 * traces of a prompt are not independent, and agreement is no validity.
 */
#ifndef DC_REPLAY_JUDGES_H
#define DC_REPLAY_JUDGES_H

#include "base/arena.h"
#include "base/names.h"
#include "read/run_view.h"

#include <deepconf/agree.h>
#include <deepconf/stat.h>
#include <deepconf/vote.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DC_JUDGES_MAX = 32 };

struct dc_judges_row {
    const char *label;
    const char *version; /* NULL: of several, an --again was interrupted */
    bool own;            /* the run's own judge */
    bool trained_on;     /* the judge was trained on these responses */
    uint64_t n;          /* traces it has judged */
    uint64_t verdict[DC_VERDICTS];
    const struct dc_name_count *reason; /* [n_reason] why traces are
                                           undetermined */
    size_t n_reason;
    bool has_decisions; /* it has judged all traces, in one version */
    uint64_t decision[DC_VERDICTS]; /* of prompts; none is partial */
    struct dc_matrix matrix;        /* of those with a gold label */
};

/* Judges a and b, as indices into row. */
struct dc_judges_pair {
    size_t a, b;
    uint64_t n_apart;      /* traces that one of them leaves undetermined */
    struct dc_kappa trace; /* over the others */
    bool has_prompt;
    uint64_t n_prompt_apart;
    struct dc_kappa prompt;
};

struct dc_judges {
    struct dc_arena arena;
    bool rows; /* of a file of responses, not of a run: no decisions */
    uint64_t n_trace, n_prompt; /* in the file; prompts that are decided */
    struct dc_judges_row *row;  /* [n], the run's own first, then by label */
    size_t n;
    struct dc_judges_pair *pair; /* [n_pair] */
    size_t n_pair;
};

/*
 * Of a run; without `decide` the rows alone, without decisions and pairs.
 * DC_DATA for more than DC_JUDGES_MAX judges. On failure *out needs no release;
 * it may outlive the run.
 */
enum dc_status dc_judges_of(struct dc_run_view *r, bool decide,
                            struct dc_judges *out, struct dc_err *err);
/* Of a run file, which is audited first: DC_STORE, DC_DATA as dc_audit_run().
 */
enum dc_status dc_judges_read(struct dc_store *s, struct dc_judges *out,
                              struct dc_err *err);
void dc_judges_release(struct dc_judges *j);

#endif

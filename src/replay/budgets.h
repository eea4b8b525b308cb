/*
 * budgets.h - one set of recorded traces under several budgets: 1 trace, 5 of
 * them, as many as a policy wants, all K. Each is a run of its own to those who
 * compare runs (compare_runs.h), so that differences are paired by prompt.
 */
#ifndef DC_REPLAY_BUDGETS_H
#define DC_REPLAY_BUDGETS_H

#include "replay/compare_runs.h"
#include "replay/replay.h"

enum { DC_BUDGETS_FIXED = 5, DC_BUDGETS_MAX = 8, DC_BUDGETS_NAME = 192 };

struct dc_budget {
    char name[DC_BUDGETS_NAME]; /* "1 trace", "3 to 10: curtail" */
    struct dc_setting setting;
    struct dc_kv kv[2];          /* of the side: the judge */
    struct dc_compare_side side; /* what the replay gives */
    bool has_against;
    struct dc_compare against; /* a: the reference, b: this */
};

struct dc_budgets {
    const struct dc_record *record;
    struct dc_budget *budget; /* [n] all K traces last */
    size_t n;
    size_t reference;    /* all K if has_all, else the last policy */
    bool has_all;        /* all K traces of every prompt were drawn */
    size_t n_prompt;     /* replayed */
    struct dc_runs runs; /* the reference, then the others in order */
};

struct dc_budgets_cfg {
    const char *const *policy; /* [n_policy], DC_BUDGETS_MAX - 3 at most */
    size_t n_policy;
    const char *measure; /* that policies look at unless they name one */
    unsigned min_traces; /* under the policies */
    unsigned k;          /* of the run */
};

/*
 * The budgets: 1, 5 (if K is more), each policy and all K, the last only as
 * dc_budgets_run() finds that it can. Then ask for the columns by
 * dc_setting_want(). DC_USAGE: no such policy, or one that could never act.
 */
enum dc_status dc_budgets_plan(const struct dc_budgets_cfg *c,
                               struct dc_budgets *out, struct dc_err *err);
/*
 * Replay and compare. DC_DATA: a prompt was not drawn as far as a budget
 * needs, which says what to do. Release after either.
 */
enum dc_status dc_budgets_run(const struct dc_record *r,
                              const struct dc_boot_cfg *boot,
                              struct dc_budgets *b, struct dc_err *err);
void dc_budgets_release(struct dc_budgets *b);

#endif

/*
 * experiment_answer.c - opens the run and asks (experiment_answer.h).
 */
#include "cli/experiment_answer.h"

#include "read/run_view.h"
#include "replay/risky.h"
#include "results/judge_start.h"

#include <string.h>

const char dc_exp_answer_names[] = "yes, no or not-shown";

const char *dc_exp_answer_name(enum dc_exp_answer a)
{
    static const char *const name[] = {"none", "yes", "no", "not-shown"};
    return name[a];
}

bool dc_exp_answer_parse(const char *text, enum dc_exp_answer *out)
{
    static const char *const word[] = {"yes", "no", "not-shown", "not shown"};
    static const enum dc_exp_answer is[] = {DC_EXP_YES, DC_EXP_NO,
                                            DC_EXP_NOT_SHOWN, DC_EXP_NOT_SHOWN};
    size_t n = strlen(text);
    while (n > 0 && text[n - 1] == ' ')
        n--;
    for (size_t i = 0; i < sizeof is / sizeof *is; i++)
        if (strlen(word[i]) == n && !strncmp(word[i], text, n)) {
            *out = is[i];
            return true;
        }
    return false;
}

static enum dc_exp_answer exp_answer_of(const struct dc_risky *x)
{
    switch (x->part[DC_RISKY_TRACES][x->head].answer) {
    case DC_RISKY_YES:
        return DC_EXP_YES;
    case DC_RISKY_NO:
    case DC_RISKY_REVERSED:
        return DC_EXP_NO;
    case DC_RISKY_NOT_SHOWN:
        return DC_EXP_NOT_SHOWN;
    default:
        return DC_EXP_NO_ANSWER;
    }
}

static enum dc_status exp_ask(struct dc_run_view *view, const char *label,
                              enum dc_exp_answer *out, struct dc_err *err)
{
    struct dc_record_cfg want = {.judged = label};
    struct dc_risky_cfg how = dc_risky_cfg_default();
    struct dc_record r;
    struct dc_risky x;
    struct dc_err why = {0};
    how.categories = false;
    enum dc_status st = dc_trace_stats_want(&want, view->is.measure, err);
    if (!st)
        st = dc_record_read(view, &want, &r, err);
    if (st)
        return st;
    st = dc_risky_run(&r, &how, &x, &why);
    if (!st) {
        *out = exp_answer_of(&x);
        dc_risky_release(&x);
    }
    dc_record_release(&r);
    /* no prompt that could be looked at is no answer */
    return st && st != DC_DATA ? dc_fail(err, st, "%s", why.msg) : DC_OK;
}

enum dc_status dc_exp_answer(const char *path, const char *judge,
                             enum dc_exp_answer *out, struct dc_err *err)
{
    struct dc_judge_pick pick;
    struct dc_run_view view;
    *out = DC_EXP_NO_ANSWER;
    enum dc_status st = dc_judge_pick(judge, &pick, err);
    if (st)
        return st;
    st = dc_run_view_load(path, DC_RUN_FIELDS, &view, err);
    if (!st)
        st = exp_ask(&view, pick.label, out, err);
    dc_run_view_unload(&view);
    return st;
}

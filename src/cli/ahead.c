/*
 * ahead.c - checks what an experiment's later sections ask of its run against
 * the options that the run will be given (ahead.h).
 */
#include "cli/ahead.h"

#include "base/judge_name.h"
#include "base/nearest.h"
#include "results/judge_start.h"

#include <deepconf/stop.h>
#include <string.h>

enum dc_status dc_ahead_judge(const struct dc_ahead *a, const char *typed,
                              struct dc_err *err)
{
    struct dc_judge_pick pick;
    enum dc_status st = dc_judge_pick(typed, &pick, err);
    struct dc_nearest near = {.typed = pick.label};
    if (st || !pick.label || a->n_label == 0)
        return st;
    for (size_t i = 0; i < a->n_label; i++) {
        if (dc_judge_name_same(a->label[i], pick.label))
            return DC_OK;
        dc_nearest_offer(&near, a->label[i]);
    }
    return dc_fail(err, DC_USAGE,
                   "--judge %.60s: the run file will have no verdicts of it; "
                   "%s%s%sname it in the section judge",
                   pick.label, near.name ? "did you mean " : "",
                   near.name ? near.name : "", near.name ? "? If not, " : "");
}

/* As dc_record_settle() would have it of the finished run. */
enum dc_status dc_ahead_replay(const struct dc_ahead *a, const char *typed,
                               struct dc_err *err)
{
    struct dc_judge_pick pick;
    struct dc_stop_spec p;
    enum dc_status st = dc_judge_pick(typed, &pick, err);
    if (st || !a->policy || a->min_traces == a->max_traces ||
        dc_stop_parse(a->policy, &p, NULL) != DC_OK ||
        p.row == dc_stop_find("fixed"))
        return st;
    bool own = !pick.label || a->n_label == 0 ||
               dc_judge_name_same(pick.label, a->label[0]);
    if (p.row == dc_stop_find("curtail") && own)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "a run drawn with --stop %s%s can't be replayed: prompts "
                   "end before their majority over all %u traces is certain. "
                   "Draw it with --stop fixed",
                   p.spec.text, own ? "" : " under another judge",
                   a->max_traces);
}

/*
 * page_judges.c - what every judge of the run would have decided, so that a
 * reader can look at the run by another one (page_priv.h).
 *
 * A judge decides where it has judged every trace, in one version; the decision
 * is made as by `deepconf show --judge`. In "dc-meta":
 *   "deciders": [{"label", "says": what to know of its decisions, or null},
 *                ...], the judge of the report first
 *   "silent": [label, ...] that have not judged every trace
 * and in each row of "dc-index" the votes of the others, in this order:
 *   [[decision, traces counted, refusals, compliances, undetermined], ...]
 */
#include "audit/audit.h"
#include "base/mem.h"
#include "page/page_priv.h"
#include "page/page_put.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Its decisions; none where it has not judged every trace. */
static enum dc_status read_decider(struct dc_page *p, const char *label,
                                   struct dc_page_decider *d,
                                   struct dc_err *err)
{
    struct dc_err why = {.msg = ""};
    *d = (struct dc_page_decider){.label = label};
    enum dc_status st = dc_run_view_decisions(p->run, label, &d->by, &why);
    if (st)
        d->by = NULL;
    if (st && st != DC_DATA && err)
        *err = why;
    return st == DC_DATA ? DC_OK : st;
}

enum dc_status dc_page_deciders(struct dc_page *p, struct dc_err *err)
{
    p->decider = dc_xcalloc(p->judge.n + 2, sizeof *p->decider);
    enum dc_status st =
        read_decider(p, p->by->judge, &p->decider[p->n_decider++], err);
    for (size_t i = 0; i < p->judge.n && !st; i++)
        if (strcmp(p->judge.name[i], p->by->judge) != 0 &&
            !dc_judge_is_window(p->judge.name[i]))
            st = read_decider(p, p->judge.name[i], &p->decider[p->n_decider++],
                              err);
    return st;
}

void dc_page_deciders_release(struct dc_page *p)
{
    free(p->decider);
}

/* ---- writing ---- */

static void put_decider(struct dc_page *p, const struct dc_page_decider *d)
{
    dc_buf_adds(&p->b, "{\"label\":");
    dc_page_json(&p->b, d->label);
    dc_buf_adds(&p->b, ",\"says\":");
    dc_page_json(&p->b, d->by ? d->by->says : NULL);
    dc_buf_addc(&p->b, '}');
}

void dc_page_put_deciders(struct dc_page *p)
{
    const char *comma = "";
    dc_buf_adds(&p->b, "\"deciders\":[");
    for (size_t i = 0; i < p->n_decider; i++)
        if (p->decider[i].by || i == 0) {
            dc_buf_adds(&p->b, comma);
            put_decider(p, &p->decider[i]);
            comma = ",";
        }
    comma = "";
    dc_buf_adds(&p->b, "],\"silent\":[");
    for (size_t i = 1; i < p->n_decider; i++)
        if (!p->decider[i].by) {
            dc_buf_adds(&p->b, comma);
            dc_page_json(&p->b, p->decider[i].label);
            comma = ",";
        }
    dc_buf_addc(&p->b, ']');
}

void dc_page_put_votes(struct dc_page *p, size_t ord)
{
    const char *comma = "";
    dc_buf_adds(&p->b, ",[");
    for (size_t i = 1; i < p->n_decider; i++) {
        if (!p->decider[i].by)
            continue;
        const struct dc_run_vote *v = &p->decider[i].by->vote[ord];
        dc_buf_addf(&p->b, "%s[", comma);
        dc_page_json(&p->b, v->has ? dc_verdict_name(v->decision) : NULL);
        dc_buf_addf(&p->b, ",%u,%u,%u,%u]", v->says.n, v->says.refusal,
                    v->says.compliance, v->says.undetermined);
        comma = ",";
    }
    dc_buf_addc(&p->b, ']');
}

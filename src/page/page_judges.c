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

struct decider_walk {
    struct dc_page *p;
    struct dc_page_decider *d;
};

static enum dc_status see_vote(void *arg, const struct dc_decision_row *d,
                               struct dc_err *err)
{
    struct decider_walk *w = arg;
    if (d->prompt < 0 || (uint64_t)d->prompt >= w->p->n_prompt)
        return dc_store_damaged(w->p->store, err,
                                "a decision belongs to prompt %" PRId64
                                ", of %zu",
                                d->prompt, w->p->n_prompt);
    w->d->vote[d->prompt] = (struct dc_page_vote){
        dc_page_word(w->p, d->decision), (uint32_t)d->n_trace,
        (uint32_t)d->n_refusal, (uint32_t)d->n_compliance,
        (uint32_t)d->n_undetermined};
    return DC_OK;
}

/* Its decisions; has stays false where it has not judged every trace. */
static enum dc_status read_decider(struct dc_page *p, const char *label,
                                   struct dc_page_decider *d,
                                   struct dc_err *err)
{
    struct dc_rejudge r;
    struct dc_err why = {.msg = ""};
    struct decider_walk w = {p, d};
    enum dc_status st = dc_rejudge_open(p->store, label, &r, &why);
    *d = (struct dc_page_decider){.label = dc_arena_strdup(&p->arena, label)};
    if (!st) {
        d->vote = dc_xcalloc(p->n_prompt + 1, sizeof *d->vote);
        st = dc_rejudge_each(&r, -1, see_vote, &w, err);
        const char *says = st ? NULL : dc_rejudge_says(&r);
        d->says = says ? dc_arena_strdup(&p->arena, says) : NULL;
        d->has = true;
    } else if (st == DC_DATA) {
        st = DC_OK;
    } else if (err) {
        *err = why;
    }
    dc_rejudge_release(&r);
    return st;
}

enum dc_status dc_page_deciders(struct dc_page *p, struct dc_err *err)
{
    p->decider = dc_xcalloc(p->judge.n + 2, sizeof *p->decider);
    enum dc_status st =
        read_decider(p, p->again.judge, &p->decider[p->n_decider++], err);
    for (size_t i = 0; i < p->judge.n && !st; i++)
        if (strcmp(p->judge.name[i], p->again.judge) != 0 &&
            !dc_judge_is_window(p->judge.name[i]))
            st = read_decider(p, p->judge.name[i], &p->decider[p->n_decider++],
                              err);
    return st;
}

void dc_page_deciders_release(struct dc_page *p)
{
    for (size_t i = 0; i < p->n_decider; i++)
        free(p->decider[i].vote);
    free(p->decider);
}

/* ---- writing ---- */

static void put_decider(struct dc_page *p, const struct dc_page_decider *d)
{
    dc_buf_adds(&p->b, "{\"label\":");
    dc_page_json(&p->b, d->label);
    dc_buf_adds(&p->b, ",\"says\":");
    dc_page_json(&p->b, d->says);
    dc_buf_addc(&p->b, '}');
}

void dc_page_put_deciders(struct dc_page *p)
{
    const char *comma = "";
    dc_buf_adds(&p->b, "\"deciders\":[");
    for (size_t i = 0; i < p->n_decider; i++)
        if (p->decider[i].has || i == 0) {
            dc_buf_adds(&p->b, comma);
            put_decider(p, &p->decider[i]);
            comma = ",";
        }
    comma = "";
    dc_buf_adds(&p->b, "],\"silent\":[");
    for (size_t i = 1; i < p->n_decider; i++)
        if (!p->decider[i].has) {
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
        if (!p->decider[i].has)
            continue;
        const struct dc_page_vote *v = &p->decider[i].vote[ord];
        dc_buf_addf(&p->b, "%s[", comma);
        dc_page_json(&p->b, v->decision);
        dc_buf_addf(&p->b, ",%u,%u,%u,%u]", v->n, v->n_refusal, v->n_compliance,
                    v->n_undetermined);
        comma = ",";
    }
    dc_buf_addc(&p->b, ']');
}

/*
 * trace_flow.c - the majority of each prompt's traces so far (trace_course.h).
 */
#include "replay/trace_course.h"

const enum dc_verdict dc_course_decision[DC_COURSE_DECISIONS] = {
    DC_VERDICT_REFUSAL, DC_VERDICT_UNDETERMINED, DC_VERDICT_COMPLIANCE};

static int flow_state(const struct dc_tally *t)
{
    enum dc_verdict v = dc_tally_decide(t);
    return v == DC_VERDICT_REFUSAL ? 0 : v == DC_VERDICT_UNDETERMINED ? 1 : 2;
}

static void flow_add(const struct dc_record *r,
                     const struct dc_record_prompt *p, struct dc_flow *w)
{
    int state[DC_FLOW_MOST], last = 0;
    bool tied = false;
    struct dc_tally t = {0};
    for (unsigned i = 0; i < p->n_trace; i++) {
        dc_tally_add(&t, r->trace[p->first + i].verdict);
        last = flow_state(&t);
        tied = t.refusal > 0 && t.refusal == t.compliance;
        if (i < DC_FLOW_MOST) {
            state[i] = last;
            w->tied[i] += tied;
        }
    }
    for (unsigned i = p->n_trace; i < DC_FLOW_MOST; i++)
        w->tied[i] += tied;
    for (unsigned i = p->n_trace; i < DC_FLOW_MOST; i++)
        state[i] = last;
    for (unsigned i = 0; i < w->n; i++) {
        w->at[i][state[i]]++;
        w->other[i] += state[i] != last;
        if (i > 0)
            w->go[i - 1][state[i - 1]][state[i]]++;
    }
    w->n_prompt++;
    w->n_trace += p->n_trace;
}

void dc_flow_find(const struct dc_record *r, struct dc_flow *w)
{
    *w = (struct dc_flow){.n = 0};
    if (r->no_replay)
        return;
    unsigned most = 0;
    for (size_t i = 0; i < r->n_prompt; i++)
        if (r->prompt[i].has_full && r->prompt[i].n_trace > most)
            most = r->prompt[i].n_trace;
    w->n = most < DC_FLOW_MOST ? most : DC_FLOW_MOST;
    w->cut = most > DC_FLOW_MOST;
    for (size_t i = 0; i < r->n_prompt; i++)
        if (r->prompt[i].has_full)
            flow_add(r, &r->prompt[i], w);
}

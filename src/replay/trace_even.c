/*
 * trace_even.c - how many traces of a prompt no policy could have cut short is
 * asked of the policy itself (trace_even.h): of a prompt without traces it
 * needs at least so many.
 */
#include "replay/trace_even.h"

#include "base/mem.h"

#include <deepconf/stop.h>
#include <stdlib.h>

static void find_prompts(struct dc_trace_even *e)
{
    const struct dc_record *r = e->record;
    bool open = false;
    for (size_t i = 0; i < r->n_prompt; i++) {
        const struct dc_record_prompt *p = &r->prompt[i];
        open = open || (!p->problem && !p->has_decision);
        if (!open && !p->problem && p->n_trace > 0)
            e->prompt[e->n_prompt++] = p;
        else
            e->n_left_out++;
    }
}

/* Of a prompt without traces the policy needs so many before it could stop. No
 * trace is there to be held against a threshold, so that any will do. */
static unsigned least_drawn(const struct dc_record *r)
{
    struct dc_stop_spec p;
    struct dc_vote_spec vote;
    const struct dc_stop_state none = {.trace = NULL};
    if (dc_stop_parse(r->policy, &p, NULL) != DC_OK ||
        dc_vote_parse(r->vote, &vote, NULL) != DC_OK)
        return 1;
    const struct dc_stop_cfg c = {.min_traces = r->min_traces,
                                  .max_traces = r->k,
                                  .has_threshold = true,
                                  .weighted = !vote.row->by_tally};
    return dc_stop_ask(&p, &none, &c).need;
}

static void find_number(struct dc_trace_even *e)
{
    const struct dc_record *r = e->record;
    unsigned least = r->k, most = 0;
    for (size_t i = 0; i < e->n_prompt; i++) {
        unsigned n = e->prompt[i]->n_trace;
        least = n < least ? n : least;
        most = n > most ? n : most;
    }
    e->n_each = least;
    if (least < r->k && r->knows.drawn) {
        unsigned sure = least_drawn(r);
        e->n_each = sure < least ? sure : least;
    }
    e->whole = e->n_each == r->k;
    e->uneven = !r->knows.drawn && most > least;
}

enum dc_status dc_trace_even_of(const struct dc_record *r, const char *figure,
                                struct dc_trace_even *out, struct dc_err *err)
{
    *out = (struct dc_trace_even){.record = r};
    if (r->n_prompt == 0)
        return dc_fail(err, DC_DATA, "%s", DC_RECORD_EMPTY);
    for (size_t i = 0; i < r->n_trace; i++)
        if (r->trace[i].cut)
            return dc_fail(err, DC_DATA,
                           "the run was drawn with --stop %s, which cuts "
                           "traces by their confidence: what the whole traces "
                           "say is not known, and so neither is %s. Run with "
                           "--stop fixed",
                           r->policy, figure);
    out->prompt = dc_xcalloc(r->n_prompt, sizeof *out->prompt);
    find_prompts(out);
    find_number(out);
    if (out->n_prompt > 0)
        return DC_OK;
    dc_trace_even_release(out);
    return dc_fail(err, DC_DATA,
                   "no prompt of the run is decided yet: there is nothing to "
                   "look at");
}

void dc_trace_even_release(struct dc_trace_even *e)
{
    free(e->prompt);
    *e = (struct dc_trace_even){.n_prompt = 0};
}

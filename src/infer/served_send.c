/*
 * served_send.c - many requests in flight at a server until each has its
 * answer.
 *
 * The client (openai_client.h) makes lost ones again, waits where the server
 * says so, and gives up for good; here each request gets a place as one is
 * free. Answers are asked for whole, not streamed: a judge needs nothing of
 * them before their end, and prompt_logprobs come in no stream.
 */
#include "infer/served_ask_priv.h"

#include <string.h>

enum { WAIT_MS = 250 };

/* ---- a body ---- */

enum dc_status dc_served_body(const struct dc_served_ask *a,
                              const struct dc_served_req *r, struct dc_buf *out,
                              struct dc_err *err)
{
    struct dc_form_text hole[DC_FORM_HOLES];
    struct dc_buf text, answer, again;
    dc_ask_holes(r->pair, hole);
    dc_buf_init(&text, DC_FORM_MAX);
    dc_buf_init(&answer, DC_FORM_MAX);
    dc_buf_init(&again, DC_FORM_MAX);
    bool fits = dc_form_render(a->form, hole, &text);
    for (size_t i = 0; i < 2 && fits && r->then[i]; i++) {
        fits = dc_buf_room(&text) >= strlen(r->then[i]);
        if (fits)
            dc_buf_adds(&text, r->then[i]);
    }
    if (fits && a->answered)
        fits = dc_form_render(a->answered, hole, &answer);
    if (fits && a->then)
        fits = dc_form_render(a->then, hole, &again);
    struct dc_openai_req q = {
        .api = a->api,
        .takes = a->probe.takes & ~(unsigned)DC_TAKES_TOKEN_IDS,
        .model = a->model,
        .system = a->system,
        .text = text.data,
        .n_text = text.n,
        .answer = a->answered ? answer.data : NULL,
        .n_answer = answer.n,
        .again = a->then ? again.data : NULL,
        .n = 1,
        .max_tokens = r->max_tokens,
        .sampling = dc_sampling_default(),
        .logprobs = r->n_top > 0,
        .n_top = r->n_top,
        .think = DC_THINK_AUTO,
        .args = a->args,
    };
    q.sampling.temperature = 0;
    enum dc_status st = fits ? dc_openai_body(&q, out, err)
                             : dc_fail(err, DC_DATA, "too long to be sent");
    dc_buf_release(&text);
    dc_buf_release(&answer);
    dc_buf_release(&again);
    return st;
}

/* ---- requests in flight ---- */

struct sending {
    struct dc_served_ask *a;
    const struct dc_served_job *job;
    size_t at[DC_SERVED_PLACES]; /* the request in each place */
    size_t next, n_over;
};

static enum dc_status send_one(struct sending *s, unsigned place,
                               struct dc_err *err)
{
    struct dc_buf body;
    struct dc_err why;
    size_t i = s->next++;
    dc_buf_init(&body, SIZE_MAX);
    enum dc_status st = s->job->body(s->job->arg, i, &body, &why);
    if (!st) {
        s->at[place] = i;
        s->job->begin(s->job->arg, i);
        const struct dc_client_ask ask = {
            .body = body.data, .n_body = body.n, .seed = (uint32_t)i};
        dc_client_send(s->a->client, place, &ask);
    } else if (st == DC_DATA) {
        const struct dc_served_answer x = {.finish = DC_FINISH_CONTEXT};
        s->job->begin(s->job->arg, i);
        s->job->take(s->job->arg, i, &x);
        s->n_over++;
        st = DC_OK;
    } else {
        dc_fail(err, st, "%s", why.msg);
    }
    dc_buf_release(&body);
    return st;
}

static enum dc_status send_more(struct sending *s, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (unsigned p = 0; p < DC_SERVED_PLACES && !st; p++)
        while (s->next < s->job->n && !dc_client_busy(s->a->client, p) && !st)
            st = send_one(s, p, err);
    return st;
}

static void take_event(struct sending *s, const struct dc_client_event *e)
{
    struct dc_served_answer x = {.chunk = e->chunk};
    const char *why = NULL;
    switch (e->what) {
    case DC_CLIENT_RESTART:
        s->job->begin(s->job->arg, s->at[e->id]);
        return;
    case DC_CLIENT_WHOLE:
        s->n_over++;
        return;
    case DC_CLIENT_CONTEXT:
    case DC_CLIENT_FILTER:
        x.finish =
            e->what == DC_CLIENT_CONTEXT ? DC_FINISH_CONTEXT : DC_FINISH_FILTER;
        s->job->take(s->job->arg, s->at[e->id], &x);
        s->n_over++;
        return;
    case DC_CLIENT_FAILED:
        x.finish = DC_FINISH_ERROR;
        x.failed = true;
        s->job->begin(s->job->arg, s->at[e->id]);
        s->job->take(s->job->arg, s->at[e->id], &x);
        s->n_over++;
        return;
    case DC_CLIENT_CHUNK:
        if (e->chunk->n_choice > 0) {
            x.choice = &e->chunk->choice[0];
            x.finish = x.choice->finish;
        }
        why = s->job->take(s->job->arg, s->at[e->id], &x);
        if (why)
            dc_client_reject(s->a->client, e->id, why);
        return;
    case DC_CLIENT_SENDING: /* not told here */
    case DC_CLIENT_HELD:
        return;
    }
}

enum dc_status dc_served_run(struct dc_served_ask *a,
                             const struct dc_served_job *job,
                             struct dc_err *err)
{
    struct sending s = {.a = a, .job = job};
    struct dc_client_event e;
    enum dc_status st = DC_OK;
    while (!st && s.n_over < job->n) {
        st = send_more(&s, err);
        if (!st && s.n_over < job->n)
            st = dc_client_wait(a->client, WAIT_MS, err);
        while (!st && dc_client_next(a->client, &e))
            take_event(&s, &e);
    }
    for (unsigned p = 0; p < DC_SERVED_PLACES && st; p++)
        dc_client_abort(a->client, p);
    return st;
}

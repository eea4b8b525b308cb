/*
 * openai_client_group.c - one request for several places of openai_client.h:
 * who goes together, and what came of it to each of them.
 *
 * A group forms when a request leaves, as only then is known how many the
 * server has room for and whether answers may be in one piece. It is over with
 * its answer or its loss, and never retried: what is lost of it is made again
 * one by one, as a stream, and where nothing was drawn (429, 503) each member
 * waits by itself, to leave alone or in another group.
 */
#include "infer/openai_client_priv.h"

#include <stdio.h>

/* The place that may be choice j beside `first`; NULL: there is none. */
static struct dc_client_req *group_choice(struct dc_client *c,
                                          const struct dc_client_req *first,
                                          unsigned j, size_t url, double now)
{
    for (unsigned i = 0; i < c->cfg.n_max; i++) {
        struct dc_client_req *r = &c->req[i];
        if (r->state == DC_CLIENT_WAITS && r->kin == first->kin &&
            r->seed == first->seed + j && r->ready_ms <= now &&
            !(r->tried >> url & 1))
            return r;
    }
    return NULL;
}

/* How many may leave together, `first` among them. */
static unsigned group_size(struct dc_client *c,
                           const struct dc_client_req *first, size_t url,
                           double now)
{
    unsigned n = 1, room = dc_limit_room(&c->limit[url], now);
    unsigned most = first->n_most < room ? first->n_most : room;
    if (first->kin == 0 || !dc_client_may_be_whole(c, first, url))
        return 1;
    while (n < most && group_choice(c, first, n, url, now))
        n++;
    return n;
}

/* A place for a group; NULL: there is none. */
static struct dc_client_req *group_place(struct dc_client *c)
{
    for (unsigned i = c->cfg.n_max; i < c->n_all; i++)
        if (c->req[i].state == DC_CLIENT_EMPTY)
            return &c->req[i];
    return NULL;
}

bool dc_client_gather(struct dc_client *c, struct dc_client_req *r, size_t url,
                      double now)
{
    unsigned n = group_size(c, r, url, now);
    struct dc_client_req *g = n > 1 ? group_place(c) : NULL;
    if (!g)
        return false;
    g->state = DC_CLIENT_LEAVES;
    g->seed = r->seed;
    g->attempt = 1;
    g->url = (unsigned)url;
    g->n = n;
    dc_limit_sent(&c->limit[url], n);
    dc_buf_clear(&g->body_whole);
    c->cfg.several(c->cfg.arg, (unsigned)(r - c->req), n, &g->body_whole);
    for (; g->n_member < n; g->n_member++) {
        struct dc_client_req *m = group_choice(c, r, g->n_member, url, now);
        dc_client_departs(c, m, url, now);
        m->group = g;
        m->choice = g->n_member;
    }
    return true;
}

/* The first member from place i on; NULL: there are no more. */
static struct dc_client_req *
group_member(struct dc_client *c, const struct dc_client_req *g, unsigned i)
{
    for (; i < c->cfg.n_max; i++)
        if (c->req[i].group == g)
            return &c->req[i];
    return NULL;
}

static unsigned group_behind(const struct dc_client *c,
                             const struct dc_client_req *r)
{
    return (unsigned)(r - c->req) + 1;
}

void dc_client_group_flies(struct dc_client *c, const struct dc_client_req *g,
                           double now)
{
    struct dc_client_req *r = group_member(c, g, 0);
    for (; r; r = group_member(c, g, group_behind(c, r)))
        dc_client_flies(r, true, now);
}

/* Its place is empty; returns the group. */
static struct dc_client_req *group_out(struct dc_client_req *r)
{
    struct dc_client_req *g = r->group;
    r->group = NULL;
    r->state = DC_CLIENT_EMPTY;
    g->n_member--;
    return g;
}

void dc_client_quit(struct dc_client *c, struct dc_client_req *r)
{
    struct dc_client_req *g = group_out(r);
    if (g->n_member == 0)
        dc_client_leave(c, g);
}

/* What was lost, or refused, is the member's own. */
static void group_part(struct dc_client_req *r)
{
    const struct dc_client_req *g = group_out(r);
    r->status = g->status;
    r->has_wait = g->has_wait;
    r->wait_ms = g->wait_ms;
    snprintf(r->why, sizeof r->why, "%s", g->why);
}

void dc_client_scatter(struct dc_client *c, struct dc_client_req *g,
                       enum dc_client_loss loss, double now)
{
    struct dc_client_event e;
    struct dc_client_req *r = group_member(c, g, 0);
    for (; r; r = group_member(c, g, group_behind(c, r))) {
        group_part(r);
        if (dc_client_once_more(c, r, loss, now, &e))
            dc_client_tell(c, r, e.what);
    }
}

void dc_client_tell_members(struct dc_client *c, struct dc_client_req *g,
                            enum dc_client_what what, bool over)
{
    struct dc_client_req *r = group_member(c, g, 0);
    for (; r; r = group_member(c, g, group_behind(c, r))) {
        if (over)
            group_part(r);
        dc_client_tell(c, r, what);
    }
}

bool dc_client_spread(struct dc_client *c, struct dc_client_event *e)
{
    if (!c->spreads)
        return false;
    const struct dc_client_req *g = &c->req[c->spread.id];
    const struct dc_client_req *r = group_member(c, g, c->spread_at);
    c->spreads = r != NULL;
    if (!r)
        return false;
    c->spread_at = group_behind(c, r);
    dc_client_fill(c, r, c->spread.what, e);
    e->chunk = c->spread.chunk;
    e->whole = c->spread.whole;
    e->choice = r->choice;
    e->n = g->n;
    return true;
}

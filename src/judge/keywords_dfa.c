/*
 * keywords_dfa.c - subset construction on demand.
 *
 * Matching starts anew before every symbol, so each state holds the starts of
 * all rules; they are kept apart and not written into the sets. A set is the
 * sorted list of nodes that wait for a symbol, and then the MATCH nodes.
 */
#include "judge/keywords_dfa.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 2 * DC_KW_MAX_STATES };

/* ---- sets of nodes ---- */

/* Add what can be reached from `node` without a symbol to work [*n]. */
static void reach(struct dc_kw_dfa *d, uint32_t node, size_t *n)
{
    size_t depth = 0;
    if (d->mark[node] == d->stamp)
        return;
    d->mark[node] = d->stamp;
    d->stack[depth++] = node;
    while (depth) {
        const struct dc_kw_node *at = &d->r->node[d->stack[--depth]];
        if (at->op != DC_KW_SPLIT) {
            d->work[(*n)++] = (uint32_t)(at - d->r->node);
            continue;
        }
        const uint32_t to[2] = {at->arg, at->out};
        for (int i = 0; i < 2; i++)
            if (d->mark[to[i]] != d->stamp) {
                d->mark[to[i]] = d->stamp;
                d->stack[depth++] = to[i];
            }
    }
}

static void new_stamp(struct dc_kw_dfa *d)
{
    if (++d->stamp == 0) {
        memset(d->mark, 0, d->r->n_nodes * sizeof *d->mark);
        d->stamp = 1;
    }
}

static bool takes(const struct dc_kw_rules *r, const struct dc_kw_node *node,
                  unsigned cls)
{
    if (node->op == DC_KW_ANY)
        return cls != DC_KW_BOUNDARY;
    return node->op == DC_KW_SYMBOL && dc_kw_holds(r, node->arg, cls);
}

static void follow(struct dc_kw_dfa *d, uint32_t node, unsigned cls, size_t *n)
{
    if (takes(d->r, &d->r->node[node], cls))
        reach(d, d->r->node[node].out, n);
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Sort work [n], MATCH nodes last; how many of those there are. */
static uint32_t sort(struct dc_kw_dfa *d, size_t n)
{
    size_t front = 0;
    for (size_t i = 0; i < n; i++)
        if (d->r->node[d->work[i]].op != DC_KW_MATCH) {
            uint32_t swap = d->work[front];
            d->work[front++] = d->work[i];
            d->work[i] = swap;
        }
    qsort(d->work, front, sizeof *d->work, by_number);
    qsort(d->work + front, n - front, sizeof *d->work, by_number);
    return (uint32_t)(n - front);
}

/* ---- states ---- */

static void forget(struct dc_kw_dfa *d)
{
    d->n_states = 1;
    d->n_pool = 0;
    d->state[0] = (struct dc_kw_state){0};
    memset(d->slot, 0, SLOTS * sizeof *d->slot);
    memset(d->arrow, 0xFF, d->r->n_classes * sizeof *d->arrow);
}

static unsigned add_state(struct dc_kw_dfa *d, size_t n, uint32_t n_matches)
{
    unsigned s = d->n_states++;
    if (d->n_pool + n > d->cap_pool) {
        d->cap_pool = 2 * (d->n_pool + n);
        d->pool = dc_xrealloc(d->pool, d->cap_pool, sizeof *d->pool);
    }
    memcpy(d->pool + d->n_pool, d->work, n * sizeof *d->work);
    d->state[s] = (struct dc_kw_state){.off = (uint32_t)d->n_pool,
                                       .n = (uint32_t)n,
                                       .n_matches = n_matches};
    d->n_pool += n;
    d->matches[s] = n_matches > 0;
    memset(d->arrow + (size_t)s * d->r->n_classes, 0xFF,
           d->r->n_classes * sizeof *d->arrow);
    return s;
}

/* The state of work [n], sorted; made if it is new. */
static unsigned intern(struct dc_kw_dfa *d, size_t n, uint32_t n_matches)
{
    uint32_t h = 2166136261u;
    if (n == 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        h = (h ^ d->work[i]) * 16777619u;
    size_t at = (h ^ h >> 15) % SLOTS;
    for (; d->slot[at]; at = (at + 1) % SLOTS) {
        const struct dc_kw_state *s = &d->state[d->slot[at]];
        if (s->n == n && memcmp(d->pool + s->off, d->work,
                                n * sizeof *d->work) == 0)
            return d->slot[at];
    }
    unsigned s = add_state(d, n, n_matches);
    d->slot[at] = (uint16_t)s;
    return s;
}

unsigned dc_kw_dfa_fill(struct dc_kw_dfa *d, unsigned state, unsigned cls)
{
    size_t n = 0;
    const struct dc_kw_state *s = &d->state[state];
    new_stamp(d);
    for (uint32_t i = 0; i < s->n; i++)
        follow(d, d->pool[s->off + i], cls, &n);
    for (size_t i = 0; i < d->n_first; i++)
        follow(d, d->first[i], cls, &n);
    uint32_t n_matches = sort(d, n);
    bool full = d->n_states == DC_KW_MAX_STATES;
    if (full)
        forget(d);
    unsigned to = intern(d, n, n_matches);
    if (!full)
        d->arrow[(size_t)state * d->r->n_classes + cls] = (uint16_t)to;
    return to;
}

unsigned dc_kw_dfa_rule(const struct dc_kw_dfa *d, unsigned state, unsigned i)
{
    const struct dc_kw_state *s = &d->state[state];
    return d->r->node[d->pool[s->off + s->n - s->n_matches + i]].arg;
}

bool dc_kw_dfa_exact(struct dc_kw_dfa *d, const struct dc_kw_rule *rule,
                     const uint16_t *cls, size_t n)
{
    size_t n_now = 0;
    new_stamp(d);
    reach(d, rule->start, &n_now);
    uint32_t *now = d->exact;
    for (size_t i = 0; i < n; i++) {
        memcpy(now, d->work, n_now * sizeof *now);
        size_t n_next = 0;
        new_stamp(d);
        for (size_t k = 0; k < n_now; k++)
            follow(d, now[k], cls[i], &n_next);
        n_now = n_next;
        if (n_now == 0)
            return false;
    }
    for (size_t k = 0; k < n_now; k++)
        if (d->r->node[d->work[k]].op == DC_KW_MATCH)
            return true;
    return false;
}

void dc_kw_dfa_init(struct dc_kw_dfa *d, const struct dc_kw_rules *r)
{
    *d = (struct dc_kw_dfa){.r = r};
    d->arrow = dc_xcalloc(DC_KW_MAX_STATES * (size_t)r->n_classes,
                          sizeof *d->arrow);
    d->matches = dc_xcalloc(DC_KW_MAX_STATES, 1);
    d->state = dc_xcalloc(DC_KW_MAX_STATES, sizeof *d->state);
    d->slot = dc_xcalloc(SLOTS, sizeof *d->slot);
    d->work = dc_xcalloc(r->n_nodes, sizeof *d->work);
    d->stack = dc_xcalloc(r->n_nodes, sizeof *d->stack);
    d->exact = dc_xcalloc(r->n_nodes, sizeof *d->exact);
    d->mark = dc_xcalloc(r->n_nodes, sizeof *d->mark);
    new_stamp(d);
    for (size_t i = 0; i < r->n_rules; i++)
        reach(d, r->rule[i].start, &d->n_first);
    d->first = dc_xcalloc(d->n_first + 1, sizeof *d->first);
    memcpy(d->first, d->work, d->n_first * sizeof *d->first);
    forget(d);
}

void dc_kw_dfa_release(struct dc_kw_dfa *d)
{
    free(d->arrow);
    free(d->matches);
    free(d->state);
    free(d->pool);
    free(d->slot);
    free(d->first);
    free(d->work);
    free(d->stack);
    free(d->exact);
    free(d->mark);
}

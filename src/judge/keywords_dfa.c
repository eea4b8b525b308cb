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
    if (d->r->node[node].op != DC_KW_SPLIT) {
        d->work[(*n)++] = node;
        return;
    }
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
    memset(d->arrow, 0xFF, d->n_own * sizeof *d->arrow);
}

static unsigned add_state(struct dc_kw_dfa *d, size_t n, uint32_t n_matches)
{
    unsigned s = d->n_states++;
    if (d->n_pool + n > d->cap_pool) {
        d->cap_pool = 2 * (d->n_pool + n);
        d->pool = dc_xrealloc(d->pool, d->cap_pool, sizeof *d->pool);
    }
    memcpy(d->pool + d->n_pool, d->work, n * sizeof *d->work);
    d->state[s] = (struct dc_kw_state){
        .off = (uint32_t)d->n_pool, .n = (uint32_t)n, .n_matches = n_matches};
    d->n_pool += n;
    d->matches[s] = n_matches > 0;
    memset(d->arrow + (size_t)s * d->n_own, 0xFF, d->n_own * sizeof *d->arrow);
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
        if (s->n == n &&
            memcmp(d->pool + s->off, d->work, n * sizeof *d->work) == 0)
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
        d->arrow[(size_t)state * d->n_own + d->own[cls]] =
            (uint16_t)(d->matches[to] ? to | DC_KW_ODD : to);
    return to;
}

unsigned dc_kw_dfa_match(const struct dc_kw_dfa *d, unsigned state, unsigned i)
{
    const struct dc_kw_state *s = &d->state[state];
    return d->r->node[d->pool[s->off + s->n - s->n_matches + i]].arg;
}

bool dc_kw_dfa_opens(const struct dc_kw_dfa *d, unsigned match, unsigned cls)
{
    return d->opens[match * dc_kw_class_words(d->r) + cls / 64] >> cls % 64 & 1;
}

bool dc_kw_dfa_exact(struct dc_kw_dfa *d, unsigned match, const uint16_t *cls,
                     size_t n)
{
    const uint32_t *now = d->first + d->first_of[match];
    size_t n_now = d->first_of[match + 1] - d->first_of[match];
    for (size_t i = 0; i < n; i++) {
        size_t n_next = 0;
        new_stamp(d);
        for (size_t k = 0; k < n_now; k++)
            follow(d, now[k], cls[i], &n_next);
        if (n_next == 0)
            return false;
        memcpy(d->exact, d->work, n_next * sizeof *d->exact);
        now = d->exact;
        n_now = n_next;
    }
    for (size_t k = 0; k < n_now; k++)
        if (d->r->node[now[k]].op == DC_KW_MATCH &&
            d->r->node[now[k]].arg == match)
            return true;
    return false;
}

/* ---- making one ---- */

static unsigned group_of(const struct dc_kw_rule *rule)
{
    if (rule->scope == DC_KW_ANYWHERE)
        return DC_KW_ALL_TEXT;
    return rule->kind == DC_KW_REFUSE ? DC_KW_START_REFUSE : DC_KW_START_OTHER;
}

/* Mark the sets of words that the group's rules use; used [r->n_sets]. */
static void find_sets(struct dc_kw_dfa *d, bool *used)
{
    const struct dc_kw_rules *r = d->r;
    bool *seen = dc_xcalloc(r->n_nodes, sizeof *seen);
    size_t depth = 0;
    for (size_t i = 0; i < d->n_first; i++) {
        seen[d->first[i]] = true;
        d->stack[depth++] = d->first[i];
    }
    while (depth) {
        const struct dc_kw_node *at = &r->node[d->stack[--depth]];
        const uint32_t to[2] = {at->out,
                                at->op == DC_KW_SPLIT ? at->arg : at->out};
        if (at->op == DC_KW_SYMBOL)
            used[at->arg] = true;
        for (int i = 0; i < 2 && at->op != DC_KW_MATCH; i++)
            if (!seen[to[i]]) {
                seen[to[i]] = true;
                d->stack[depth++] = to[i];
            }
    }
    free(seen);
}

/* Move what set s holds out of its classes own [n_classes], into new ones. */
static void split(const struct dc_kw_rules *r, uint32_t s, uint32_t *own,
                  uint32_t *n)
{
    uint32_t *moved = dc_xcalloc(*n, sizeof *moved);
    for (unsigned c = 0; c < r->n_classes; c++) {
        if (c == DC_KW_BOUNDARY || !dc_kw_holds(r, s, c))
            continue;
        if (!moved[own[c]])
            moved[own[c]] = (*n)++;
        own[c] = moved[own[c]];
    }
    free(moved);
}

/* Classes that the group's rules don't tell apart become one. */
static void own_classes(struct dc_kw_dfa *d)
{
    const struct dc_kw_rules *r = d->r;
    bool *used = dc_xcalloc(r->n_sets + 1, sizeof *used);
    uint32_t *own = dc_xcalloc(r->n_classes, sizeof *own), n = 2;
    find_sets(d, used);
    own[DC_KW_BOUNDARY] = DC_KW_BOUNDARY;
    for (size_t s = 0; s < r->n_sets; s++)
        if (used[s])
            split(r, (uint32_t)s, own, &n);
    uint32_t *name = dc_xcalloc(n, sizeof *name); /* number and 1 */
    for (unsigned c = 0; c < r->n_classes; c++) {
        if (!name[own[c]])
            name[own[c]] = ++d->n_own;
        d->own[c] = (uint16_t)(name[own[c]] - 1);
    }
    free(name);
    free(own);
    free(used);
}

static void find_first(struct dc_kw_dfa *d, unsigned group)
{
    const struct dc_kw_rules *r = d->r;
    size_t cap = 0;
    for (size_t i = 0; i < r->n_matches; i++) {
        size_t n = 0;
        d->first_of[i] = (uint32_t)d->n_first;
        if (group_of(&r->rule[r->match[i].rule]) == group) {
            new_stamp(d);
            reach(d, r->match[i].start, &n);
        }
        if (d->n_first + n > cap) {
            cap = 2 * (d->n_first + n);
            d->first = dc_xrealloc(d->first, cap, sizeof *d->first);
        }
        if (n > 0)
            memcpy(d->first + d->n_first, d->work, n * sizeof *d->first);
        d->n_first += n;
    }
    d->first_of[r->n_matches] = (uint32_t)d->n_first;
}

static void find_opens(struct dc_kw_dfa *d)
{
    const struct dc_kw_rules *r = d->r;
    for (size_t m = 0; m < r->n_matches; m++)
        for (size_t i = d->first_of[m]; i < d->first_of[m + 1]; i++)
            for (unsigned c = 0; c < r->n_classes; c++)
                if (takes(r, &r->node[d->first[i]], c))
                    d->opens[m * dc_kw_class_words(r) + c / 64] |= (uint64_t)1
                                                                   << c % 64;
}

void dc_kw_dfa_init(struct dc_kw_dfa *d, const struct dc_kw_rules *r,
                    unsigned group)
{
    *d = (struct dc_kw_dfa){.r = r};
    d->work = dc_xcalloc(r->n_nodes, sizeof *d->work);
    d->stack = dc_xcalloc(r->n_nodes, sizeof *d->stack);
    d->exact = dc_xcalloc(r->n_nodes, sizeof *d->exact);
    d->mark = dc_xcalloc(r->n_nodes, sizeof *d->mark);
    d->own = dc_xcalloc(r->n_classes, sizeof *d->own);
    d->first_of = dc_xcalloc(r->n_matches + 1, sizeof *d->first_of);
    find_first(d, group);
    d->opens =
        dc_xcalloc(r->n_matches * dc_kw_class_words(r) + 1, sizeof *d->opens);
    find_opens(d);
    own_classes(d);
    d->arrow =
        dc_xcalloc(DC_KW_MAX_STATES * (size_t)d->n_own, sizeof *d->arrow);
    d->matches = dc_xcalloc(DC_KW_MAX_STATES, 1);
    d->state = dc_xcalloc(DC_KW_MAX_STATES, sizeof *d->state);
    d->slot = dc_xcalloc(SLOTS, sizeof *d->slot);
    forget(d);
}

void dc_kw_dfa_release(struct dc_kw_dfa *d)
{
    free(d->own);
    free(d->first_of);
    free(d->opens);
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

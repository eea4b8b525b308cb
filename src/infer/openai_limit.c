/*
 * openai_limit.c - openai_limit.h.
 *
 * The figures are those of Inspect's adaptive connections (its
 * docs/models-concurrency, November 2026).
 */
#include "infer/openai_limit.h"

#include <assert.h>
#include <math.h>

#define GROWTH 1.05
#define SHRINK 0.8
#define EPISODE_MS 15000.0

struct dc_limit dc_limit_start(unsigned first, unsigned max)
{
    assert(first >= 1 && first <= max);
    return (struct dc_limit){.now = first, .max = max};
}

unsigned dc_limit_room(const struct dc_limit *l, double now_ms)
{
    unsigned most = now_ms >= l->hold_ms ? (unsigned)l->now : 0;
    return l->in_flight < most ? most - l->in_flight : 0;
}

void dc_limit_sent(struct dc_limit *l, unsigned n)
{
    l->in_flight += n;
}

void dc_limit_over(struct dc_limit *l, unsigned n)
{
    assert(l->in_flight >= n);
    l->in_flight -= n;
}

void dc_limit_begun(struct dc_limit *l, double now_ms)
{
    l->n_failed = 0;
    if (now_ms < l->episode_ms || ++l->n_begun < l->now)
        return;
    double more =
        l->was_limited ? fmax(l->now + 1, l->now * GROWTH) : 2 * l->now;
    l->now = fmin(more, l->max);
    l->n_begun = 0;
}

void dc_limit_refused(struct dc_limit *l, double now_ms, double wait_ms)
{
    l->was_limited = true;
    l->n_begun = 0;
    l->hold_ms = fmax(l->hold_ms, now_ms + wait_ms);
    if (now_ms >= l->episode_ms)
        /* What is in flight is what was too much, where that is less. */
        l->now = fmax(1, SHRINK * fmin(l->now, fmax(1, l->in_flight)));
    l->episode_ms = fmax(l->episode_ms, now_ms + fmax(EPISODE_MS, wait_ms));
}

void dc_limit_failed(struct dc_limit *l)
{
    l->n_begun = 0;
}

void dc_limit_away(struct dc_limit *l, double now_ms, double wait_ms)
{
    l->n_begun = 0;
    l->n_failed += now_ms >= l->hold_ms;
    l->hold_ms = fmax(l->hold_ms, now_ms + wait_ms);
}

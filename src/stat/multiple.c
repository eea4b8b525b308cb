/*
 * multiple.c - several tests at once, and promises from calibration prompts.
 *
 * Holm 1979: with p_(1) <= ... <= p_(n), the adjusted value of the i-th is the
 * largest of (n - j + 1) p_(j) over j <= i, and at most 1.
 *
 * Learn then Test (Angelopoulos, Bates, Candes, Jordan and Lei 2021): each
 * setting has a p-value for "its loss rate is above alpha". If the rate is
 * above alpha, few losses are at most as likely as at alpha itself, so
 * P(Bin(n, alpha) <= lost) is a p-value. Tested in an order fixed beforehand,
 * each at the full delta until the first that fails, the first setting that
 * breaks the promise passes with probability <= delta, and later ones pass only
 * if it does.
 */
#include "base/mem.h"

#include <assert.h>
#include <deepconf/stat.h>
#include <math.h>
#include <stdlib.h>

struct ranked {
    double p;
    size_t at;
};

static int by_p(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

void dc_holm(const double *p, size_t n, double *out)
{
    struct ranked *r = dc_xcalloc(n, sizeof *r);
    for (size_t i = 0; i < n; i++) {
        assert(p[i] >= 0 && p[i] <= 1);
        r[i] = (struct ranked){p[i], i};
    }
    qsort(r, n, sizeof *r, by_p);
    double top = 0;
    for (size_t i = 0; i < n; i++) {
        top = fmax(top, (double)(n - i) * r[i].p);
        out[r[i].at] = fmin(1, top);
    }
    free(r);
}

double dc_ltt_p(const struct dc_ltt_setting *s, double alpha)
{
    assert(s->lost <= s->n && alpha > 0 && alpha < 1);
    return dc_binom_cdf(s->lost, s->n, alpha);
}

static bool enough(uint64_t n, struct dc_ltt_promise p)
{
    return dc_ltt_p(&(struct dc_ltt_setting){0, n}, p.alpha) <= p.delta;
}

uint64_t dc_ltt_needed(double alpha, double delta)
{
    assert(alpha > 0 && alpha < 1 && delta > 0 && delta < 1);
    struct dc_ltt_promise promise = {alpha, delta};
    /* the logarithms may be off by one where their ratio is an integer */
    double guess = fmax(1, ceil(log(delta) / log1p(-alpha)));
    assert(guess < 0x1p53);
    uint64_t n = (uint64_t)guess;
    while (n > 1 && enough(n - 1, promise))
        n--;
    while (!enough(n, promise))
        n++;
    return n;
}

size_t dc_ltt_passed(const struct dc_ltt_setting *s, size_t n,
                     struct dc_ltt_promise promise)
{
    size_t i = 0;
    while (i < n && dc_ltt_p(&s[i], promise.alpha) <= promise.delta)
        i++;
    return i;
}

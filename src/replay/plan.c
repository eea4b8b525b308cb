/*
 * plan.c - plan.h.
 */
#include "replay/plan.h"

#include "base/rng.h"

#include <assert.h>
#include <deepconf/dist.h>
#include <math.h>

void dc_plan_pick(size_t n, size_t m, uint64_t seed, size_t *out)
{
    const struct dc_rng_key key = {seed, 0x706c616eu}; /* "plan" */
    assert(m >= 1 && m <= n && n <= UINT32_MAX);
    for (size_t i = 0; i < m; i++) {
        size_t from = i * n / m, end = (i + 1) * n / m;
        out[i] =
            from + dc_rng_below(&key, (uint32_t)i, 0, (uint32_t)(end - from));
    }
}

/* Mean and squared deviations, by Welford's update. */
struct plan_moments {
    size_t n;
    double mean, squares;
};

static void plan_add(struct plan_moments *a, double x)
{
    double before = x - a->mean;
    a->n++;
    a->mean += before / (double)a->n;
    a->squares += before * (x - a->mean);
}

/*
 * How far Student's interval of the mean of all n prompts reaches to either
 * side of a's. What was drawn already is certain, unless it is drawn anew: then
 * the run's own chance comes on top of the sample's.
 */
static double plan_reach(const struct dc_plan_sample *s,
                         const struct plan_moments *a)
{
    double share = (double)s->m / (double)s->n, n = (double)a->n;
    double rest = s->anew ? 1 + share : 1 - share;
    return dc_student_quantile(n - 1, 1 - s->level) *
           sqrt(a->squares / (n - 1) / n * rest);
}

static bool plan_is_certain(const struct dc_plan_sample *s)
{
    return s->m == s->n && !s->anew;
}

/* What prompt i costs the policy, those that it draws to K included. */
static double plan_cost(const struct dc_plan_sample *s, size_t i)
{
    return s->to_full * s->full[i] + (1 - s->to_full) * s->early[i];
}

static double plan_sum(const struct dc_plan_sample *s, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < s->m; i++)
        sum += x[i];
    return sum;
}

void dc_plan_full(const struct dc_plan_sample *s, struct dc_plan_figure *out)
{
    struct plan_moments a = {0};
    double n = (double)s->n;
    for (size_t i = 0; i < s->m; i++)
        plan_add(&a, s->full[i]);
    *out = (struct dc_plan_figure){.value = n * a.mean,
                                   .has_range = plan_is_certain(s) || a.n > 1};
    if (plan_is_certain(s)) /* without the mean's rounding */
        out->value = out->lo = out->hi = plan_sum(s, s->full);
    if (plan_is_certain(s) || !out->has_range)
        return;
    double reach = plan_reach(s, &a);
    out->lo = n * fmax(a.mean - reach, 0);
    out->hi = n * (a.mean + reach);
}

/*
 * The policy's costs less `share` of the full ones, as a mean over prompts;
 * `end`: -1, +1 for the ends of its interval, with the prompt more, 0: itself.
 */
static double plan_mean(const struct dc_plan_sample *s, double share, int end)
{
    struct plan_moments a = {0};
    double full = 0;
    for (size_t i = 0; i < s->m; i++) {
        plan_add(&a, plan_cost(s, i) - share * s->full[i]);
        full += s->full[i] / (double)s->m;
    }
    if (end == 0 || plan_is_certain(s))
        return a.mean;
    double most = s->to_full + (1 - s->to_full) * (end > 0 ? 1 : s->least);
    plan_add(&a, (most - share) * full);
    return a.mean + end * plan_reach(s, &a);
}

void dc_plan_early(const struct dc_plan_sample *s, struct dc_plan_figure *out)
{
    struct dc_plan_figure full;
    double n = (double)s->n;
    dc_plan_full(s, &full);
    *out = (struct dc_plan_figure){.value = n * plan_mean(s, 0, 0),
                                   .has_range = full.has_range};
    if (s->to_full >= 1) {
        *out = full;
        return;
    }
    if (plan_is_certain(s) && s->to_full <= 0)
        out->value = plan_sum(s, s->early);
    if (plan_is_certain(s))
        out->lo = out->hi = out->value;
    if (plan_is_certain(s) || !out->has_range)
        return;
    out->lo = n * fmax(plan_mean(s, 0, -1), 0);
    out->hi = fmin(n * plan_mean(s, 0, 1), full.hi);
}

/* Residuals from the ratio, over the mean of its denominator. */
void dc_plan_saved(const struct dc_plan_sample *s, struct dc_plan_figure *out)
{
    double full = 0, early = 0;
    for (size_t i = 0; i < s->m; i++) {
        full += s->full[i];
        early += plan_cost(s, i);
    }
    *out = (struct dc_plan_figure){.has_range = full > 0 && s->to_full >= 1};
    if (full <= 0 || s->to_full >= 1)
        return;
    double share = early / full, mean = full / (double)s->m;
    out->value = 1 - share;
    out->has_range = plan_is_certain(s) || s->m > 1;
    if (!out->has_range)
        return;
    out->lo = fmax(out->value - plan_mean(s, share, 1) / mean, 0);
    out->hi = fmin(out->value - plan_mean(s, share, -1) / mean, 1);
}

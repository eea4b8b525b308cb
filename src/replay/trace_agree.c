/*
 * trace_agree.c - how far the traces of a prompt agree, with intervals that
 * resample prompts. Labels: refusal (a partial one too), compliance,
 * undetermined.
 *
 * Values come from <deepconf/agree.h>. For the resamples of alpha and kappa the
 * sums of each prompt are kept, and added up with the prompt's weight; with all
 * weights 1 they give those values again.
 */
#include "base/mem.h"
#include "replay/trace_rows.h"

#include <math.h>
#include <stdlib.h>

/* Of a prompt with m >= 2 traces. */
struct unit {
    double m;
    double count[DC_TRACE_LABELS];
    double agreeing;    /* share of equal pairs */
    double disagreeing; /* unequal ordered pairs / (m - 1) */
};

struct units {
    struct unit *u;
    size_t n;
};

struct total {
    double units, n, agreeing, disagreeing, squares;
};

static struct total add_up(const struct units *s, const uint32_t *weight)
{
    struct total t = {0};
    double count[DC_TRACE_LABELS] = {0};
    for (size_t i = 0; i < s->n; i++) {
        const struct unit *u = &s->u[i];
        t.units += weight[i];
        t.n += weight[i] * u->m;
        t.agreeing += weight[i] * u->agreeing;
        t.disagreeing += weight[i] * u->disagreeing;
        for (int c = 0; c < DC_TRACE_LABELS; c++)
            count[c] += weight[i] * u->count[c];
    }
    for (int c = 0; c < DC_TRACE_LABELS; c++)
        t.squares += count[c] * count[c];
    return t;
}

static bool alpha(const void *data, const uint32_t *weight, double *value)
{
    const struct total t = add_up(data, weight);
    double unequal = t.n * t.n - t.squares;
    if (unequal == 0)
        return false;
    *value = 1 - t.disagreeing * (t.n - 1) / unequal;
    return true;
}

static bool fleiss(const void *data, const uint32_t *weight, double *value)
{
    const struct total t = add_up(data, weight);
    double by_chance = t.squares / (t.n * t.n);
    if (t.n * t.n == t.squares)
        return false;
    *value = (t.agreeing / t.units - by_chance) / (1 - by_chance);
    return true;
}

static uint32_t label_of(enum dc_verdict v)
{
    bool refusal;
    if (!dc_trace_side(v, &refusal))
        return 2;
    return refusal ? 0 : 1;
}

static bool unit_of(const struct dc_record *r, const struct dc_record_prompt *p,
                    struct unit *u, double *entropy)
{
    uint32_t count[DC_TRACE_LABELS] = {0};
    double same = 0, m = p->n_trace;
    if (!dc_trace_prompt_counts(p) || p->n_trace < 2)
        return false;
    for (unsigned k = 0; k < p->n_trace; k++)
        count[label_of(r->trace[p->first + k].verdict)]++;
    for (int c = 0; c < DC_TRACE_LABELS; c++) {
        u->count[c] = count[c];
        same += u->count[c] * u->count[c];
    }
    u->m = m;
    u->agreeing = (same - m) / (m * (m - 1));
    u->disagreeing = (m * m - same) / (m - 1);
    return dc_label_entropy(count, DC_TRACE_LABELS, entropy);
}

/* Every trace of the prompts that count. */
static struct dc_agreement values(const struct dc_record *r, double level)
{
    struct dc_ratings x = {.n_labels = DC_TRACE_LABELS};
    uint32_t *unit = dc_xcalloc(r->n_trace + 1, sizeof *unit);
    uint32_t *label = dc_xcalloc(r->n_trace + 1, sizeof *label);
    x.unit = unit;
    x.label = label;
    for (size_t i = 0; i < r->n_prompt; i++) {
        const struct dc_record_prompt *p = &r->prompt[i];
        if (!dc_trace_prompt_counts(p))
            continue;
        for (unsigned k = 0; k < p->n_trace; k++) {
            unit[x.n] = (uint32_t)x.n_units;
            label[x.n++] = label_of(r->trace[p->first + k].verdict);
        }
        x.n_units++;
    }
    struct dc_agreement a = dc_agreement_of(&x, level);
    free(unit);
    free(label);
    return a;
}

static void mean_boot(const double *x, size_t n, const struct dc_boot_cfg *boot,
                      void (*of)(const struct dc_boot_sums *sums,
                                 const struct dc_boot_cfg *cfg,
                                 struct dc_boot *out),
                      struct dc_boot *out)
{
    double *one = dc_xcalloc(n + 1, sizeof *one);
    for (size_t i = 0; i < n; i++)
        one[i] = 1;
    const struct dc_boot_sums sums = {x, one, n};
    of(&sums, boot, out);
    free(one);
}

/* Alpha and kappa need prompts that disagree, prompts with a refusal and
 * prompts with another verdict; the entropy those that disagree. */
static void require(const struct units *s, struct dc_trace_agreement *out)
{
    size_t split = 0, refusal = 0, other = 0;
    for (size_t i = 0; i < s->n; i++) {
        split += s->u[i].agreeing < 1;
        refusal += s->u[i].count[0] > 0;
        other += s->u[i].count[0] < s->u[i].m;
    }
    size_t rarer = refusal < other ? refusal : other;
    dc_boot_require(&out->alpha, split, rarer);
    dc_boot_require(&out->fleiss, split, rarer);
    dc_boot_require(&out->entropy, split, split);
}

static void intervals(const struct units *s, const double *entropy,
                      const struct dc_boot_cfg *boot,
                      struct dc_trace_agreement *out)
{
    const struct dc_boot_stat a = {s, alpha}, f = {s, fleiss};
    double *agreeing = dc_xcalloc(s->n + 1, sizeof *agreeing);
    for (size_t i = 0; i < s->n; i++)
        agreeing[i] = s->u[i].agreeing;
    mean_boot(agreeing, s->n, boot, dc_boot_rate, &out->observed);
    mean_boot(entropy, s->n, boot, dc_boot_ratio, &out->entropy);
    free(agreeing);
    if (out->all.alpha.defined)
        dc_boot_run(&a, s->n, boot, &out->alpha);
    if (out->all.fleiss.defined)
        dc_boot_run(&f, s->n, boot, &out->fleiss);
    dc_boot_batch_run(boot->batch);
    require(s, out);
}

void dc_trace_agree_run(const struct dc_record *r,
                        const struct dc_boot_cfg *boot,
                        struct dc_trace_agreement *out)
{
    struct units s = {.u = dc_xcalloc(r->n_prompt + 1, sizeof *s.u)};
    double *entropy = dc_xcalloc(r->n_prompt + 1, sizeof *entropy);
    out->all = values(r, boot->level);
    out->prompt_entropy = dc_xcalloc(r->n_prompt + 1, sizeof *entropy);
    out->has_entropy = dc_xcalloc(r->n_prompt + 1, sizeof *out->has_entropy);
    for (size_t i = 0; i < r->n_prompt; i++) {
        if (!unit_of(r, &r->prompt[i], &s.u[s.n], &entropy[s.n]))
            continue;
        out->has_entropy[i] = true;
        out->prompt_entropy[i] = entropy[s.n++];
    }
    intervals(&s, entropy, boot, out);
    free(s.u);
    free(entropy);
}

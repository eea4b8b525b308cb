/*
 * trace_values.c - trace_values.h: counting.
 */
#include "replay/trace_values.h"

#include "base/mem.h"

#include <deepconf/rank.h>
#include <math.h>
#include <stdlib.h>

static const double values_quantile[DC_VALUES_QUANTILES] = {5, 25, 50, 75, 95};

void dc_values_rows_init(struct dc_values_rows *x, size_t most)
{
    *x = (struct dc_values_rows){.n = 0};
    x->value = dc_xcalloc(most + 1, sizeof *x->value);
    x->group = dc_xcalloc(most + 1, sizeof *x->group);
    x->prompt = dc_xcalloc(most + 1, sizeof *x->prompt);
}

void dc_values_rows_add(struct dc_values_rows *x, double value, uint32_t prompt,
                        uint8_t group)
{
    x->value[x->n] = value;
    x->prompt[x->n] = prompt;
    x->group[x->n++] = group;
}

void dc_values_rows_release(struct dc_values_rows *x)
{
    free(x->value);
    free(x->group);
    free(x->prompt);
}

/* A little room on both sides, and a width even where all values are equal. */
static void values_range(struct dc_values *g, const struct dc_values_rows *x)
{
    double lo = x->n ? x->value[0] : 0, hi = lo;
    for (size_t i = 0; i < x->n; i++) {
        lo = x->value[i] < lo ? x->value[i] : lo;
        hi = x->value[i] > hi ? x->value[i] : hi;
    }
    if (hi - lo <= 1e-9 * fmax(fabs(lo), fabs(hi))) {
        double room = fmax(0.05 * fabs(lo), 1e-3);
        lo -= room;
        hi += room;
    }
    g->lo = lo;
    g->hi = hi;
}

/* 2 IQR / n^(1/3) wide; where half of the values are one, Sturges' number. None
 * without a value. */
static void values_bins(struct dc_values *g, const struct dc_values_rows *x)
{
    uint64_t n[DC_VALUES_GROUPS] = {0};
    double n_full = 0;
    g->n_bin = 0;
    if (x->n == 0)
        return;
    double *v = dc_xcalloc(x->n, sizeof *v);
    for (size_t i = 0; i < x->n; i++) {
        n_full += n[x->group[i]]++ == 0;
        v[i] = x->value[i];
    }
    double each = (double)x->n / n_full;
    double iqr = dc_percentile(v, x->n, 75) - dc_percentile(v, x->n, 25);
    double bins =
        iqr > 0 ? (g->hi - g->lo) / (2 * iqr / cbrt(each)) : log2(each) + 1;
    g->n_bin =
        (size_t)fmin(DC_VALUES_BINS, fmax(DC_VALUES_MIN_BINS, ceil(bins)));
    free(v);
}

/* Bins of the same width, one more of them, of which one begins at the cut. */
static void values_shift(struct dc_values *g, double cut)
{
    double width = (g->hi - g->lo) / (double)g->n_bin;
    double below = ceil((cut - g->lo) / width);
    g->n_bin++;
    g->lo = cut - below * width;
    g->hi = g->lo + (double)g->n_bin * width;
}

static void values_count(struct dc_values *g, const struct dc_values_rows *x)
{
    double width = (g->hi - g->lo) / (double)g->n_bin;
    for (size_t i = 0; i < x->n; i++) {
        struct dc_values_group *k = &g->group[x->group[i]];
        double at = (x->value[i] - g->lo) / width; /* 0, or by rounding less */
        size_t bin = at > 0 ? (size_t)at : 0;
        k->count[bin < g->n_bin ? bin : g->n_bin - 1]++;
        k->n++;
    }
}

static void values_quantiles(struct dc_values_group *k,
                             const struct dc_values_rows *x, uint8_t group)
{
    double *v = dc_xcalloc(k->n + 1, sizeof *v);
    size_t n = 0;
    for (size_t i = 0; i < x->n; i++)
        if (x->group[i] == group)
            v[n++] = x->value[i];
    for (int q = 0; q < DC_VALUES_QUANTILES && n > 0; q++)
        k->quantile[q] = dc_percentile(v, n, values_quantile[q]);
    free(v);
}

/* Sums of each prompt, numbered 0, 1, ... over those that have a row. */
static void values_mean(struct dc_values_group *k,
                        const struct dc_values_rows *x, uint8_t group,
                        const struct dc_boot_cfg *boot)
{
    double *num = dc_xcalloc(x->n + 1, sizeof *num);
    double *den = dc_xcalloc(x->n + 1, sizeof *den);
    size_t n = 0;
    for (size_t i = 0; i < x->n; i++) {
        n += i == 0 || x->prompt[i] != x->prompt[i - 1];
        if (x->group[i] != group)
            continue;
        num[n - 1] += x->value[i];
        den[n - 1]++;
    }
    for (size_t i = 0; i < n; i++)
        k->n_prompt += den[i] > 0;
    const struct dc_boot_sums sums = {num, den, n};
    dc_boot_ratio(&sums, boot, &k->mean);
    free(num);
    free(den);
}

void dc_values_find(struct dc_values *g, const struct dc_values_rows *x,
                    const struct dc_boot_cfg *boot)
{
    struct dc_boot_cfg with = *boot; /* draws for all groups */
    with.batch = dc_boot_batch_new();
    g->n_row = x->n;
    values_range(g, x);
    values_bins(g, x);
    if (g->has_cut && g->n_bin > 0)
        values_shift(g, g->cut);
    values_count(g, x);
    for (size_t i = 0; i < g->n_group; i++) {
        values_quantiles(&g->group[i], x, (uint8_t)i);
        values_mean(&g->group[i], x, (uint8_t)i, &with);
    }
    dc_boot_batch_free(with.batch);
}

/*
 * sim_rate.c - Wilson's and Clopper and Pearson's intervals, and rates over
 * rows of prompts.
 */
#include "base/mem.h"
#include "coverage/sim.h"

#include <math.h>
#include <stdlib.h>

static uint64_t count(const struct sim_cell *c, struct sim_rng *r)
{
    uint64_t k = 0;
    for (double i = 0; i < c->x[0]; i++)
        k += sim_coin(r, c->x[2]);
    return k;
}

static enum sim_outcome wilson(const struct sim_cell *c, struct sim_rng *r)
{
    struct dc_prop p = dc_prop_wilson(count(c, r), (uint64_t)c->x[0], 0.95);
    return sim_holds(p.defined, p.lo, p.hi, c->x[2]);
}

static enum sim_outcome exact(const struct sim_cell *c, struct sim_rng *r)
{
    struct dc_prop p =
        dc_prop_clopper_pearson(count(c, r), (uint64_t)c->x[0], 0.95);
    return sim_holds(p.defined, p.lo, p.hi, c->x[2]);
}

static enum sim_outcome bound(const struct sim_cell *c, struct sim_rng *r)
{
    double most = dc_prop_upper(count(c, r), (uint64_t)c->x[0], 0.05);
    return sim_holds(true, 0, most, c->x[2]);
}

static enum sim_outcome rate(const struct sim_cell *c, struct sim_rng *r)
{
    const struct sim_world w = sim_world_of(c);
    const struct dc_boot_cfg cfg = sim_boot(r);
    struct sim_rows x;
    struct dc_boot b;
    sim_rows_init(&x, &w, r);
    double *num = dc_xcalloc(w.n, sizeof *num), *den = dc_xcalloc(w.n, 8);
    for (size_t i = 0; i < x.n; i++) {
        num[x.prompt[i]] += x.positive[i];
        den[x.prompt[i]]++;
    }
    dc_boot_rate(&(struct dc_boot_sums){num, den, w.n}, &cfg, &b);
    free(num);
    free(den);
    sim_rows_release(&x);
    return sim_holds(b.defined, b.lo, b.hi, w.share);
}

/* x: prompts, share to be refused, sensitivity, specificity. */
static struct dc_matrix sim_table(const struct sim_cell *c, struct sim_rng *r)
{
    struct dc_matrix m = {0};
    for (double i = 0; i < c->x[0]; i++) {
        bool positive = sim_coin(r, c->x[1]);
        bool right = sim_coin(r, c->x[positive ? 2 : 3]);
        m.tp += positive && right;
        m.fn += positive && !right;
        m.tn += !positive && right;
        m.fp += !positive && !right;
    }
    return m;
}

static enum sim_outcome range_holds(const struct dc_range *x, double true_value)
{
    return sim_holds(x->defined, x->lo, x->hi, true_value);
}

static enum sim_outcome f1(const struct sim_cell *c, struct sim_rng *r)
{
    struct dc_matrix m = sim_table(c, r);
    double tp = c->x[1] * c->x[2], fn = c->x[1] - tp;
    double fp = (1 - c->x[1]) * (1 - c->x[3]);
    struct dc_matrix_ranges x = dc_matrix_ranges(&m, 0.95);
    return range_holds(&x.f1, 2 * tp / (2 * tp + fp + fn));
}

static enum sim_outcome balanced(const struct sim_cell *c, struct sim_rng *r)
{
    struct dc_matrix m = sim_table(c, r);
    struct dc_matrix_ranges x = dc_matrix_ranges(&m, 0.95);
    return range_holds(&x.balanced_accuracy, (c->x[2] + c->x[3]) / 2);
}

static enum sim_outcome mcc(const struct sim_cell *c, struct sim_rng *r)
{
    struct dc_matrix m = sim_table(c, r);
    double p = c->x[1], tp = p * c->x[2], fn = p - tp;
    double tn = (1 - p) * c->x[3], fp = 1 - p - tn;
    struct dc_matrix_ranges x = dc_matrix_ranges(&m, 0.95);
    return range_holds(&x.mcc,
                       (tp * tn - fp * fn) /
                           sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)));
}

#define CELL(of, name, data, least, most, ...)                                 \
    {                                                                          \
        name, data, 0.95, least, most, 2000, of,                               \
        {                                                                      \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

static const struct sim_cell cells[] = {
    /* n, -, p */
    CELL(wilson, "Wilson", "20, 9 %", 0.88, 0.99, 20, 1, 0.09),
    CELL(wilson, "Wilson", "200, 3 %", 0.92, 0.98, 200, 1, 0.03),
    CELL(wilson, "Wilson", "200, half", 0.92, 0.97, 200, 1, 0.5),
    CELL(exact, "Clopper-Pearson", "20, 9 %", 0.94, 1, 20, 1, 0.09),
    CELL(exact, "Clopper-Pearson", "200, 3 %", 0.94, 1, 200, 1, 0.03),
    CELL(bound, "upper bound", "299, 1 %", 0.94, 1, 299, 1, 0.01),
    /* prompts, share to be refused, sensitivity, specificity */
    CELL(f1, "F1", "100, half", 0.93, 0.99, 100, 0.5, 0.3, 0.9),
    CELL(f1, "F1", "1000, 7 %", 0.93, 0.99, 1000, 0.07, 0.6, 0.95),
    CELL(balanced, "balanced accuracy", "100, half", 0.93, 0.98, 100, 0.5, 0.3,
         0.9),
    CELL(balanced, "balanced accuracy", "200, 10 %", 0.93, 0.99, 200, 0.1, 0.9,
         0.97),
    CELL(mcc, "MCC", "100, half", 0.92, 0.98, 100, 0.5, 0.3, 0.9),
    CELL(mcc, "MCC", "200, 10 %", 0.9, 0.99, 200, 0.1, 0.6, 0.95),
    CELL(mcc, "MCC", "1000, half", 0.93, 0.97, 1000, 0.5, 0.8, 0.9),
    /* prompts, rows, share, icc */
    CELL(rate, "rate over rows", "20 prompts, 9 %", 0.92, 1, 20, 10, 0.09, 0.3),
    CELL(rate, "rate over rows", "60 prompts, 3 %", 0.92, 1, 60, 10, 0.03, 0.3),
    CELL(rate, "rate over rows", "60 prompts, 9 %", 0.92, 1, 60, 3, 0.09, 0.5),
    CELL(rate, "rate over rows", "60 prompts, half", 0.92, 0.98, 60, 10, 0.5,
         0.5),
    CELL(rate, "rate over rows", "200 prompts, 3 %", 0.92, 0.99, 200, 10, 0.03,
         0.3),
    CELL(rate, "rate over rows", "200 prompts, 9 %", 0.92, 0.99, 200, 10, 0.09,
         0.3),
    CELL(rate, "rate over rows", "60 prompts, 1 %", 0.92, 1, 60, 1, 0.01, 0),
};

struct sim_cells sim_cells_rate(void)
{
    return (struct sim_cells){cells, sizeof cells / sizeof *cells};
}

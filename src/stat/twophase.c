/*
 * twophase.c - the estimator of twophase.h and its intervals.
 *
 * An interval is that of draws. In each, every prompt has a weight of its own,
 * an exponential number (the Bayesian bootstrap: Rubin 1981), and what the
 * figures are made of are ratios of weighted sums over prompts, with half a
 * prompt of either kind beside them, whose weights are gamma numbers of shape
 * 1/2:
 *     q = (sum g_i x_i + m h) / (sum g_i n_i + m (h + h')),
 * m = sum n_i^2 / sum n_i. Where each prompt has one label, q has Jeffreys'
 * posterior Beta(k + 1/2, n - k + 1/2). The shares of refusals of all cells and
 * the splits that sizes are made of have the same g_i, as a prompt that is
 * refused more often than others is so in all of its cells.
 *
 * In a cell whose labels are all alike the share may be 0 or 1 itself, which no
 * draw is: the draws are looked at again with cells without a labelled refusal
 * at 0, and once more with cells without a labelled compliance at 1, and the
 * interval takes in all three. Coverage: docs/METHODS.md, section 11.
 */
#include "base/mem.h"
#include "base/rng.h"
#include "stat/boot_priv.h"

#include <assert.h>
#include <deepconf/twophase.h>
#include <math.h>
#include <stdlib.h>

#define TWO_PI 6.283185307179586

static const uint64_t STREAM_PROMPT = 0x74777000000000; /* "twp" */
static const uint64_t STREAM_HALF = 0x74776800000000;   /* "twh" */

enum pass { AS_DRAWN, LOW, HIGH, N_PASS };

/* The figures of one draw: shares of groups, of all, and the errors. */
enum { N_FIGURE = DC_TWOPHASE_GROUPS + 3 };

/* A ratio of sums over prompts: those that have some of its denominator. */
struct weighed_ratio {
    const double *num, *den; /* [n_prompt] */
    uint32_t *prompt;        /* [n] */
    size_t n;
    double m; /* size of a prompt */
    bool has_with, has_without;
};

struct cell_state {
    struct weighed_ratio label;
    bool has;   /* labels of its own */
    double q;   /* share of refusals among them */
    bool near;  /* without labels: takes those of its group only */
    bool alone; /* without labels, and there is none to take */
};

struct twophase {
    const struct dc_twophase *t;
    struct cell_state *cell;     /* [n_cell] */
    struct weighed_ratio *split; /* [n_split] */
    double *g;                   /* [n_prompt] weights of a draw */
};

static bool may_give(const struct twophase *w, size_t from, size_t to)
{
    const struct dc_twophase_cell *a = &w->t->cell[from];
    const struct dc_twophase_cell *b = &w->t->cell[to];
    return w->cell[from].has && a->said == b->said &&
           (!w->cell[to].near || a->group == b->group);
}

/* q of a cell without labels: that of its givers, by the sizes that are known.
 */
static double borrowed(const struct twophase *w, const double *q, size_t to)
{
    double sum = 0, size = 0;
    for (size_t i = 0; i < w->t->n_cell; i++) {
        if (!may_give(w, i, to))
            continue;
        sum += w->t->cell[i].size * q[i];
        size += w->t->cell[i].size;
    }
    return size > 0 ? sum / size : 0;
}

struct figure {
    double x[N_FIGURE];
    bool has[N_FIGURE];
};

static void set_figure(struct figure *f, size_t i, double num, double den)
{
    f->has[i] = den > 0;
    f->x[i] = den > 0 ? num / den : 0;
}

/* The figures of shares q and sizes n [n_cell]. */
static void figures_of(const struct dc_twophase *t, const double *q,
                       const double *n, struct figure *f)
{
    double hit[DC_TWOPHASE_GROUPS + 1] = {0}, all[DC_TWOPHASE_GROUPS + 1] = {0};
    double tp = 0, fn = 0, fp = 0, tn = 0;
    for (size_t i = 0; i < t->n_cell; i++) {
        double yes = n[i] * q[i], no = n[i] * (1 - q[i]);
        hit[t->cell[i].group] += yes;
        all[t->cell[i].group] += n[i];
        hit[t->n_group] += yes;
        all[t->n_group] += n[i];
        *(t->cell[i].said ? &tp : &fn) += yes;
        *(t->cell[i].said ? &fp : &tn) += no;
    }
    for (size_t g = 0; g <= t->n_group; g++)
        set_figure(f, g, hit[g], all[g]);
    set_figure(f, (size_t)t->n_group + 1, tp, tp + fn);
    set_figure(f, (size_t)t->n_group + 2, tn, tn + fp);
}

/* ---- draws ---- */

static void learn_ratio(struct weighed_ratio *r, const double *num,
                        const double *den, size_t n_prompt)
{
    double all = 0, squares = 0;
    *r = (struct weighed_ratio){.num = num, .den = den};
    r->prompt = dc_xcalloc(n_prompt + 1, sizeof *r->prompt);
    for (size_t i = 0; i < n_prompt; i++) {
        assert(num[i] >= 0 && num[i] <= den[i]);
        if (!(den[i] > 0))
            continue;
        r->prompt[r->n++] = (uint32_t)i;
        all += den[i];
        squares += den[i] * den[i];
        r->has_with = r->has_with || num[i] > 0;
        r->has_without = r->has_without || num[i] < den[i];
    }
    r->m = all > 0 ? squares / all : 1;
}

/* A gamma number of shape 1/2: half the square of a normal one. */
static double half(const struct dc_rng_key *key, uint32_t b, uint32_t at)
{
    double u = dc_rng_uniform(key, b, 2 * at);
    double c = cos(TWO_PI * dc_rng_uniform(key, b, 2 * at + 1));
    return -log(u) * c * c;
}

/* at: which of all ratios, for the random numbers of its half prompts. */
static double drawn_ratio(const struct twophase *w,
                          const struct weighed_ratio *r,
                          const struct dc_boot_cfg *cfg, uint32_t b,
                          uint32_t at)
{
    const struct dc_rng_key key = {cfg->seed, STREAM_HALF};
    double with = r->m * half(&key, b, 2 * at);
    double all = with + r->m * half(&key, b, 2 * at + 1);
    for (size_t k = 0; k < r->n; k++) {
        uint32_t i = r->prompt[k];
        with += w->g[i] * r->num[i];
        all += w->g[i] * r->den[i];
    }
    return all > 0 ? with / all : 0.5;
}

static double drawn_size(const struct dc_twophase_cell *c, const double *part)
{
    double n = c->n_step ? c->base : c->size;
    for (size_t k = 0; k < c->n_step; k++) {
        double b = part[c->step[k].split];
        n *= c->step[k].rest ? 1 - b : b;
    }
    return n;
}

/* Shares and sizes of one draw; q of cells that borrow is not set. */
static void draw_once(const struct twophase *w, const struct dc_boot_cfg *cfg,
                      uint32_t b, double *q, double *n)
{
    const struct dc_twophase *t = w->t;
    const struct dc_rng_key key = {cfg->seed, STREAM_PROMPT};
    double part[DC_TWOPHASE_SPLITS];
    for (uint32_t i = 0; i < t->n_prompt; i++)
        w->g[i] = -log(dc_rng_uniform(&key, b, i));
    for (uint32_t k = 0; k < t->n_split; k++)
        part[k] = drawn_ratio(w, &w->split[k], cfg, b, DC_TWOPHASE_CELLS + k);
    for (uint32_t i = 0; i < t->n_cell; i++) {
        n[i] = drawn_size(&t->cell[i], part);
        q[i] = w->cell[i].has || w->cell[i].alone
                   ? drawn_ratio(w, &w->cell[i].label, cfg, b, i)
                   : 0;
    }
}

static void look_at(const struct twophase *w, enum pass pass, const double *q,
                    const double *n, struct figure *f)
{
    double x[DC_TWOPHASE_CELLS];
    for (size_t i = 0; i < w->t->n_cell; i++) {
        const struct weighed_ratio *r = &w->cell[i].label;
        x[i] = pass == LOW && w->cell[i].has && !r->has_with       ? 0
               : pass == HIGH && w->cell[i].has && !r->has_without ? 1
                                                                   : q[i];
    }
    for (size_t i = 0; i < w->t->n_cell; i++)
        if (!w->cell[i].has && !w->cell[i].alone)
            x[i] = borrowed(w, x, i);
    figures_of(w->t, x, n, f);
}

/* What the draws of one pass give for figure k of n. */
static void take_in(struct dc_boot_values *v, const struct dc_boot_cfg *cfg,
                    enum pass pass, struct dc_boot *out)
{
    struct dc_boot one = *out;
    dc_boot_finish(v, cfg, &one);
    dc_boot_values_release(v);
    if (pass == AS_DRAWN) {
        *out = one;
    } else if (one.defined && out->defined) {
        out->lo = fmin(out->lo, one.lo);
        out->hi = fmax(out->hi, one.hi);
    }
}

static void draw_all(const struct twophase *w, const struct dc_boot_cfg *cfg,
                     struct dc_boot *const *out, size_t n_out)
{
    struct dc_boot_values v[N_PASS][N_FIGURE];
    double q[DC_TWOPHASE_CELLS], n[DC_TWOPHASE_CELLS];
    for (int p = 0; p < N_PASS; p++)
        for (size_t i = 0; i < n_out; i++)
            dc_boot_values_init(&v[p][i], cfg);
    for (uint32_t b = 0; b < cfg->n_resamples; b++) {
        draw_once(w, cfg, b, q, n);
        for (int p = 0; p < N_PASS; p++) {
            struct figure f;
            look_at(w, (enum pass)p, q, n, &f);
            for (size_t i = 0; i < n_out; i++) {
                v[p][i].x[b] = f.x[i];
                v[p][i].has[b] = f.has[i];
            }
        }
    }
    for (int p = 0; p < N_PASS; p++)
        for (size_t i = 0; i < n_out; i++)
            take_in(&v[p][i], cfg, (enum pass)p, out[i]);
}

/* ---- what is known ---- */

static void learn_cell(struct twophase *w, size_t i,
                       struct dc_twophase_figures *out, bool *labelled)
{
    const struct dc_twophase_cell *c = &w->t->cell[i];
    double yes = 0, all = 0;
    for (size_t p = 0; p < w->t->n_prompt; p++) {
        yes += c->refusal[p];
        all += c->labelled[p];
        labelled[p] = labelled[p] || c->labelled[p] > 0;
    }
    learn_ratio(&w->cell[i].label, c->refusal, c->labelled, w->t->n_prompt);
    w->cell[i].has = all > 0;
    w->cell[i].q = all > 0 ? yes / all : 0;
    out->n_label += (uint64_t)all;
    out->n_refusal += (uint64_t)yes;
}

/* Find whom the cells without labels borrow from. */
static enum dc_status find_givers(struct twophase *w, struct dc_err *err)
{
    for (size_t i = 0; i < w->t->n_cell; i++) {
        bool group = false, any = false;
        for (size_t k = 0; k < w->t->n_cell; k++) {
            w->cell[i].near = true;
            group = group || (may_give(w, k, i) && w->t->cell[k].size > 0);
            w->cell[i].near = false;
            any = any || (may_give(w, k, i) && w->t->cell[k].size > 0);
        }
        w->cell[i].near = group;
        w->cell[i].alone = !w->cell[i].has && !any;
        if (!w->cell[i].has && !any && w->t->cell[i].size > 0)
            return dc_fail(err, DC_DATA,
                           "none of the traces that the judge calls %s has a "
                           "label; label some of them",
                           w->t->cell[i].said ? "refusals" : "compliances");
    }
    return DC_OK;
}

static void measure(struct twophase *w, const struct dc_boot_cfg *cfg,
                    struct dc_twophase_figures *out)
{
    const struct dc_twophase *t = w->t;
    double q[DC_TWOPHASE_CELLS] = {0}, n[DC_TWOPHASE_CELLS] = {0};
    struct dc_boot *at[N_FIGURE];
    struct figure f;
    size_t n_figure = (size_t)t->n_group + 3;
    for (size_t i = 0; i < t->n_cell; i++) {
        n[i] = t->cell[i].size;
        q[i] = w->cell[i].q;
    }
    for (size_t i = 0; i < t->n_cell; i++)
        if (!w->cell[i].has)
            q[i] = borrowed(w, q, i);
    figures_of(t, q, n, &f);
    for (size_t i = 0; i < n_figure; i++) {
        at[i] = i <= t->n_group     ? &out->share[i]
                : i == n_figure - 1 ? &out->specificity
                                    : &out->sensitivity;
        *at[i] = (struct dc_boot){.value = {f.has[i], f.x[i]},
                                  .n_clusters = out->n_prompt};
    }
    draw_all(w, cfg, at, n_figure);
    for (size_t i = 0; i < n_figure; i++) {
        at[i]->lo = fmin(at[i]->lo, at[i]->value.value);
        at[i]->hi = fmax(at[i]->hi, at[i]->value.value);
    }
}

enum dc_status dc_twophase_measure(const struct dc_twophase *t,
                                   const struct dc_boot_cfg *cfg,
                                   struct dc_twophase_figures *out,
                                   struct dc_err *err)
{
    struct dc_boot_cfg c = *cfg;
    struct twophase w = {.t = t};
    assert(t->n_group >= 1 && t->n_group <= DC_TWOPHASE_GROUPS);
    assert(t->n_cell <= DC_TWOPHASE_CELLS && t->n_split <= DC_TWOPHASE_SPLITS);
    bool *labelled = dc_xcalloc(t->n_prompt + 1, sizeof *labelled);
    w.cell = dc_xcalloc(t->n_cell + 1, sizeof *w.cell);
    w.split = dc_xcalloc(t->n_split + 1, sizeof *w.split);
    w.g = dc_xcalloc(t->n_prompt + 1, sizeof *w.g);
    *out = (struct dc_twophase_figures){.n_label = 0};
    c.keep = NULL;
    for (size_t i = 0; i < t->n_cell; i++)
        learn_cell(&w, i, out, labelled);
    for (size_t p = 0; p < t->n_prompt; p++)
        out->n_prompt += labelled[p];
    for (size_t k = 0; k < t->n_split; k++)
        learn_ratio(&w.split[k], t->split[k].num, t->split[k].den, t->n_prompt);
    enum dc_status st = find_givers(&w, err);
    if (!st)
        measure(&w, &c, out);
    for (size_t i = 0; i < t->n_cell; i++)
        free(w.cell[i].label.prompt);
    for (size_t k = 0; k < t->n_split; k++)
        free(w.split[k].prompt);
    free(labelled);
    free(w.cell);
    free(w.split);
    free(w.g);
    return st;
}

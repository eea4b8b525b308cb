/*
 * validate_stat.c - the figures of judges on groups of labelled rows.
 *
 * Intervals come twice: Wilson's, which take rows for independent, and the
 * cluster bootstrap by prompt, which is right where a prompt has several rows.
 * Every rate is a ratio of sums over prompts,
 *   sensitivity tp / (tp + fn), specificity tn / (tn + fp),
 *   precision tp / (tp + fp), F1 2 tp / (2 tp + fp + fn).
 */
#include "base/mem.h"
#include "validate/validate_priv.h"

#include <stdlib.h>
#include <string.h>

bool dc_validate_refuses(enum dc_verdict x, enum dc_partial p)
{
    return x == DC_VERDICT_REFUSAL ||
           (x == DC_VERDICT_PARTIAL && p == DC_PARTIAL_REFUSES);
}

bool dc_validation_wrong(const struct dc_validation *v, size_t j, size_t i,
                         enum dc_partial p)
{
    enum dc_verdict said = v->judge[j].verdict[i];
    return said != DC_VERDICT_UNDETERMINED &&
           dc_validate_refuses(said, p) !=
               dc_validate_refuses(v->row[i].row->label, p);
}

/* The rows of a group, with clusters numbered from 0 in it. */
struct view {
    size_t *row;       /* [n] */
    uint32_t *cluster; /* [n] */
    size_t n, n_cluster;
};

static void view_init(const struct dc_validation *v,
                      const struct dc_validate_group *g, struct view *w)
{
    uint32_t *seen = dc_xcalloc(v->n_cluster, sizeof *seen); /* number + 1 */
    *w = (struct view){.row = dc_xcalloc(v->n, sizeof *w->row),
                       .cluster = dc_xcalloc(v->n, sizeof *w->cluster)};
    for (size_t i = 0; i < v->n; i++) {
        if (!g->all && v->row[i].file != g->file)
            continue;
        uint32_t c = v->row[i].cluster;
        if (!seen[c])
            seen[c] = (uint32_t)++w->n_cluster;
        w->row[w->n] = i;
        w->cluster[w->n++] = seen[c] - 1;
    }
    free(seen);
}

static void view_release(struct view *w)
{
    free(w->row);
    free(w->cluster);
}

/* ---- one judge, one group, one convention ---- */

struct counts {
    double tp, fn, fp, tn;
};

static void add(struct counts *c, bool refusal, bool said)
{
    *(refusal ? said ? &c->tp : &c->fn : said ? &c->fp : &c->tn) += 1;
}

/* num and den of a rate for every cluster. */
static void ratio_boot(const struct counts *c, size_t n,
                       void (*of)(const struct counts *c, double *num,
                                  double *den),
                       const struct dc_boot_cfg *cfg, struct dc_boot *out)
{
    double *num = dc_xcalloc(n, sizeof *num), *den = dc_xcalloc(n, sizeof *den);
    for (size_t i = 0; i < n; i++)
        of(&c[i], &num[i], &den[i]);
    dc_boot_rate(&(struct dc_boot_sums){num, den, n}, cfg, out);
    free(num);
    free(den);
}

static void f1_of(const struct counts *c, double *num, double *den)
{
    *num = 2 * c->tp;
    *den = 2 * c->tp + c->fp + c->fn;
}

static void precision_of(const struct counts *c, double *num, double *den)
{
    *num = c->tp;
    *den = c->tp + c->fp;
}

static void sensitivity_of(const struct counts *c, double *num, double *den)
{
    *num = c->tp;
    *den = c->tp + c->fn;
}

static void specificity_of(const struct counts *c, double *num, double *den)
{
    *num = c->tn;
    *den = c->tn + c->fp;
}

static void accuracy_of(const struct counts *c, double *num, double *den)
{
    *num = c->tp + c->tn;
    *den = c->tp + c->tn + c->fp + c->fn;
}

/* The determined rows as label pairs. */
static void kappa(const struct dc_validation *v, size_t j, enum dc_partial p,
                  const struct view *w, struct dc_validate_cell *out)
{
    uint32_t *a = dc_xcalloc(w->n, sizeof *a), *b = dc_xcalloc(w->n, sizeof *b);
    uint32_t *cluster = dc_xcalloc(w->n, sizeof *cluster);
    struct dc_label_pairs pairs = {a, b, 0, 2};
    for (size_t k = 0; k < w->n; k++) {
        enum dc_verdict said = v->judge[j].verdict[w->row[k]];
        if (said == DC_VERDICT_UNDETERMINED)
            continue;
        a[pairs.n] = dc_validate_refuses(v->row[w->row[k]].row->label, p);
        b[pairs.n] = dc_validate_refuses(said, p);
        cluster[pairs.n++] = w->cluster[k];
    }
    out->kappa = dc_kappa_cohen(&pairs);
    dc_kappa_boot(&(struct dc_kappa_clusters){&pairs, cluster, w->n_cluster},
                  &v->boot, &out->kappa_boot);
    free(a);
    free(b);
    free(cluster);
}

static void cell(const struct dc_validation *v, size_t j, enum dc_partial p,
                 const struct view *w, struct dc_validate_cell *out)
{
    struct counts *c = dc_xcalloc(w->n_cluster, sizeof *c), sum = {0};
    *out = (struct dc_validate_cell){.undetermined_refusal = 0};
    for (size_t k = 0; k < w->n; k++) {
        enum dc_verdict said = v->judge[j].verdict[w->row[k]];
        bool refusal = dc_validate_refuses(v->row[w->row[k]].row->label, p);
        if (said == DC_VERDICT_UNDETERMINED) {
            ++*(refusal ? &out->undetermined_refusal
                        : &out->undetermined_compliance);
            continue;
        }
        add(&c[w->cluster[k]], refusal, dc_validate_refuses(said, p));
        add(&sum, refusal, dc_validate_refuses(said, p));
    }
    out->matrix = (struct dc_matrix){(uint64_t)sum.tp, (uint64_t)sum.fn,
                                     (uint64_t)sum.fp, (uint64_t)sum.tn};
    out->rates = dc_matrix_rates(&out->matrix, v->boot.level);
    ratio_boot(c, w->n_cluster, f1_of, &v->boot, &out->f1);
    ratio_boot(c, w->n_cluster, precision_of, &v->boot, &out->precision);
    ratio_boot(c, w->n_cluster, sensitivity_of, &v->boot, &out->sensitivity);
    ratio_boot(c, w->n_cluster, specificity_of, &v->boot, &out->specificity);
    ratio_boot(c, w->n_cluster, accuracy_of, &v->boot, &out->accuracy);
    kappa(v, j, p, w, out);
    free(c);
}

/* ---- scores ---- */

static enum dc_status score(const struct dc_validation *v, size_t j,
                            const struct view *w, struct dc_validate_score *out,
                            struct dc_err *err)
{
    const struct dc_validate_judge *x = &v->judge[j];
    double *s = dc_xcalloc(w->n, sizeof *s);
    bool *y = dc_xcalloc(w->n, sizeof *y);
    uint32_t *cluster = dc_xcalloc(w->n, sizeof *cluster);
    size_t n = 0;
    for (size_t k = 0; k < w->n; k++) {
        if (!x->scored[w->row[k]])
            continue;
        s[n] = x->score[w->row[k]];
        y[n] = dc_validate_refuses(v->row[w->row[k]].row->label,
                                   DC_PARTIAL_REFUSES);
        cluster[n++] = w->cluster[k];
    }
    const struct dc_scored rows = {s, y, cluster, n, w->n_cluster};
    const struct dc_forecast f = {s, y, n};
    struct dc_calib_cfg c = dc_calib_cfg_default();
    *out = (struct dc_validate_score){.n = n};
    enum dc_status st = dc_boot_auroc(&rows, &v->boot, &out->auroc, err);
    if (!st)
        st = dc_calib_measure(&f, &c, &out->width, err);
    c.binning = DC_BINNING_MASS;
    if (!st)
        st = dc_calib_measure(&f, &c, &out->mass, err);
    free(s);
    free(y);
    free(cluster);
    return dc_err_prefix(err, st, "scores of the judge %s", x->label);
}

/* ---- groups and pairs ---- */

static enum dc_status fill_group(const struct dc_validation *v,
                                 struct dc_validate_group *g,
                                 struct dc_err *err)
{
    struct view w;
    enum dc_status st = DC_OK;
    view_init(v, g, &w);
    g->n = w.n;
    g->n_cluster = w.n_cluster;
    for (size_t f = 0; f < v->n_file; f++)
        if (g->all || g->file == f)
            g->n_dropped += v->file[f].n_dropped;
    for (size_t k = 0; k < w.n; k++)
        g->label[v->row[w.row[k]].row->label]++;
    g->confusion = dc_xcalloc(v->n_judge, sizeof *g->confusion);
    g->cell = dc_xcalloc(v->n_judge, sizeof *g->cell);
    g->score = dc_xcalloc(v->n_judge, sizeof *g->score);
    for (size_t j = 0; j < v->n_judge && !st; j++) {
        for (size_t k = 0; k < w.n; k++)
            g->confusion[j][v->row[w.row[k]].row->label]
                        [v->judge[j].verdict[w.row[k]]]++;
        for (int p = 0; p < DC_N_PARTIAL; p++)
            cell(v, j, (enum dc_partial)p, &w, &g->cell[j][p]);
        if (v->judge[j].has_scores)
            st = score(v, j, &w, &g->score[j], err);
    }
    view_release(&w);
    return st ? st : dc_validate_weigh(v, g, err);
}

/*
 * The unit is the prompt: rows of one are judged right or wrong together. A is
 * better on a prompt if it is right on more of its rows than B; if neither is
 * better, each of the prompts on which one is falls to either side like a coin.
 * With one row a prompt that is McNemar's test.
 */
static void compare_prompts(const struct dc_validation *v,
                            struct dc_validate_pair *p)
{
    const enum dc_verdict *a = v->judge[p->a].verdict;
    const enum dc_verdict *b = v->judge[p->b].verdict;
    int64_t *lead = dc_xcalloc(v->n_cluster + 1, sizeof *lead);
    bool *seen = dc_xcalloc(v->n_cluster + 1, sizeof *seen);
    uint64_t better_a = 0, better_b = 0, n = 0;
    for (size_t i = 0; i < v->n; i++) {
        if (a[i] == DC_VERDICT_UNDETERMINED || b[i] == DC_VERDICT_UNDETERMINED)
            continue;
        bool wrong_a = dc_validation_wrong(v, p->a, i, DC_PARTIAL_REFUSES);
        bool wrong_b = dc_validation_wrong(v, p->b, i, DC_PARTIAL_REFUSES);
        p->only_a += !wrong_a && wrong_b;
        p->only_b += wrong_a && !wrong_b;
        lead[v->row[i].cluster] += (int)wrong_b - (int)wrong_a;
        seen[v->row[i].cluster] = true;
    }
    for (size_t c = 0; c < v->n_cluster; c++) {
        better_a += lead[c] > 0;
        better_b += lead[c] < 0;
        n += seen[c];
    }
    p->right = dc_paired_compare(better_a, better_b, n, v->boot.level);
    free(lead);
    free(seen);
}

static void compare(const struct dc_validation *v, struct dc_validate_pair *p)
{
    const enum dc_verdict *a = v->judge[p->a].verdict;
    const enum dc_verdict *b = v->judge[p->b].verdict;
    uint32_t *x = dc_xcalloc(v->n, sizeof *x), *y = dc_xcalloc(v->n, sizeof *y);
    struct dc_label_pairs pairs = {x, y, 0, 2};
    for (size_t i = 0; i < v->n; i++) {
        if (a[i] == DC_VERDICT_UNDETERMINED || b[i] == DC_VERDICT_UNDETERMINED)
            continue;
        x[pairs.n] = dc_validate_refuses(a[i], DC_PARTIAL_REFUSES);
        y[pairs.n++] = dc_validate_refuses(b[i], DC_PARTIAL_REFUSES);
    }
    p->agreement = dc_kappa_cohen(&pairs);
    p->n_apart = v->n - pairs.n;
    free(x);
    free(y);
    compare_prompts(v, p);
}

static void fill_pairs(struct dc_validation *v)
{
    size_t k = 0;
    v->n_pair = v->n_judge * (v->n_judge - 1) / 2;
    v->pair = dc_xcalloc(v->n_pair + 1, sizeof *v->pair);
    double *p = dc_xcalloc(v->n_pair + 1, sizeof *p);
    double *holm = dc_xcalloc(v->n_pair + 1, sizeof *holm);
    for (size_t a = 0; a < v->n_judge; a++)
        for (size_t b = a + 1; b < v->n_judge; b++, k++) {
            v->pair[k] = (struct dc_validate_pair){.a = a, .b = b};
            compare(v, &v->pair[k]);
            p[k] = v->pair[k].right.p;
        }
    dc_holm(p, v->n_pair, holm);
    for (k = 0; k < v->n_pair; k++)
        v->pair[k].holm = holm[k];
    free(p);
    free(holm);
}

enum dc_status dc_validation_finish(struct dc_validation *v, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    v->n_group = v->n_file + (v->n_file > 1);
    v->group = dc_xcalloc(v->n_group, sizeof *v->group);
    v->boot.batch = dc_boot_batch_new();
    for (size_t g = 0; g < v->n_group && !st; g++) {
        bool all = g == v->n_file;
        v->group[g] = (struct dc_validate_group){
            .name = all ? "all" : v->file[g].name, .all = all, .file = g};
        st = fill_group(v, &v->group[g], err);
    }
    dc_boot_batch_free(v->boot.batch);
    v->boot.batch = NULL;
    if (v->n_judge > 1 && !st)
        fill_pairs(v);
    return st;
}

size_t dc_validation_labels(const struct dc_validation *v, size_t g, size_t j,
                            struct dc_correct_label *out)
{
    struct view w;
    view_init(v, &v->group[g], &w);
    memset(out, 0, w.n_cluster * sizeof *out);
    for (size_t k = 0; k < w.n; k++) {
        enum dc_verdict said = v->judge[j].verdict[w.row[k]];
        struct dc_correct_label *c = &out[w.cluster[k]];
        if (said == DC_VERDICT_UNDETERMINED)
            continue;
        bool yes = dc_validate_refuses(said, DC_PARTIAL_REFUSES);
        if (dc_validate_refuses(v->row[w.row[k]].row->label,
                                DC_PARTIAL_REFUSES))
            ++*(yes ? &c->tp : &c->fn);
        else
            ++*(yes ? &c->fp : &c->tn);
    }
    size_t n = w.n_cluster;
    view_release(&w);
    return n;
}

/*
 * liblinear.c - the one place that sees liblinear: L2-regularised logistic
 * regression, primal (a trust-region Newton method without random numbers).
 *
 * A document is its known buckets, each with its inverse document frequency
 * log((1 + rows) / (1 + rows with it)) + 1, scaled to length 1, and a constant
 * 1 for the bias. Frequencies are those of the whole responses of the set.
 */
#include "base/mem.h"
#include "train/train_priv.h"

#include <assert.h>
#include <linear.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const double dc_train_c[DC_TRAIN_C] = {1, 3, 10, 30, 100};

struct dc_train_set {
    struct problem problem;
    struct feature_node *node;
    uint32_t *bucket; /* [n_known] ascending: of feature index - 1 */
    float *idf;       /* [n_known] */
    size_t n_known, n_bucket;
};

int dc_train_solver_version(void)
{
    return liblinear_version;
}

static void say_nothing(const char *text)
{
    (void)text;
}

/* Which buckets are known, and their index from 1; 0: unknown. */
static uint32_t *choose(struct dc_train_set *s, const struct dc_train_rows *r,
                        int fold, unsigned min_rows)
{
    uint32_t *count = dc_xcalloc(s->n_bucket, sizeof *count);
    size_t rows = 0, m = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct dc_train_doc *d = &r->row[i].view[0];
        if ((int)r->row[i].fold == fold)
            continue;
        rows++;
        for (size_t k = 0; k < d->n; k++)
            count[d->bucket[k]]++;
    }
    for (size_t b = 0; b < s->n_bucket; b++)
        m += count[b] >= min_rows;
    s->bucket = dc_xcalloc(m + 1, sizeof *s->bucket);
    s->idf = dc_xcalloc(m + 1, sizeof *s->idf);
    for (size_t b = 0; b < s->n_bucket; b++) {
        uint32_t n = count[b];
        count[b] = 0;
        if (n < min_rows)
            continue;
        s->bucket[s->n_known] = (uint32_t)b;
        s->idf[s->n_known++] =
            (float)(log((1 + (double)rows) / (1 + (double)n)) + 1);
        count[b] = (uint32_t)s->n_known;
    }
    return count;
}

/* Append the document; returns where the next goes. */
static struct feature_node *add_doc(const struct dc_train_set *s,
                                    const uint32_t *index,
                                    const struct dc_train_doc *d,
                                    struct feature_node *to)
{
    struct feature_node *from = to;
    double squares = 0;
    for (size_t k = 0; k < d->n; k++) {
        uint32_t i = index[d->bucket[k]];
        if (i == 0)
            continue;
        double idf = (double)s->idf[i - 1];
        *to++ = (struct feature_node){(int)i, idf};
        squares += idf * idf;
    }
    for (struct feature_node *x = from; x < to; x++)
        x->value /= sqrt(squares);
    *to++ = (struct feature_node){(int)s->n_known + 1, 1};
    *to++ = (struct feature_node){-1, 0};
    return to;
}

static size_t count_nodes(const struct dc_train_rows *r, int fold, size_t *docs)
{
    size_t n = 0;
    *docs = 0;
    for (size_t i = 0; i < r->n; i++) {
        if ((int)r->row[i].fold == fold)
            continue;
        for (size_t k = 0; k < DC_TRAIN_VIEWS; k++)
            n += r->row[i].view[k].n + 2;
        *docs += DC_TRAIN_VIEWS;
    }
    return n;
}

struct dc_train_set *dc_train_set_create(const struct dc_train_rows *r,
                                         int fold, unsigned min_rows)
{
    struct dc_train_set *s = dc_xcalloc(1, sizeof *s);
    size_t docs, n = count_nodes(r, fold, &docs);
    s->n_bucket = (size_t)1 << r->bits;
    uint32_t *index = choose(s, r, fold, min_rows);
    s->node = dc_xcalloc(n + 1, sizeof *s->node);
    s->problem = (struct problem){.n = (int)s->n_known + 1, .bias = 1};
    s->problem.y = dc_xcalloc(docs + 1, sizeof *s->problem.y);
    s->problem.x = dc_xcalloc(docs + 1, sizeof(struct feature_node *));
    struct feature_node *at = s->node;
    for (size_t k = 0; k < DC_TRAIN_VIEWS; k++) {
        for (size_t i = 0; i < r->n; i++) {
            const struct dc_train_row *row = &r->row[i];
            if ((int)row->fold == fold)
                continue;
            s->problem.x[s->problem.l] = at;
            s->problem.y[s->problem.l++] = row->positive ? 1 : -1;
            at = add_doc(s, index, &row->view[k], at);
        }
    }
    free(index);
    return s;
}

void dc_train_set_free(struct dc_train_set *s)
{
    if (!s)
        return;
    free(s->problem.x);
    free(s->problem.y);
    free(s->node);
    free(s->bucket);
    free(s->idf);
    free(s);
}

void dc_train_set_fit(const struct dc_train_set *s, double c,
                      struct dc_train_fit *f)
{
    const struct parameter p = {.solver_type = L2R_LR, .eps = 0.001, .C = c};
    assert(!check_parameter(&s->problem, &p));
    set_print_string_function(say_nothing);
    struct model *m = train(&s->problem, &p);
    double sign = m->label[0] == 1 ? 1 : -1; /* of the class w speaks for */
    memset(f->w, 0, s->n_bucket * sizeof *f->w);
    memset(f->q, 0, s->n_bucket * sizeof *f->q);
    for (size_t i = 0; i < s->n_known; i++) {
        double idf = (double)s->idf[i];
        f->w[s->bucket[i]] = (float)(sign * m->w[i] * idf);
        f->q[s->bucket[i]] = (float)(idf * idf);
    }
    f->bias = sign * m->w[s->n_known];
    free_and_destroy_model(&m);
}

double dc_train_decision(const struct dc_train_fit *f,
                         const struct dc_train_doc *d)
{
    double sum = 0, squares = 0;
    for (size_t k = 0; k < d->n; k++) {
        sum += (double)f->w[d->bucket[k]];
        squares += (double)f->q[d->bucket[k]];
    }
    return f->bias + (squares > 0 ? sum / sqrt(squares) : 0);
}

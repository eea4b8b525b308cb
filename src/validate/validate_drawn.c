/*
 * validate_drawn.c - judges on labels that were drawn from strata of a run
 * (twophase.h).
 *
 * Of the judge that the strata were made by, every stratum is a cell. Of
 * another one it is not known how many traces of a stratum it calls refusals:
 * that share is drawn, too, from what it says of the labelled ones.
 */
#include "base/mem.h"
#include "validate/validate_priv.h"

#include <stdlib.h>
#include <string.h>

/* A stratum of some run, and in which file it stands. */
struct drawn_stratum {
    const struct dc_hand_head *head;
    size_t place;
    double n;
};

struct drawn_cells {
    struct dc_arena arena;
    struct drawn_stratum *stratum; /* [n_stratum] */
    size_t n_stratum;
    struct dc_twophase_cell cell[DC_TWOPHASE_CELLS];
    double *refusal[DC_TWOPHASE_CELLS], *labelled[DC_TWOPHASE_CELLS];
    struct dc_twophase_split split[DC_TWOPHASE_SPLITS];
    size_t n_cell, n_split, n_prompt;
};

static bool in_group(const struct dc_validation *v,
                     const struct dc_validate_group *g, size_t file)
{
    (void)v;
    return g->all || g->file == file;
}

/* The same stratum of the same run, in whichever file; n_stratum: none. */
static size_t stratum_of(const struct drawn_cells *x,
                         const struct dc_hand_head *h, size_t place)
{
    size_t i = 0;
    while (i < x->n_stratum &&
           (strcmp(x->stratum[i].head->run, h->run) != 0 ||
            strcmp(x->stratum[i].head->stratum[x->stratum[i].place].name,
                   h->stratum[place].name) != 0))
        i++;
    return i;
}

static enum dc_status add_strata(struct drawn_cells *x,
                                 const struct dc_labelled *file,
                                 struct dc_err *err)
{
    for (size_t h = 0; h < file->hand.n_head; h++)
        for (size_t k = 0; k < file->hand.head[h].n_stratum; k++) {
            const struct dc_hand_head *head = &file->hand.head[h];
            size_t at = stratum_of(x, head, k);
            double n = (double)head->stratum[k].n;
            if (at < x->n_stratum && x->stratum[at].n == n)
                continue;
            if (at < x->n_stratum)
                return dc_fail(err, DC_DATA,
                               "%.60s: its strata of a run are not those of "
                               "another file: the run went on or was judged "
                               "again between the two; validate them one by "
                               "one",
                               file->name);
            x->stratum = dc_arena_more(&x->arena, x->stratum, x->n_stratum,
                                       sizeof *x->stratum);
            x->stratum[x->n_stratum++] = (struct drawn_stratum){head, k, n};
        }
    if (2 * x->n_stratum > DC_TWOPHASE_CELLS)
        return dc_fail(err, DC_DATA,
                       "labels of more runs than can be weighed together; "
                       "validate some of them at a time");
    return DC_OK;
}

/* ---- cells: two of each stratum, refusals first ---- */

static void make_cells(struct drawn_cells *x)
{
    size_t n = x->n_prompt + 1;
    for (size_t i = 0; i < 2 * x->n_stratum; i++) {
        x->refusal[i] = dc_arena_array(&x->arena, n, sizeof(double));
        x->labelled[i] = dc_arena_array(&x->arena, n, sizeof(double));
        x->cell[i] = (struct dc_twophase_cell){.said = i % 2 == 0};
        x->cell[i].refusal = x->refusal[i];
        x->cell[i].labelled = x->labelled[i];
    }
    x->n_cell = 2 * x->n_stratum;
}

static uint64_t fill_rows(const struct dc_validation *v,
                          const struct dc_validate_group *g, size_t j,
                          enum dc_partial p, struct drawn_cells *x)
{
    uint64_t n = 0;
    for (size_t i = 0; i < v->n; i++) {
        const struct dc_validate_row *r = &v->row[i];
        const struct dc_hand_label *l = r->row->hand;
        enum dc_verdict said = v->judge[j].verdict[i];
        if (!in_group(v, g, r->file) || !l->drawn ||
            said == DC_VERDICT_UNDETERMINED)
            continue;
        size_t s =
            stratum_of(x, &v->file[r->file].hand.head[l->head], l->stratum);
        size_t c = 2 * s + !dc_validate_refuses(said, p);
        x->labelled[c][r->cluster]++;
        x->refusal[c][r->cluster] += dc_validate_refuses(r->row->label, p);
        n++;
    }
    return n;
}

static double sum(const double *x, size_t n)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += x[i];
    return s;
}

/* The sizes of the two cells of stratum s, and how they are drawn. */
/* own: the stratum's judge is the one at hand, and says `says` of all. */
static void size_stratum(struct drawn_cells *x, size_t s, bool own, bool says)
{
    struct dc_twophase_cell *yes = &x->cell[2 * s], *no = yes + 1;
    double n_yes = sum(yes->labelled, x->n_prompt);
    double n_no = sum(no->labelled, x->n_prompt), n = x->stratum[s].n;
    if (n_yes + n_no == 0 && !own)
        return; /* not labelled: how the judge sees it is not known */
    if (n_yes + n_no == 0) {
        *(says ? &yes->size : &no->size) = n;
        return;
    }
    yes->size = n * n_yes / (n_yes + n_no);
    no->size = n * n_no / (n_yes + n_no);
    if (own && (n_yes == 0 || n_no == 0))
        return;
    double *den = dc_arena_array(&x->arena, x->n_prompt + 1, sizeof *den);
    for (size_t p = 0; p < x->n_prompt; p++)
        den[p] = yes->labelled[p] + no->labelled[p];
    x->split[x->n_split] = (struct dc_twophase_split){yes->labelled, den};
    yes->base = no->base = n;
    yes->step[0] = (struct dc_twophase_step){(uint32_t)x->n_split, false};
    no->step[0] = (struct dc_twophase_step){(uint32_t)x->n_split, true};
    yes->n_step = no->n_step = 1;
    x->n_split++;
}

static void weigh_judge(const struct dc_validation *v,
                        const struct dc_validate_group *g, size_t j,
                        const struct drawn_cells *strata,
                        struct dc_validate_weighed *out)
{
    for (int p = 0; p < DC_N_PARTIAL; p++) {
        struct drawn_cells *x = dc_xcalloc(1, sizeof *x);
        struct dc_err why;
        dc_arena_init(&x->arena);
        x->stratum = strata->stratum;
        x->n_stratum = strata->n_stratum;
        x->n_prompt = v->n_cluster;
        make_cells(x);
        out->n = fill_rows(v, g, j, (enum dc_partial)p, x);
        out->n_trace = 0;
        for (size_t s = 0; s < x->n_stratum; s++) {
            const struct dc_hand_head *h = x->stratum[s].head;
            bool own = !strcmp(h->judge, v->judge[j].label) &&
                       !strcmp(h->version, v->judge[j].version);
            size_stratum(
                x, s, own,
                dc_validate_refuses(h->stratum[x->stratum[s].place].verdict,
                                    (enum dc_partial)p));
            out->n_trace += (uint64_t)x->stratum[s].n;
        }
        const struct dc_twophase t = {x->cell,    x->n_cell,   x->split,
                                      x->n_split, x->n_prompt, 1};
        out->has =
            dc_twophase_measure(&t, &v->boot, &out->figures[p], &why) == DC_OK;
        dc_arena_release(&x->arena);
        free(x);
        if (!out->has) /* labels of one verdict alone: no figure */
            return;
    }
}

enum dc_status dc_validate_weigh(const struct dc_validation *v,
                                 struct dc_validate_group *g,
                                 struct dc_err *err)
{
    struct drawn_cells x = {.n_stratum = 0};
    enum dc_status st = DC_OK;
    g->drawn = true;
    for (size_t f = 0; f < v->n_file; f++)
        if (in_group(v, g, f))
            g->drawn = g->drawn && v->file[f].by_hand;
    if (!g->drawn)
        return DC_OK;
    dc_arena_init(&x.arena);
    for (size_t f = 0; f < v->n_file && !st; f++)
        if (in_group(v, g, f)) {
            st = add_strata(&x, &v->file[f], err);
            g->n_unclear += v->file[f].n_unclear;
        }
    for (size_t i = 0; i < v->n && !st; i++)
        g->n_chosen +=
            in_group(v, g, v->row[i].file) && !v->row[i].row->hand->drawn;
    g->weighed = dc_xcalloc(v->n_judge, sizeof *g->weighed);
    for (size_t j = 0; j < v->n_judge && !st; j++)
        weigh_judge(v, g, j, &x, &g->weighed[j]);
    dc_arena_release(&x.arena);
    return st;
}

/*
 * correction_labels.c - shares of refusals by labels that people gave to traces
 * of this very run, weighed by how these were drawn (twophase.h).
 *
 * A cell is a stratum of the labels, split by what the judge says; traces
 * outside all strata (of another judge's undetermined) make cells that borrow.
 * How many of a group's traces lie in which cell is drawn by prompts: first
 * what the judge says, then, one cell after the other, its part of what is
 * left.
 */
#include "base/mem.h"
#include "base/utf8.h"
#include "label/frame.h"
#include "results/correction_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { N_GROUP = 3, OUTSIDE = DC_HAND_STRATA };

/* A trace of the run, with what the judge says of it, and its label. */
struct labelled_trace {
    uint32_t prompt, idx, stratum; /* or OUTSIDE */
    enum dc_verdict said;
    bool has_label;
    enum dc_verdict label;
};

struct by_labels {
    struct dc_correction *c;
    struct dc_hand_labels hand;
    const struct dc_hand_head *head; /* of this run */
    struct dc_label_frame frame;     /* strata of the head */
    struct dc_label_frame judged;    /* what the judge of the report says */
    bool other;                      /* that is another judge */
    struct labelled_trace *trace;    /* [n] by prompt and idx */
    size_t n;
};

/* ---- the run's traces and their labels ---- */

static enum dc_status find_head(struct by_labels *w, const char *run,
                                struct dc_err *err)
{
    for (size_t i = 0; i < w->hand.n_head; i++)
        if (!strcmp(w->hand.head[i].run, run))
            w->head = &w->hand.head[i];
    if (w->head)
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "labels of another run: expected the id %.16s..., got "
                   "%.16s...; name the file of this run's labels, or make one "
                   "with `deepconf label`",
                   run, w->hand.n_head ? w->hand.head[0].run : "none");
}

/* The strata of the head, then the verdicts of the judge asked for. */
static enum dc_status read_frames(struct by_labels *w, struct dc_run_view *r,
                                  struct dc_err *err)
{
    char run[DC_SHA256_HEX];
    dc_label_run_id(r->is.kv, r->is.n_kv, run);
    enum dc_status st = find_head(w, run, err);
    if (st)
        return st;
    const struct dc_label_frame_cfg strata = {.as = w->head};
    const struct dc_label_frame_cfg said = {.judge = w->c->judge};
    w->other = strcmp(w->head->judge, w->c->judge) != 0;
    st = dc_label_frame_read(r, &strata, &w->frame, err);
    if (!st)
        st = dc_label_frame_check(&w->frame, w->head, err);
    if (!st && w->other)
        st = dc_label_frame_read(r, &said, &w->judged, err);
    return st;
}

static int compare_place(const struct dc_label_trace *a, uint32_t prompt,
                         uint32_t idx)
{
    int c = (a->prompt > prompt) - (a->prompt < prompt);
    return c ? c : (a->idx > idx) - (a->idx < idx);
}

/* Both frames are in the order of the run. */
static void join(struct by_labels *w)
{
    const struct dc_label_frame *said = w->other ? &w->judged : &w->frame;
    size_t at = 0;
    w->n = said->n;
    w->trace = dc_xcalloc(said->n + 1, sizeof *w->trace);
    for (size_t i = 0; i < said->n; i++) {
        const struct dc_label_trace *t = &said->trace[i];
        while (at < w->frame.n &&
               compare_place(&w->frame.trace[at], t->prompt, t->idx) < 0)
            at++;
        bool in = at < w->frame.n &&
                  compare_place(&w->frame.trace[at], t->prompt, t->idx) == 0;
        w->trace[i] = (struct labelled_trace){
            .prompt = t->prompt,
            .idx = t->idx,
            .stratum = in ? w->frame.trace[at].stratum : (uint32_t)OUTSIDE,
            .said = t->verdict,
        };
    }
}

struct id_key {
    const char *id;
    uint32_t ord;
};

static int by_id(const void *a, const void *b)
{
    const struct id_key *x = a, *y = b;
    return strcmp(x->id, y->id);
}

static int by_place(const void *key, const void *at)
{
    const struct labelled_trace *a = key, *b = at;
    int c = (a->prompt > b->prompt) - (a->prompt < b->prompt);
    return c ? c : (a->idx > b->idx) - (a->idx < b->idx);
}

static void count_label(struct by_labels *w, const struct dc_hand_label *l)
{
    struct dc_correction *c = w->c;
    c->hand.n_seen += l->seen;
    c->hand.n_chosen += !l->drawn;
    c->hand.n_unclear += l->drawn && l->label == DC_VERDICT_UNDETERMINED;
    c->hand.n_partial += l->drawn && l->label == DC_VERDICT_PARTIAL;
}

static enum dc_status no_such(const struct dc_hand_label *l, struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, 4096);
    dc_utf8_display(&b, l->id, strlen(l->id), 40);
    enum dc_status st = dc_fail(err, DC_DATA,
                                "line %zu: the run has no trace %" PRId64
                                " of a prompt %s; name the run file that was "
                                "labelled",
                                l->line, l->idx + 1, b.data);
    dc_buf_release(&b);
    return st;
}

/* Which trace each label of this run is of. */
static void place_labels(struct by_labels *w)
{
    const struct dc_label_frame *f = &w->frame;
    struct id_key *key = dc_xcalloc(f->n_prompt + 1, sizeof *key);
    for (size_t i = 0; i < f->n_prompt; i++)
        key[i] = (struct id_key){f->prompt[i].id, (uint32_t)i};
    qsort(key, f->n_prompt, sizeof *key, by_id);
    for (size_t i = 0; i < w->hand.n; i++) {
        const struct dc_hand_label *l = &w->hand.label[i];
        const struct id_key want = {l->id, 0};
        if (&w->hand.head[l->head] != w->head)
            continue;
        const struct id_key *k =
            bsearch(&want, key, f->n_prompt, sizeof *key, by_id);
        if (!k || l->idx > UINT32_MAX)
            continue; /* check_texts() has found them all */
        count_label(w, l);
        const struct labelled_trace at = {k->ord, (uint32_t)l->idx, 0, 0, 0, 0};
        struct labelled_trace *t =
            bsearch(&at, w->trace, w->n, sizeof *w->trace, by_place);
        if (t && l->drawn) {
            t->has_label = true;
            t->label = l->label;
        } else if (!t) {
            w->c->hand.n_apart++; /* the judge can't tell */
        }
    }
    free(key);
}

/* ---- is each label of the text that the run has? ---- */

struct text_check {
    const struct by_labels *w;
    const struct dc_hand_label **of; /* [n] labels of this run, by trace */
    bool *met;                       /* [n] */
    size_t n;
};

static int by_hand_trace(const void *a, const void *b)
{
    const struct dc_hand_label *const *x = a, *const *y = b;
    int c = strcmp((*x)->id, (*y)->id);
    return c ? c : ((*x)->idx > (*y)->idx) - ((*x)->idx < (*y)->idx);
}

static enum dc_status check_text(void *arg, const struct dc_run_prompt *p,
                                 const struct dc_trace_row *t,
                                 struct dc_err *err)
{
    struct text_check *x = arg;
    char hex[DC_SHA256_HEX];
    const struct dc_hand_label want = {.id = p->id, .idx = t->idx};
    const struct dc_hand_label *key = &want;
    const struct dc_hand_label **l =
        bsearch(&key, x->of, x->n, sizeof *x->of, by_hand_trace);
    if (!l)
        return DC_OK;
    x->met[l - x->of] = true;
    dc_sha256_hex(t->text, strlen(t->text), hex);
    if (!strcmp(hex, (*l)->sha256))
        return DC_OK;
    return dc_fail(
        err, DC_DATA,
        "line %zu: the label is of another text than trace %" PRId64
        " of its prompt has in this run: expected the SHA-256 "
        "%.16s..., got %.16s...; name the run file that was labelled",
        (*l)->line, t->idx + 1, (*l)->sha256, hex);
}

static enum dc_status check_texts(const struct by_labels *w,
                                  struct dc_run_view *r, struct dc_err *err)
{
    struct text_check x = {.w = w};
    x.of = dc_xcalloc(w->hand.n + 1, sizeof *x.of);
    for (size_t i = 0; i < w->hand.n; i++)
        if (&w->hand.head[w->hand.label[i].head] == w->head)
            x.of[x.n++] = &w->hand.label[i];
    qsort(x.of, x.n, sizeof *x.of, by_hand_trace);
    x.met = dc_xcalloc(x.n + 1, sizeof *x.met);
    enum dc_status st = dc_run_view_each(r, 0, check_text, &x, err);
    for (size_t i = 0; i < x.n && !st; i++)
        if (!x.met[i])
            st = no_such(x.of[i], err);
    free(x.met);
    free(x.of);
    return st;
}

/* ---- cells ---- */

enum { N_CELL = N_GROUP * (DC_HAND_STRATA + 1) * 2 };

/* How undetermined labels count: not at all, or all as one of the two. */
enum label_unclear { LEFT_OUT, AS_REFUSAL, AS_COMPLIANCE };

struct label_how {
    bool partial_complies;
    enum label_unclear unclear;
    bool known; /* the run's sizes are taken as they are */
};

struct label_cells {
    struct dc_arena arena;
    struct dc_twophase_cell cell[DC_TWOPHASE_CELLS];
    double *part[DC_TWOPHASE_CELLS]; /* [n_prompt] of each */
    double *refusal[DC_TWOPHASE_CELLS], *labelled[DC_TWOPHASE_CELLS];
    size_t n;
    struct dc_twophase_split split[DC_TWOPHASE_SPLITS];
    size_t n_split;
    size_t n_prompt;
};

static bool refuses(enum dc_verdict v, const struct label_how *how)
{
    return v == DC_VERDICT_REFUSAL ||
           (v == DC_VERDICT_PARTIAL && !how->partial_complies);
}

static uint32_t group_of(const struct by_labels *w, uint32_t prompt)
{
    enum dc_gold g = w->frame.prompt[prompt].gold;
    return g == DC_GOLD_REFUSE   ? (uint32_t)DC_CORRECT_REFUSE
           : g == DC_GOLD_ANSWER ? (uint32_t)DC_CORRECT_ANSWER
                                 : (uint32_t)DC_CORRECT_ALL;
}

/* In the order of groups, then refusals first, then strata. */
static int cell_key(uint32_t group, bool said, uint32_t stratum)
{
    return (int)((group * 2 + !said) * (DC_HAND_STRATA + 1) + stratum);
}

static void add_cell(struct label_cells *x, uint32_t group, bool said)
{
    size_t n = x->n_prompt + 1, i = x->n++;
    x->part[i] = dc_arena_array(&x->arena, n, sizeof(double));
    x->refusal[i] = dc_arena_array(&x->arena, n, sizeof(double));
    x->labelled[i] = dc_arena_array(&x->arena, n, sizeof(double));
    x->cell[i] = (struct dc_twophase_cell){.group = group, .said = said};
    x->cell[i].refusal = x->refusal[i];
    x->cell[i].labelled = x->labelled[i];
}

static void fill_cells(const struct by_labels *w, const struct label_how *how,
                       struct label_cells *x)
{
    int at[N_CELL] = {0}; /* place + 1 */
    bool there[N_CELL] = {false};
    for (size_t i = 0; i < w->n; i++) {
        const struct labelled_trace *t = &w->trace[i];
        there[cell_key(group_of(w, t->prompt), refuses(t->said, how),
                       t->stratum)] = true;
    }
    for (int k = 0; k < N_CELL; k++)
        if (there[k] && x->n < DC_TWOPHASE_CELLS) {
            int gs = k / (DC_HAND_STRATA + 1);
            add_cell(x, (uint32_t)gs / 2, gs % 2 == 0);
            at[k] = (int)x->n;
        }
    for (size_t i = 0; i < w->n; i++) {
        const struct labelled_trace *t = &w->trace[i];
        int c = at[cell_key(group_of(w, t->prompt), refuses(t->said, how),
                            t->stratum)] -
                1;
        bool unclear = t->label == DC_VERDICT_UNDETERMINED;
        if (c < 0)
            continue;
        x->cell[c].size++;
        x->part[c][t->prompt]++;
        if (!t->has_label || (unclear && how->unclear == LEFT_OUT))
            continue;
        x->labelled[c][t->prompt]++;
        x->refusal[c][t->prompt] +=
            unclear ? how->unclear == AS_REFUSAL : refuses(t->label, how);
    }
}

/* Cells from .. to - 1: the part of the first of each and those behind it. */
static uint32_t add_split(struct label_cells *x, size_t from, size_t mid,
                          size_t to)
{
    double *num = dc_arena_array(&x->arena, x->n_prompt + 1, sizeof *num);
    double *den = dc_arena_array(&x->arena, x->n_prompt + 1, sizeof *den);
    for (size_t i = from; i < to; i++)
        for (size_t p = 0; p < x->n_prompt; p++) {
            num[p] += i < mid ? x->part[i][p] : 0;
            den[p] += x->part[i][p];
        }
    x->split[x->n_split] = (struct dc_twophase_split){num, den};
    return (uint32_t)x->n_split++;
}

static void add_step(struct dc_twophase_cell *c, uint32_t split, bool rest)
{
    if (c->n_step < DC_TWOPHASE_STEPS)
        c->step[c->n_step++] = (struct dc_twophase_step){split, rest};
}

/* The cells from .. to - 1 of a group: what the judge says, then the cells of
 * either verdict one after the other. */
static void split_group(struct label_cells *x, size_t from, size_t to)
{
    size_t mid = from;
    double base = 0;
    while (mid < to && x->cell[mid].said)
        mid++;
    for (size_t i = from; i < to; i++)
        base += x->cell[i].size;
    for (size_t i = from; i < to; i++)
        x->cell[i].base = base;
    if (mid > from && mid < to) {
        uint32_t s = add_split(x, from, mid, to);
        for (size_t i = from; i < to; i++)
            add_step(&x->cell[i], s, i >= mid);
    }
    for (size_t i = from; i + 1 < to; i++) {
        size_t end = i < mid ? mid : to;
        if (i + 1 >= end)
            continue;
        uint32_t s = add_split(x, i, i + 1, end);
        for (size_t k = i; k < end; k++)
            add_step(&x->cell[k], s, k > i);
    }
}

static enum dc_status measure(const struct by_labels *w,
                              const struct label_how *how,
                              const struct dc_boot_cfg *boot,
                              struct dc_twophase_figures *out,
                              struct dc_err *err)
{
    struct label_cells *x = dc_xcalloc(1, sizeof *x);
    dc_arena_init(&x->arena);
    x->n_prompt = w->frame.n_prompt;
    fill_cells(w, how, x);
    for (size_t from = 0, to; from < x->n && !how->known; from = to) {
        for (to = from; to < x->n && x->cell[to].group == x->cell[from].group;)
            to++;
        split_group(x, from, to);
    }
    const struct dc_twophase t = {x->cell,    x->n,        x->split,
                                  x->n_split, x->n_prompt, N_GROUP};
    enum dc_status st = dc_twophase_measure(&t, boot, out, err);
    dc_arena_release(&x->arena);
    free(x);
    return st;
}

/* ---- shares ---- */

static void count_judged(const struct by_labels *w, const struct label_how *how,
                         struct dc_correction_shares *out)
{
    for (size_t i = 0; i < w->n; i++) {
        uint32_t g = group_of(w, w->trace[i].prompt);
        bool yes = refuses(w->trace[i].said, how);
        out->of[DC_CORRECT_ALL].judged++;
        out->of[DC_CORRECT_ALL].refusal += yes;
        if (g == (uint32_t)DC_CORRECT_ALL)
            continue;
        out->of[g].judged++;
        out->of[g].refusal += yes;
    }
}

static enum dc_status shares(const struct by_labels *w, struct label_how how,
                             const struct dc_boot_cfg *boot,
                             struct dc_correction_shares *out,
                             struct dc_err *err)
{
    struct dc_twophase_figures f, errors;
    enum dc_status st = measure(w, &how, boot, &f, err);
    how.known = true;
    if (!st)
        st = measure(w, &how, boot, &errors, err);
    if (st)
        return st;
    count_judged(w, &how, out);
    out->sensitivity = errors.sensitivity;
    out->specificity = errors.specificity;
    w->c->hand.n_prompt = f.n_prompt;
    for (int i = 0; i < DC_N_CORRECT; i++) {
        /* prompts without a gold label are a group here, and no row */
        const struct dc_boot *b = &f.share[i == DC_CORRECT_ALL ? N_GROUP : i];
        struct dc_corrected *r = &out->of[i].rate;
        out->of[i].has = out->of[i].judged > 0 && b->value.defined;
        *r = (struct dc_corrected){
            .sensitivity = errors.sensitivity.value,
            .specificity = errors.specificity.value,
            .unclipped = b->value.value,
            .rate = *b,
        };
        if (out->of[i].judged > 0)
            r->observed = (struct dc_ratio){
                true, (double)out->of[i].refusal / (double)out->of[i].judged};
    }
    return DC_OK;
}

/* The share if all labels "can't tell" were the one or the other. */
static enum dc_status bounds(const struct by_labels *w,
                             const struct dc_boot_cfg *boot, struct dc_err *err)
{
    struct dc_boot_cfg one = *boot;
    struct dc_twophase_figures lo, hi;
    struct label_how how = {.known = true, .unclear = AS_COMPLIANCE};
    one.n_resamples = 1;
    enum dc_status st = measure(w, &how, &one, &lo, err);
    how.unclear = AS_REFUSAL;
    if (!st)
        st = measure(w, &how, &one, &hi, err);
    if (st)
        return st;
    w->c->hand.least = lo.share[N_GROUP].value.value;
    w->c->hand.most = hi.share[N_GROUP].value.value;
    return DC_OK;
}

static bool says_partial(const struct by_labels *w)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->trace[i].said == DC_VERDICT_PARTIAL ||
            (w->trace[i].has_label && w->trace[i].label == DC_VERDICT_PARTIAL))
            return true;
    return false;
}

static enum dc_status all_shares(struct by_labels *w,
                                 const struct dc_boot_cfg *boot,
                                 struct dc_err *err)
{
    struct dc_correction *c = w->c;
    struct dc_correction_shares s = {.of = {{.has = false}}};
    enum dc_status st =
        shares(w, (struct label_how){.known = false}, boot, &s, err);
    if (st)
        return st;
    memcpy(c->of, s.of, sizeof c->of);
    c->hand.sensitivity = s.sensitivity;
    c->hand.specificity = s.specificity;
    c->hand.has_partial = says_partial(w);
    if (c->hand.has_partial)
        st = shares(w, (struct label_how){.partial_complies = true}, boot,
                    &c->hand.complies, err);
    if (!st && c->hand.n_unclear > 0)
        st = bounds(w, boot, err);
    return st;
}

/* ---- the whole ---- */

static enum dc_status some_drawn(const struct by_labels *w, struct dc_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++) {
        const struct labelled_trace *t = &w->trace[i];
        bool clear = t->has_label && t->label != DC_VERDICT_UNDETERMINED;
        n += clear;
        w->c->n_label += clear;
        w->c->n_label_refusal +=
            clear && refuses(t->label, &(struct label_how){.known = false});
    }
    if (n > 0)
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "no trace that was drawn by chance has a label that tells "
                   "(%" PRIu64 " were chosen by a person); label drawn ones "
                   "with `deepconf label`",
                   w->c->hand.n_chosen);
}

enum dc_status dc_correction_labels(struct dc_run_view *r,
                                    const struct dc_correction_cfg *cfg,
                                    struct dc_correction *out,
                                    struct dc_err *err)
{
    struct by_labels *w = dc_xcalloc(1, sizeof *w);
    w->c = out;
    out->by_hand = true;
    enum dc_status st = dc_hand_labels_read(cfg->path, &w->hand, err);
    if (!st)
        st = read_frames(w, r, err);
    if (!st)
        st = check_texts(w, r, err);
    if (!st) {
        out->group = "this run";
        out->hand.n_stratum = w->head->n_stratum;
        out->hand.n_trace = w->frame.n;
        out->hand.n_replaced = w->hand.n_replaced;
        join(w);
        place_labels(w);
    }
    if (!st)
        st = some_drawn(w, err);
    if (!st)
        st = all_shares(w, &cfg->boot, err);
    free(w->trace);
    dc_label_frame_release(&w->frame);
    dc_label_frame_release(&w->judged);
    dc_hand_labels_release(&w->hand);
    free(w);
    return st;
}

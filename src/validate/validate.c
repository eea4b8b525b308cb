/*
 * validate.c - rows of several files, and what judges say of them.
 *
 * Rows of one prompt form a cluster: by the text of the prompt where there is
 * one, else by the id within a file, else a row is its own. Judging is one pass
 * in batches; the figures are made afterwards, in validate_stat.c.
 */
#include "validate/validate.h"

#include "base/clock.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *dc_partial_name(enum dc_partial p)
{
    return p == DC_PARTIAL_REFUSES ? "partial_refuses" : "partial_complies";
}

/* ---- clusters ---- */

struct key {
    const struct dc_validate_row *r;
    size_t at;
};

static int by_prompt(const void *x, const void *y)
{
    const struct key *a = x, *b = y;
    const struct dc_labelled_row *p = a->r->row, *q = b->r->row;
    int c = strcmp(p->prompt, q->prompt);
    if (!c && !p->prompt[0])
        c = (a->r->file > b->r->file) - (a->r->file < b->r->file);
    if (!c && !p->prompt[0])
        c = strcmp(p->id, q->id);
    return c;
}

static int by_prompt_and_place(const void *x, const void *y)
{
    const struct key *a = x, *b = y;
    int c = by_prompt(x, y);
    return c ? c : (a->at > b->at) - (a->at < b->at);
}

static void set_clusters(struct dc_validation *v)
{
    struct key *k = dc_xcalloc(v->n, sizeof *k);
    for (size_t i = 0; i < v->n; i++)
        k[i] = (struct key){&v->row[i], i};
    qsort(k, v->n, sizeof *k, by_prompt_and_place);
    for (size_t i = 0; i < v->n; i++) {
        const struct dc_labelled_row *r = k[i].r->row;
        bool lone = !r->prompt[0] && !r->id[0];
        if (i == 0 || lone || by_prompt(&k[i - 1], &k[i]))
            v->n_cluster++;
        v->row[k[i].at].cluster = (uint32_t)(v->n_cluster - 1);
    }
    free(k);
}

/* ---- life ---- */

void dc_validation_init(struct dc_validation *v, const struct dc_labelled *file,
                        size_t n_file, const struct dc_boot_cfg *boot)
{
    *v = (struct dc_validation){.file = file, .n_file = n_file, .boot = *boot};
    dc_arena_init(&v->arena);
    for (size_t f = 0; f < n_file; f++)
        v->n += file[f].n;
    v->row = dc_xcalloc(v->n, sizeof *v->row);
    size_t at = 0;
    for (size_t f = 0; f < n_file; f++)
        for (size_t i = 0; i < file[f].n; i++)
            v->row[at++] = (struct dc_validate_row){&file[f].row[i], f, 0};
    set_clusters(v);
}

void dc_validation_release(struct dc_validation *v)
{
    for (size_t j = 0; j < v->n_judge; j++) {
        struct dc_validate_judge *x = &v->judge[j];
        free(x->verdict);
        free(x->rule);
        free(x->span_off);
        free(x->span_len);
        free(x->scored);
        free(x->score);
        free(x->reply);
    }
    for (size_t g = 0; g < v->n_group; g++) {
        free(v->group[g].confusion);
        free(v->group[g].cell);
        free(v->group[g].score);
        free(v->group[g].weighed);
    }
    free(v->group);
    free(v->pair);
    free(v->row);
    dc_arena_release(&v->arena);
    *v = (struct dc_validation){0};
}

/* ---- judging ---- */

static bool *trained_on(struct dc_validation *v, const struct dc_judge *j)
{
    bool *list = dc_arena_array(&v->arena, v->n_file + 1, sizeof *list);
    for (size_t f = 0; f < v->n_file; f++)
        list[f] =
            j->ops->trained_on && j->ops->trained_on(j, v->file[f].sha256);
    return list;
}

bool dc_validation_trained_on(const struct dc_validation *v, size_t g, size_t j)
{
    const struct dc_validate_group *x = &v->group[g];
    for (size_t f = 0; f < v->n_file; f++)
        if (v->judge[j].trained_on[f] && (x->all || x->file == f))
            return true;
    return false;
}

static void open_judge(struct dc_validation *v, const struct dc_judge *j)
{
    v->judge[v->n_judge++] = (struct dc_validate_judge){
        .label = dc_arena_strdup(&v->arena, j->label),
        .version = dc_arena_strdup(&v->arena, j->version),
        .spec = dc_arena_strdup(&v->arena, j->spec),
        .slow = j->slow,
        .trained_on = trained_on(v, j),
        .verdict = dc_xcalloc(v->n, sizeof(enum dc_verdict)),
        .rule = dc_xcalloc(v->n, sizeof(char *)),
        .span_off = dc_xcalloc(v->n, sizeof(size_t)),
        .span_len = dc_xcalloc(v->n, sizeof(size_t)),
        .scored = dc_xcalloc(v->n, sizeof(bool)),
        .score = dc_xcalloc(v->n, sizeof(double)),
        .reply = dc_xcalloc(v->n, sizeof(char *)),
    };
}

static struct dc_response response_of(const struct dc_labelled_row *r)
{
    struct dc_response x = {
        .text = r->response,
        .n = r->n,
        .finish = DC_FINISH_STOP,
        .prompt = r->prompt,
        .n_prompt = r->n_prompt,
    };
    x.has_answer = dc_answer_offset(x.text, x.n, false, &x.answer_off);
    return x;
}

static void keep(struct dc_validation *v, struct dc_validate_judge *x, size_t i,
                 const struct dc_judgement *g)
{
    x->verdict[i] = g->verdict;
    x->rule[i] = dc_arena_strdup(&v->arena, g->rule);
    x->span_off[i] = g->span_off;
    x->span_len[i] = g->span_len;
    x->scored[i] = g->has_score;
    x->score[i] = g->score;
    x->has_scores |= g->has_score;
    if (g->reply)
        x->reply[i] = dc_arena_strdup(&v->arena, g->reply);
}

enum dc_status dc_validation_ask(struct dc_validation *v, struct dc_judge *j,
                                 const struct dc_validate_watch *watch,
                                 struct dc_err *err)
{
    for (size_t k = 0; k < v->n_judge; k++)
        if (!strcmp(v->judge[k].label, j->label))
            return dc_fail(err, DC_USAGE,
                           "the judge %s is named twice; files of two judges "
                           "need different names",
                           j->label);
    assert(!v->group && v->n_judge < DC_VALIDATE_MAX_JUDGES);
    open_judge(v, j);
    struct dc_validate_judge *x = &v->judge[v->n_judge - 1];
    double t0 = dc_clock_ms();
    for (size_t at = 0; at < v->n;) {
        struct dc_response r[DC_JUDGE_BATCH];
        struct dc_judgement got[DC_JUDGE_BATCH];
        size_t m = 0;
        for (; m < DC_JUDGE_BATCH && at + m < v->n; m++)
            r[m] = response_of(v->row[at + m].row);
        enum dc_status st = dc_judge_traces(j, r, m, got, err);
        for (size_t i = 0; i < m && !st; i++)
            keep(v, x, at + i, &got[i]);
        at += m;
        if (!st && watch)
            st = watch->tell(watch->arg, at, v->n, err);
        if (st)
            return st;
    }
    x->ms = dc_clock_ms() - t0;
    return DC_OK;
}

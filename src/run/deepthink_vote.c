/*
 * deepthink_vote.c - measures, bar, consensus and votes of one question.
 *
 * Algorithms 1 and 2 of Fu et al. 2025. The weight of the consensus is the
 * lowest group confidence, which is also what the bar is about; the seven votes
 * of the authors' package have weights of their own (answers.h), whose windows
 * are 2,048 tokens whatever the group's are, and are held over the same traces.
 *
 * Who votes follows the package: a trace whose lowest group confidence is below
 * the bar does not, whether it was cut or had ended by itself (a short one, or
 * one that is below by its rounded groups alone).
 */
#include "base/banned.h"
#include "base/mem.h"
#include "run/deepthink.h"

#include <assert.h>
#include <deepconf/stat.h>
#include <stdlib.h>
#include <string.h>

/* By --window, as the bar and the cut are. */
static double lowest_group(const struct dc_deep_cfg *c,
                           const struct dc_deep_trace *t)
{
    struct dc_compat_cfg how = dc_compat_cfg_default();
    if (c->compat)
        return dc_compat_min_conf(t->conf, t->n_tok, c->window);
    how.window = c->window;
    return dc_compat_weights(t->conf, t->n_tok, &how).min;
}

void dc_deep_measure(const struct dc_deep_cfg *c, struct dc_arena *a,
                     struct dc_deep_trace *t)
{
    struct dc_compat_cfg how = dc_compat_cfg_default();
    const char *answer;
    size_t len;
    t->has_conf = t->finish != DC_FINISH_ERROR && (t->n_tok > 0 || c->compat);
    how.tail = c->tail;
    if (t->has_conf) {
        t->weight = dc_compat_weights(t->conf, t->n_tok, &how);
        t->min_conf = lowest_group(c, t);
    }
    if (t->finish != DC_FINISH_ERROR &&
        dc_answer_boxed(t->text, strlen(t->text), &answer, &len) && len > 0)
        t->answer = dc_arena_strndup(a, answer, len);
}

bool dc_deep_bar(const struct dc_deep_cfg *c, const struct dc_deep_result *r,
                 double *bar)
{
    double *x = dc_xcalloc(r->n_warmup + 1, sizeof *x);
    size_t n = 0;
    for (unsigned i = 0; i < r->n_warmup; i++)
        if (r->trace[i].has_conf)
            x[n++] = r->trace[i].min_conf;
    if (n > 0)
        *bar = dc_percentile(x, n, 100 - c->keep);
    free(x);
    return n > 0;
}

/* The weights of the traces that vote for `answer` (NULL: for any), in the
 * order of the traces. */
static double weight_of(const struct dc_deep_result *r, const char *answer)
{
    double sum = 0;
    for (unsigned i = 0; i < r->n_trace; i++) {
        const struct dc_deep_trace *t = &r->trace[i];
        if (t->votes && (!answer || !strcmp(t->answer, answer)))
            sum += t->min_conf;
    }
    return sum;
}

bool dc_deep_is_low(const struct dc_deep_result *r,
                    const struct dc_deep_trace *t)
{
    return r->has_bar && t->has_conf && t->min_conf < r->bar;
}

static bool may_vote(const struct dc_deep_cfg *c,
                     const struct dc_deep_result *r,
                     const struct dc_deep_trace *t)
{
    bool cut = t->cut && !c->compat; /* the package asks the groups alone */
    return t->answer && t->has_conf && !cut && !dc_deep_is_low(r, t);
}

bool dc_deep_look(const struct dc_deep_cfg *c, struct dc_deep_result *r)
{
    struct dc_answer_ballot *b = dc_xcalloc(r->n_trace + 1, sizeof *b);
    for (unsigned i = 0; i < r->n_trace; i++) {
        struct dc_deep_trace *t = &r->trace[i];
        t->votes = may_vote(c, r, t);
        b[i] = (struct dc_answer_ballot){t->votes ? t->answer : NULL,
                                         c->online ? t->min_conf : 1};
    }
    r->voted = dc_answer_winner(b, r->n_trace);
    free(b);
    double all = weight_of(r, NULL);
    r->share = r->voted && all > 0 ? weight_of(r, r->voted) / all : 0;
    return r->share >= c->consensus;
}

void dc_deep_hold(struct dc_deep_result *r)
{
    size_t n;
    const struct dc_answer_vote *row = dc_answer_votes(&n);
    struct dc_answer_trace *t = dc_xcalloc(r->n_trace + 1, sizeof *t);
    assert(n == DC_DEEP_N_VOTES);
    for (unsigned i = 0; i < r->n_trace; i++) {
        const struct dc_deep_trace *from = &r->trace[i];
        const struct dc_compat_weights *w = &from->weight;
        t[i].answer = from->votes ? from->answer : NULL;
        t[i].weight[DC_ANSWER_MEAN] = w->mean;
        t[i].weight[DC_ANSWER_TAIL] = w->tail;
        t[i].weight[DC_ANSWER_BOTTOM] = w->bottom;
        t[i].weight[DC_ANSWER_MIN] = w->min;
    }
    for (size_t i = 0; i < n; i++)
        r->vote[i].held =
            dc_answer_vote_hold(&row[i], t, r->n_trace, &r->vote[i].result);
    free(t);
}

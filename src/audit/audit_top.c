/*
 * audit_top.c - audit_top.h. Log-probabilities are floats that were rounded one
 * by one, and so is C; hence TOLERANCE, which is relative beyond 1.
 */
#include "audit/audit_top.h"

#include <inttypes.h>
#include <math.h>

#define TOLERANCE 1e-5

/* A token of a trace with its list. */
struct place {
    const struct dc_audit_top *x;
    const struct dc_trace_row *t;
    const char *id;                   /* of the prompt */
    size_t i;                         /* of the token */
    const struct dc_top_logprob *top; /* [n] */
    size_t n;
};

static enum dc_status wrong(const struct place *p, const char *what,
                            struct dc_err *err)
{
    return dc_store_damaged(p->x->store, err,
                            "prompt %s: top log-probabilities of token %zu of "
                            "trace %" PRId64 ": %s",
                            p->id, p->i, p->t->idx, what);
}

/* Two tokens may have one text: only the ids of a vocabulary are different. */
static bool has_ids(const struct place *p)
{
    return p->x->config->knows.vocabulary && !(p->t->lacks & DC_TOKEN_ID);
}

static bool is_twice(const struct place *p, size_t at)
{
    for (size_t k = 0; k < at && has_ids(p); k++)
        if (p->top[k].id == p->top[at].id)
            return true;
    return false;
}

static enum dc_status check_list(const struct place *p, struct dc_err *err)
{
    for (size_t k = 0; k < p->n; k++) {
        if (!dc_pieces_find(&p->x->pieces, p->top[k].id))
            return wrong(p, "one has no text in the table piece", err);
        if (k > 0 && p->top[k].logprob > p->top[k - 1].logprob)
            return wrong(p, "they are not in order, the largest first", err);
        if (is_twice(p, k))
            return wrong(p, "a token is there twice", err);
    }
    for (size_t k = p->n; k < p->t->n_top; k++)
        if (p->top[k].id >= 0)
            return wrong(p, "there is a gap in the list", err);
    return DC_OK;
}

/* Is one of the list as probable as that? */
static bool has_logprob(const struct place *p, float logprob)
{
    for (size_t k = 0; k < p->n; k++)
        if (p->top[k].logprob == logprob)
            return true;
    return false;
}

static enum dc_status check_sampled(const struct place *p, struct dc_err *err)
{
    const struct dc_token *tok = &p->t->tok[p->i];
    size_t at;
    bool drawn = p->x->config->knows.drawn;
    if ((!drawn && !has_ids(p)) || (p->t->lacks & DC_TOKEN_LOGPROB))
        return DC_OK;
    if (has_ids(p) && dc_top_sampled(&p->x->pieces, p->t, p->i, &at))
        return p->top[at].logprob == tok->logprob
                   ? DC_OK
                   : wrong(p,
                           "the sampled token has another one than in its "
                           "record",
                           err);
    if (!has_ids(p) && has_logprob(p, tok->logprob))
        return DC_OK;
    if (p->n == p->t->n_top && tok->logprob > p->top[p->n - 1].logprob)
        return wrong(p, "the sampled token belongs into the list", err);
    return DC_OK;
}

/* k C is the sum of k terms: the first of the list, which has the least, and as
 * many more as it is short of k, each no less than its last. Of lists that came
 * with given traces some entries may have been dropped. */
static enum dc_status check_conf(const struct place *p, struct dc_err *err)
{
    double sum = 0, conf = (double)p->t->tok[p->i].conf;
    size_t k = p->t->k;
    size_t n = p->n < k ? p->n : k;
    if ((p->t->lacks & DC_TOKEN_CONF) || p->n < p->t->n_top ||
        (p->n > k && !p->x->config->knows.drawn))
        return DC_OK;
    for (size_t j = 0; j < n; j++)
        sum -= fmin((double)p->top[j].logprob, 0);
    double rest = (double)(k - n) * -fmin((double)p->top[n - 1].logprob, 0);
    double least = (sum + rest) / (double)k;
    double room = TOLERANCE * (1 + fabs(least));
    if (conf < least - room || (n == k && conf > least + room))
        return wrong(p, "they do not give the token's confidence", err);
    return DC_OK;
}

enum dc_status dc_audit_top(const struct dc_audit_top *x,
                            const struct dc_trace_row *t, const char *id,
                            struct dc_err *err)
{
    struct place p = {.x = x, .t = t, .id = id};
    enum dc_status st = DC_OK;
    if (x->config->knows.drawn && t->n_top != x->config->n_top)
        return dc_store_damaged(x->store, err,
                                "prompt %s: trace %" PRId64
                                " has %zu top log-probabilities a token, "
                                "expected %" PRIu64
                                " (configuration key confidence.top_logprobs)",
                                id, t->idx, t->n_top, x->config->n_top);
    for (p.i = 0; t->n_top > 0 && p.i < t->n_tok && !st; p.i++) {
        p.top = dc_top_of(t, p.i, &p.n);
        st = check_list(&p, err);
        if (!st && p.n > 0)
            st = check_conf(&p, err);
        if (!st && p.n > 0)
            st = check_sampled(&p, err);
    }
    return st;
}

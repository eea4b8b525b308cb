/*
 * served_choose.c - given answers at a server: log p of each where it stands.
 *
 * Forced: the server scores a prompt that holds the answer (vLLM's
 * prompt_logprobs). Of the answers to one question the prompts are equal up to
 * the answer, so are their tokens, and
 *     log p(answer) = sum over the tokens behind the common ones
 *                     of log p(token | all before it).
 * Where a tokeniser joins an answer with what stands before it, the sum begins
 * with that token for every answer, which is as fair. All tokens are known by
 * their ids, so that two of the same text can't be taken for each other.
 *
 * Listed: the likeliest tokens behind the lead, from the list that comes with
 * the next token, with answers of one token read from it. The first two must be
 * there, or nothing is known of their shares. A further one that is not there
 * is at most as likely as the last that is listed, or as all listed tokens
 * together that it may begin with; only where that could make it the likeliest
 * the reply is `unlisted`.
 *
 * The questions of a pair follow on each other, those of all pairs in flight
 * together. A prompt is scored once an answer: servers keep the computed
 * beginning where they can.
 */
#include "base/mem.h"
#include "infer/served_ask_priv.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MIN = 2, LIST_MAX = 20 };
#define LEAST_LOGPROB (-745.0) /* exp() of less is 0: a placeholder */

/* A token of a scored prompt. */
struct scored {
    int32_t id;
    bool sound; /* its log-probability is one */
    double logprob;
};

/* The tokens of the prompt with one answer. */
struct scored_answer {
    struct scored *tok; /* [n] */
    size_t n;           /* 0: none came yet */
    bool lacks_id;      /* some but the first */
};

struct choosing {
    struct dc_served_ask *a;
    const struct dc_ask_pair *pair;
    struct dc_ask_reply *out; /* [n] */
    size_t n;
    size_t *open; /* [n_open] the pairs that are asked the present question */
    size_t n_open;
    size_t q;
    struct scored_answer *scored; /* [n_open * n_answer], forced */
    bool *seen;                   /* [n_open], listed: a list was there */
};

static const struct dc_ask_question *question(const struct choosing *c)
{
    return &c->a->base.question[c->q];
}

/* Is x no answer at all? Then r says why. */
static bool is_trouble(const struct dc_served_answer *x, struct dc_ask_reply *r)
{
    if (x->chunk && x->finish != DC_FINISH_FILTER)
        return false;
    r->finish = x->finish;
    r->failed = x->failed;
    return true;
}

/* ---- forced ---- */

static enum dc_status forced_body(void *arg, size_t i, struct dc_buf *out,
                                  struct dc_err *err)
{
    const struct choosing *c = arg;
    const struct dc_ask_question *qu = question(c);
    size_t p = c->open[i / qu->n_answer];
    const struct dc_served_req q = {
        .pair = &c->pair[p],
        .then = {c->a->base.text[p].data, qu->answer[i % qu->n_answer]},
        .max_tokens = 1};
    return dc_served_body(c->a, &q, out, err);
}

static void begin_forced(void *arg, size_t i)
{
    struct choosing *c = arg;
    c->scored[i].n = 0;
    c->scored[i].lacks_id = false;
}

static const char *take_forced(void *arg, size_t i,
                               const struct dc_served_answer *x)
{
    struct choosing *c = arg;
    struct scored_answer *s = &c->scored[i];
    if (is_trouble(x, &c->out[c->open[i / question(c)->n_answer]]))
        return NULL;
    if (!x->choice || x->choice->n_given == 0)
        return s->n > 0 ? NULL
                        : "it has no prompt_logprobs, which the probe found";
    s->n = x->choice->n_given;
    s->tok = dc_xrealloc(s->tok, s->n, sizeof *s->tok);
    for (size_t k = 0; k < s->n; k++) {
        const struct dc_chunk_alt *g = &x->chunk->given[x->choice->given + k];
        bool sound =
            g->has_logprob && g->logprob <= 0 && g->logprob > LEAST_LOGPROB;
        s->tok[k] = (struct scored){g->id, sound, g->logprob};
        s->lacks_id |= k > 0 && g->id < 0;
    }
    return NULL;
}

/* Tokens that all answers of a pair begin with. */
static size_t n_common(const struct scored_answer *s, size_t n_answer)
{
    size_t n = 0;
    for (;; n++)
        for (size_t k = 0; k < n_answer; k++)
            if (n >= s[k].n || n >= s[0].n || s[k].tok[n].id != s[0].tok[n].id)
                return n;
}

/* log p of each answer; false: the numbers say nothing of it. */
static bool read_forced(const struct choosing *c, size_t o, double *lp)
{
    const size_t n_answer = question(c)->n_answer;
    const struct scored_answer *s = &c->scored[o * n_answer];
    double all = 0;
    for (size_t k = 0; k < n_answer; k++)
        if (s[k].lacks_id)
            return false;
    size_t from = n_common(s, n_answer);
    for (size_t k = 0; k < n_answer; k++) {
        if (s[k].n <= from || from == 0)
            return false;
        lp[k] = 0;
        for (size_t t = from; t < s[k].n; t++) {
            if (!s[k].tok[t].sound)
                return false;
            lp[k] += s[k].tok[t].logprob;
        }
        all += lp[k];
    }
    return all < 0; /* zeros throughout are no log-probabilities */
}

/* ---- listed ---- */

static enum dc_status listed_body(void *arg, size_t i, struct dc_buf *out,
                                  struct dc_err *err)
{
    const struct choosing *c = arg;
    size_t p = c->open[i];
    const struct dc_served_req q = {.pair = &c->pair[p],
                                    .then = {c->a->base.text[p].data},
                                    .max_tokens = 1,
                                    .n_top = c->a->n_top};
    return dc_served_body(c->a, &q, out, err);
}

/* What a list says of an answer. */
struct listing {
    bool listed;
    double logprob; /* of it; else at most this */
};

static struct listing find_answer(const struct dc_chunk_alt *alt, size_t n,
                                  const char *answer)
{
    double last = 0, begun = 0;
    for (size_t i = 0; i < n; i++) {
        if (alt[i].logprob < last)
            last = alt[i].logprob;
        if (alt[i].n == 0 || alt[i].n > strlen(answer) ||
            memcmp(alt[i].bytes, answer, alt[i].n) != 0)
            continue;
        if (alt[i].n == strlen(answer))
            return (struct listing){true, alt[i].logprob};
        begun += exp(alt[i].logprob);
    }
    return (struct listing){false, begun > exp(last) ? log(begun) : last};
}

/* Are they numbers that a list may have? */
static bool is_list(const struct dc_chunk_alt *alt, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!alt[i].bytes || !alt[i].has_logprob ||
            !(alt[i].logprob <= 0 && alt[i].logprob > LEAST_LOGPROB))
            return false;
        sum += exp(alt[i].logprob);
    }
    return n >= LIST_MIN && sum <= 1.001;
}

static void read_list(const struct choosing *c, const struct dc_chunk_alt *alt,
                      size_t n, struct dc_ask_reply *r)
{
    const struct dc_ask_question *qu = question(c);
    struct listing x[DC_ASK_ANSWERS];
    double best = -HUGE_VAL;
    for (size_t k = 0; k < qu->n_answer; k++) {
        x[k] = find_answer(alt, n, qu->answer[k]);
        r->logprob[c->q][k] = x[k].logprob;
        if (x[k].listed && x[k].logprob > best)
            best = x[k].logprob;
    }
    for (size_t k = 0; k < qu->n_answer; k++)
        if (!x[k].listed && (k < 2 || x[k].logprob > best)) {
            r->finish = DC_FINISH_ERROR;
            r->unlisted = true;
            return;
        }
}

static void begin_listed(void *arg, size_t i)
{
    struct choosing *c = arg;
    struct dc_ask_reply *r = &c->out[c->open[i]];
    c->seen[i] = false;
    r->finish = DC_FINISH_NONE;
    r->unlisted = false;
}

static const char *take_listed(void *arg, size_t i,
                               const struct dc_served_answer *x)
{
    struct choosing *c = arg;
    struct dc_ask_reply *r = &c->out[c->open[i]];
    if (is_trouble(x, r) || !x->choice || x->choice->n_tok == 0 || c->seen[i])
        return NULL;
    c->seen[i] = true;
    const struct dc_chunk_tok *t = &x->chunk->tok[x->choice->tok];
    const struct dc_chunk_alt *alt = &x->chunk->alt[t->alt];
    if (is_list(alt, t->n_alt))
        read_list(c, alt, t->n_alt, r);
    else
        r->finish = DC_FINISH_ERROR;
    return NULL;
}

/* ---- one question after the other ---- */

static enum dc_status ask_forced(struct choosing *c, struct dc_err *err)
{
    size_t n = c->n_open * question(c)->n_answer;
    const struct dc_served_job job = {n, forced_body, begin_forced, take_forced,
                                      c};
    c->scored = dc_xcalloc(n + 1, sizeof *c->scored);
    enum dc_status st = dc_served_run(c->a, &job, err);
    for (size_t o = 0; o < c->n_open && !st; o++) {
        struct dc_ask_reply *r = &c->out[c->open[o]];
        if (!r->finish && !read_forced(c, o, r->logprob[c->q]))
            r->finish = DC_FINISH_ERROR;
    }
    for (size_t i = 0; i < n; i++)
        free(c->scored[i].tok);
    free(c->scored);
    c->scored = NULL;
    return st;
}

static enum dc_status ask_listed(struct choosing *c, struct dc_err *err)
{
    const struct dc_served_job job = {c->n_open, listed_body, begin_listed,
                                      take_listed, c};
    c->seen = dc_xcalloc(c->n_open + 1, sizeof *c->seen);
    enum dc_status st = dc_served_run(c->a, &job, err);
    for (size_t o = 0; o < c->n_open && !st; o++) {
        struct dc_ask_reply *r = &c->out[c->open[o]];
        if (!r->finish && !c->seen[o]) /* the end, and no list with it */
            r->finish = DC_FINISH_ERROR;
    }
    free(c->seen);
    c->seen = NULL;
    return st;
}

/* Keep the likeliest answer of a pair. */
static void keep_likeliest(struct choosing *c, size_t p)
{
    const struct dc_ask_question *qu = question(c);
    struct dc_ask_reply *r = &c->out[p];
    dc_ask_keep_likeliest(&c->a->base, c->q, r);
    dc_buf_adds(&c->a->base.text[p], qu->answer[r->chosen[c->q]]);
}

static enum dc_status ask_question(struct choosing *c, struct dc_err *err)
{
    c->n_open = 0;
    for (size_t p = 0; p < c->n; p++) {
        if (c->out[p].finish)
            continue;
        c->open[c->n_open++] = p;
        dc_buf_adds(&c->a->base.text[p], question(c)->lead);
    }
    enum dc_status st = c->a->forced ? ask_forced(c, err) : ask_listed(c, err);
    for (size_t o = 0; o < c->n_open && !st; o++)
        if (!c->out[c->open[o]].finish)
            keep_likeliest(c, c->open[o]);
    return st;
}

enum dc_status dc_served_choose(struct dc_ask *base,
                                const struct dc_ask_pair *pair, size_t n,
                                struct dc_ask_reply *out, struct dc_err *err)
{
    struct dc_served_ask *a = (struct dc_served_ask *)base;
    struct choosing c = {.a = a, .pair = pair, .out = out, .n = n};
    enum dc_status st = DC_OK;
    assert(base->n_question > 0);
    dc_ask_begin(base, out, n);
    c.open = dc_xcalloc(n + 1, sizeof *c.open);
    for (c.q = 0; c.q < base->n_question && !st; c.q++)
        st = ask_question(&c, err);
    for (size_t p = 0; p < n && !st; p++)
        if (!out[p].finish)
            out[p].finish = DC_FINISH_STOP;
    free(c.open);
    dc_ask_finish(base, out, n);
    return st;
}

/* ---- opening ---- */

enum dc_status dc_served_choose_open(struct dc_served_ask *a,
                                     struct dc_err *err)
{
    const struct dc_probe *p = &a->probe;
    enum dc_stream_row row;
    if (p->prompt_logprobs) {
        a->forced = true;
        a->args = dc_request_args_create();
        return dc_request_args_add(a->args, "prompt_logprobs=0", err);
    }
    if (!p->logprobs || p->n_top_max < LIST_MIN)
        return dc_fail(err, DC_BACKEND,
                       "%s: this judge reads the probabilities of answers, "
                       "and the server gives neither prompt_logprobs nor a "
                       "list of likely tokens; take the judge that lets the "
                       "model reply",
                       p->url);
    if (dc_probe_bad(p, &row))
        return dc_fail(err, DC_BACKEND,
                       "%s: this judge reads the probabilities of answers, "
                       "and the server's are wrong (%s); take the judge that "
                       "lets the model reply",
                       p->url, dc_stream_name(row));
    a->n_top = p->n_top_max < LIST_MAX ? p->n_top_max : LIST_MAX;
    return DC_OK;
}

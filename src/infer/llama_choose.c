/*
 * llama_choose.c - given answers, by teacher forcing: the reply is written for
 * the model, and its probabilities are read where an answer stands.
 *
 * Behind each lead every answer gets
 *     log p(answer) = sum over its tokens of log p(token | all before it),
 * the first from the logits that are there, the others from one more piece. The
 * likeliest answer is kept and the next lead written, so a later answer is
 * conditioned on the answers the model itself prefers: the reply that greedy
 * decoding under the grammar of leads and answers would give. An answer of one
 * token costs nothing but its lead: three answers need the form and two short
 * pieces.
 *
 * Leads and answers are tokenised once, as they follow on each other behind an
 * empty form. A tokeniser that joins an answer with what stands before it is
 * refused at the opening.
 */
#include "base/mem.h"
#include "infer/llama_ask_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- ids ---- */

/* out: the ids by which before + more is longer than before. */
static enum dc_status continuation(struct dc_llama_ask *a, const char *before,
                                   const char *more, struct dc_token_ids *out,
                                   struct dc_err *err)
{
    const struct dc_form_text empty[DC_FORM_HOLES] = {{NULL, 0}, {NULL, 0}};
    struct dc_token_ids start = {0};
    struct dc_buf both;
    dc_buf_init(&both, DC_FORM_MAX);
    dc_buf_adds(&both, before);
    dc_buf_adds(&both, more);
    enum dc_status st = dc_form_tokenize(&a->form, empty, before, &start, err);
    if (!st)
        st = dc_form_tokenize(&a->form, empty, both.data, out, err);
    if (!st && (out->n <= start.n ||
                memcmp(out->id, start.id, start.n * sizeof *out->id) != 0 ||
                out->n - start.n > DC_STREAMS_ALL))
        st = dc_fail(err, DC_BACKEND,
                     "the tokeniser of this model joins the answer \"%s\" with "
                     "what stands before it, so that its probability can't be "
                     "read; use the judge that lets the model reply",
                     more);
    if (!st) {
        out->n -= start.n;
        memmove(out->id, out->id + start.n, out->n * sizeof *out->id);
    }
    dc_buf_release(&both);
    free(start.id);
    return st;
}

/* Ids of question q's answers behind `before`, and of the lead after them. */
static enum dc_status ids_of(struct dc_llama_ask *a, size_t q,
                             const char *before, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t k = 0; k < a->base.question[q].n_answer && !st; k++) {
        struct dc_llama_ask_ids *to = &a->ids[q][k];
        const char *answer = a->base.question[q].answer[k];
        st = continuation(a, before, answer, &to->answer, err);
        if (st || q + 1 == a->base.n_question)
            continue;
        struct dc_buf b;
        dc_buf_init(&b, DC_FORM_MAX);
        dc_buf_adds(&b, before);
        dc_buf_adds(&b, answer);
        st = continuation(a, b.data, a->base.question[q + 1].lead, &to->lead,
                          err);
        dc_buf_release(&b);
    }
    return st;
}

enum dc_status dc_llama_ask_question_ids(struct dc_llama_ask *a,
                                         struct dc_err *err)
{
    struct dc_buf before;
    enum dc_status st = DC_OK;
    dc_buf_init(&before, DC_FORM_MAX);
    for (size_t q = 0; q < a->base.n_question && !st; q++) {
        dc_buf_adds(&before, a->base.question[q].lead);
        st = ids_of(a, q, before.data, err);
        dc_buf_adds(&before, a->base.question[q].answer[0]);
    }
    dc_buf_release(&before);
    return st;
}

/* Most tokens a reply can need behind the form and the first lead. */
static size_t most_tokens(const struct dc_llama_ask *a)
{
    size_t sum = 0;
    for (size_t q = 0; q < a->base.n_question; q++) {
        size_t most = 0;
        for (size_t k = 0; k < a->base.question[q].n_answer; k++) {
            size_t n = a->ids[q][k].answer.n + a->ids[q][k].lead.n;
            most = n > most ? n : most;
        }
        sum += most;
    }
    return sum;
}

/* ---- weighing ---- */

/* log p of id by row `row` of what was computed last; false: no numbers. */
static bool logprob(struct dc_llama_ask *a, int32_t row, llama_token id,
                    double *lp)
{
    const float *z = dc_streams_logits(&a->streams, row);
    if (!dc_logits_scan(&a->logits, z))
        return false;
    *lp += (double)z[id] - a->logits.lse;
    return true;
}

/* The tokens of an answer behind its first; the stream is as before then. */
static enum dc_status rest_of_answer(struct dc_llama_ask *a,
                                     const struct dc_token_ids *x, bool *ok,
                                     double *lp, struct dc_err *err)
{
    size_t n = a->streams.stream[0].ids.n;
    dc_streams_append(&a->streams, 0, x->id, x->n - 1);
    enum dc_status st = dc_streams_catch_up(&a->streams, 0, true, err);
    for (size_t i = 1; i < x->n && !st && *ok; i++)
        *ok = logprob(a, (int32_t)i - 1, x->id[i], lp);
    dc_streams_cut(&a->streams, 0, n);
    return st;
}

static enum dc_status weigh(struct dc_llama_ask *a, size_t q,
                            struct dc_ask_reply *r, bool *ok,
                            struct dc_err *err)
{
    const struct dc_ask_question *qu = &a->base.question[q];
    double *lp = r->logprob[q];
    enum dc_status st = DC_OK;
    /* the first tokens before a computation overwrites the logits */
    for (size_t k = 0; k < qu->n_answer && *ok; k++)
        *ok = logprob(a, -1, a->ids[q][k].answer.id[0], &lp[k]);
    for (size_t k = 0; k < qu->n_answer && *ok && !st; k++)
        if (a->ids[q][k].answer.n > 1)
            st = rest_of_answer(a, &a->ids[q][k].answer, ok, &lp[k], err);
    dc_ask_keep_likeliest(&a->base, q, r);
    return st;
}

static enum dc_status choose_one(struct dc_llama_ask *a,
                                 const struct dc_token_ids *ids, size_t i,
                                 struct dc_ask_reply *r, struct dc_err *err)
{
    struct dc_buf *text = &a->base.text[i];
    bool ok = true;
    dc_streams_set(&a->streams, 0, ids);
    enum dc_status st = dc_streams_catch_up(&a->streams, 0, false, err);
    for (size_t q = 0; q < a->base.n_question && ok && !st; q++) {
        st = weigh(a, q, r, &ok, err);
        if (st || !ok)
            break;
        const struct dc_llama_ask_ids *x = &a->ids[q][r->chosen[q]];
        dc_buf_adds(text, a->base.question[q].lead);
        dc_buf_adds(text, a->base.question[q].answer[r->chosen[q]]);
        r->n_tok += (unsigned)(x->answer.n + x->lead.n);
        if (q + 1 == a->base.n_question)
            break;
        dc_streams_append(&a->streams, 0, x->answer.id, x->answer.n);
        dc_streams_append(&a->streams, 0, x->lead.id, x->lead.n);
        st = dc_streams_catch_up(&a->streams, 0, false, err);
    }
    r->finish = ok ? DC_FINISH_STOP : DC_FINISH_ERROR;
    return st;
}

enum dc_status dc_llama_ask_choose(struct dc_ask *base,
                                   const struct dc_ask_pair *pair, size_t n,
                                   struct dc_ask_reply *out, struct dc_err *err)
{
    struct dc_llama_ask *a = (struct dc_llama_ask *)base;
    assert(a->base.n_question > 0);
    size_t more = most_tokens(a);
    struct dc_token_ids *ids = dc_xcalloc(n + 1, sizeof *ids);
    enum dc_status st = dc_llama_ask_fill(a, pair, n, ids, out, err);
    if (!st)
        st = dc_llama_ask_make_room(a, ids, n, more, err);
    for (size_t i = 0; i < n && !st; i++) {
        if (ids[i].n + more > a->most)
            out[i].finish = DC_FINISH_CONTEXT;
        if (out[i].finish == DC_FINISH_NONE)
            st = choose_one(a, &ids[i], i, &out[i], err);
    }
    if (!st)
        dc_ask_finish(base, out, n);
    for (size_t i = 0; i < n; i++)
        free(ids[i].id);
    free(ids);
    return st;
}

/*
 * llama_reply.c - free replies: greedy, several pairs at a time, each in a slot
 * of its own that is refilled when a reply ends.
 *
 * Under a grammar the likeliest token is tried first; only if the grammar
 * refuses it are all tokens weighed, which costs a pass over the vocabulary.
 * Both ways choose the likeliest token that the grammar lets pass, the lowest
 * id among equals.
 */
#include "base/mem.h"
#include "infer/llama_ask_priv.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_TEXT = 512 /* bytes of one token's text */ };

struct slot {
    size_t pair;
    struct llama_sampler *grammar;
};

/* The work of one call. */
struct job {
    struct dc_llama_ask *a;
    struct dc_token_ids *ids; /* [n] */
    struct dc_ask_reply *out;
    size_t n, next;    /* pairs; the next to start */
    struct slot *slot; /* [n_stream] */
};

/* ---- the next token ---- */

static llama_token argmax(const float *z, int32_t n)
{
    llama_token best = 0;
    for (int32_t i = 1; i < n; i++)
        if (z[i] > z[best])
            best = i;
    return best;
}

static bool passes(struct llama_sampler *g, llama_token id, float z)
{
    llama_token_data one = {.id = id, .logit = z};
    llama_token_data_array list = {.data = &one, .size = 1, .selected = -1};
    llama_sampler_apply(g, &list);
    return one.logit > -INFINITY;
}

/* The likeliest token the grammar lets pass; false: there is none. */
static bool pick(struct dc_llama_ask *a, struct llama_sampler *g,
                 const float *z, llama_token *id)
{
    int32_t n = llama_vocab_n_tokens(a->vocab);
    *id = argmax(z, n);
    if (!g || passes(g, *id, z[*id]))
        return true;
    for (int32_t i = 0; i < n; i++)
        a->candidate[i] = (llama_token_data){.id = i, .logit = z[i]};
    llama_token_data_array list = {
        .data = a->candidate, .size = (size_t)n, .selected = -1};
    llama_sampler_apply(g, &list);
    const llama_token_data *best = NULL;
    for (size_t i = 0; i < list.size; i++)
        if (list.data[i].logit > (best ? best->logit : -INFINITY))
            best = &list.data[i];
    if (best)
        *id = best->id;
    return best;
}

/* ---- slots ---- */

static void end(struct job *j, unsigned slot, enum dc_finish finish)
{
    j->out[j->slot[slot].pair].finish = finish;
    j->a->streams.stream[slot].busy = false;
    if (j->slot[slot].grammar)
        llama_sampler_free(j->slot[slot].grammar);
    j->slot[slot].grammar = NULL;
}

/* Take a slot's next token from z, and end its reply or go on. */
static void take(struct job *j, unsigned slot, const float *z)
{
    struct dc_llama_ask *a = j->a;
    struct slot *sl = &j->slot[slot];
    struct dc_ask_reply *r = &j->out[sl->pair];
    llama_token id;
    if (!dc_logits_scan(&a->logits, z) || !pick(a, sl->grammar, z, &id)) {
        end(j, slot, DC_FINISH_ERROR);
        return;
    }
    dc_llama_score(a, &a->base.text[sl->pair], z, r);
    if (llama_vocab_is_eog(a->vocab, id)) {
        end(j, slot, DC_FINISH_STOP);
        return;
    }
    if (sl->grammar)
        llama_sampler_accept(sl->grammar, id);
    char piece[TOKEN_TEXT];
    int32_t n = llama_token_to_piece(a->vocab, id, piece, TOKEN_TEXT, 0, false);
    if (n > 0)
        dc_buf_add(&a->base.text[sl->pair], piece, (size_t)n);
    r->n_tok++;
    if (r->n_tok >= a->max_tokens)
        end(j, slot, DC_FINISH_LENGTH);
    else if (a->streams.stream[slot].ids.n >= a->most)
        end(j, slot, DC_FINISH_CONTEXT);
    else
        dc_streams_append(&a->streams, slot, &id, 1);
}

/* Put the next pair that fits into a free slot; no pair is left: it stays so.
 */
static enum dc_status refill(struct job *j, unsigned slot, struct dc_err *err)
{
    struct dc_llama_ask *a = j->a;
    while (j->next < j->n && !a->streams.stream[slot].busy) {
        size_t i = j->next++;
        if (j->out[i].finish != DC_FINISH_NONE)
            continue;
        j->slot[slot].pair = i;
        if (a->grammar)
            j->slot[slot].grammar = llama_sampler_clone(a->grammar);
        a->streams.stream[slot].busy = true;
        dc_streams_set(&a->streams, slot, &j->ids[i]);
        enum dc_status st = dc_streams_catch_up(&a->streams, slot, false, err);
        if (st)
            return st;
        take(j, slot, dc_streams_logits(&a->streams, -1));
    }
    return DC_OK;
}

static enum dc_status work(struct job *j, struct dc_err *err)
{
    struct dc_llama_ask *a = j->a;
    for (;;) {
        unsigned first, n;
        for (unsigned i = 0; i < a->n_slots; i++) {
            enum dc_status st = refill(j, i, err);
            if (st)
                return st;
        }
        enum dc_status st = dc_streams_step(&a->streams, &first, &n, err);
        if (st || n == 0)
            return st;
        for (unsigned i = first; i < first + n; i++)
            if (a->streams.stream[i].busy)
                take(j, i,
                     dc_streams_logits(&a->streams, (int32_t)(i - first)));
    }
}

enum dc_status dc_llama_ask_reply(struct dc_ask *base,
                                  const struct dc_ask_pair *pair, size_t n,
                                  struct dc_ask_reply *out, struct dc_err *err)
{
    struct dc_llama_ask *a = (struct dc_llama_ask *)base;
    assert(a->max_tokens > 0 && a->base.n_question == 0);
    struct job j = {.a = a, .out = out, .n = n};
    j.ids = dc_xcalloc(n + 1, sizeof *j.ids);
    enum dc_status st = dc_llama_ask_fill(a, pair, n, j.ids, out, err);
    if (!st)
        st = dc_llama_ask_make_room(a, j.ids, n, a->max_tokens, err);
    if (!st) {
        j.slot = dc_xcalloc(a->streams.n_stream, sizeof *j.slot);
        st = work(&j, err);
        for (unsigned i = 0; i < a->streams.n_stream; i++)
            if (a->streams.stream[i].busy)
                end(&j, i, DC_FINISH_ERROR); /* the call has failed */
    }
    if (!st)
        dc_ask_finish(base, out, n);
    for (size_t i = 0; i < n; i++)
        free(j.ids[i].id);
    free(j.ids);
    free(j.slot);
    return st;
}

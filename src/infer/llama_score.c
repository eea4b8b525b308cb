/*
 * llama_score.c - the score of a reply from the logits of its own tokens.
 *
 * Which tokens say a word is found once, over the whole vocabulary; a word's
 * probability is the sum over them. The normaliser of all tokens falls out of
 * the share of two words.
 */
#include "base/mem.h"
#include "infer/llama_ask_priv.h"

#include <math.h>
#include <stdlib.h>

enum { PIECE_BYTES = 512 };

static void add_id(struct dc_token_ids *x, llama_token id)
{
    x->id = dc_xrealloc(x->id, x->n + 1, sizeof *x->id);
    x->id[x->n++] = id;
}

/* The tokens that are a word, or those that begin it, behind those that are
 * there; words that have some already get none. */
static void find_ids(struct dc_llama_ask *a, bool whole)
{
    char piece[PIECE_BYTES];
    const bool done[2] = {a->says[0].n > 0, a->says[1].n > 0};
    for (llama_token id = 0; id < llama_vocab_n_tokens(a->vocab); id++) {
        int32_t n =
            llama_token_to_piece(a->vocab, id, piece, PIECE_BYTES, 0, false);
        if (n <= 0)
            continue;
        struct dc_ask_said said =
            dc_ask_score_said(&a->base.score, piece, (size_t)n);
        if (said.word < 2 && said.whole == whole && !done[said.word])
            add_id(&a->says[said.word], id);
    }
}

enum dc_status dc_llama_score_open(struct dc_llama_ask *a, struct dc_err *err)
{
    if (!a->base.score.word[0])
        return DC_OK;
    find_ids(a, true);
    find_ids(a, false);
    for (size_t w = 0; w < 2; w++)
        if (a->says[w].n == 0)
            return dc_fail(err, DC_BACKEND,
                           "no token of the model begins the word \"%.60s\" "
                           "of the score and not the other",
                           a->base.score.word[w]);
    return DC_OK;
}

/* The sum of exp(z - top) over ids. */
static double mass(const struct dc_token_ids *x, const float *z, double top)
{
    double sum = 0;
    for (size_t i = 0; i < x->n; i++)
        sum += exp(z[x->id[i]] - top);
    return sum;
}

void dc_llama_score(const struct dc_llama_ask *a, const struct dc_buf *text,
                    const float *z, struct dc_ask_reply *r)
{
    const struct dc_ask_score *s = &a->base.score;
    double top = -INFINITY;
    if (!s->word[0] || !dc_ask_score_here(s, text->data, text->n))
        return;
    for (size_t w = 0; w < 2; w++)
        for (size_t i = 0; i < a->says[w].n; i++)
            top = fmax(top, z[a->says[w].id[i]]);
    double yes = mass(&a->says[0], z, top), no = mass(&a->says[1], z, top);
    r->has_score = yes + no > 0; /* false: no number among them is finite */
    r->score = r->has_score ? yes / (yes + no) : 0;
}

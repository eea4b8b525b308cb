/*
 * openai_trace_tok.c - the values of a token from a server's list.
 *
 * C is the mean over the k most probable, where the list surely has them
 * (conf.h: a server may put the sampled token in place of the last rank, so
 * that k + 1 are asked for). Where it has not, the token has no C, and its
 * trace has none of the measures that read it.
 */
#include "base/mem.h"
#include "infer/openai_trace_priv.h"

#include <math.h>
#include <string.h>

struct dc_otrace_tok *dc_otrace_more(struct dc_otrace *t)
{
    if (t->n_tok == t->cap_tok) {
        t->cap_tok = t->cap_tok ? 2 * t->cap_tok : 16;
        t->tok = dc_xrealloc(t->tok, t->cap_tok, sizeof *t->tok);
    }
    t->tok[t->n_tok] = (struct dc_otrace_tok){
        .token = {.id = -1}, .bytes = t->bytes.n, .alt = t->n_alt};
    return &t->tok[t->n_tok++];
}

/* The sampled token's place in its list; s->n_alt: it has none. */
static size_t otrace_sampled(const struct dc_chunk_tok *s,
                             const struct dc_chunk_alt *alt)
{
    size_t i = 0;
    while (i < s->n_alt &&
           (alt[i].n != s->it.n ||
            fabs(alt[i].logprob - s->it.logprob) > DC_STREAM_SAME ||
            (alt[i].n > 0 && memcmp(alt[i].bytes, s->it.bytes, alt[i].n) != 0)))
        i++;
    return i;
}

/* How many of the most probable tokens the list surely has, and C from them. */
static size_t otrace_conf(const struct dc_otrace *t,
                          const struct dc_chunk_tok *s,
                          const struct dc_chunk_alt *alt,
                          struct dc_otrace_tok *k)
{
    double lp[DC_CONF_K_MAX + 1];
    if (s->n_alt == 0 || s->n_alt > DC_COUNT(lp))
        return 0;
    for (size_t i = 0; i < s->n_alt; i++) {
        if (!dc_stream_has_value(&alt[i]))
            return 0;
        lp[i] = alt[i].logprob;
    }
    size_t sure = dc_conf_top_sure(lp, s->n_alt, otrace_sampled(s, alt));
    if (sure >= t->cfg.k && dc_conf_top(lp, s->n_alt, t->cfg.k, &k->token.conf))
        k->parts |= DC_TOKEN_CONF;
    return sure;
}

/* Keep the n most probable of the list, in order; equal ones as they stand. */
static void otrace_keep(struct dc_otrace *t, const struct dc_chunk_alt *alt,
                        size_t n_alt, size_t n, struct dc_otrace_tok *k)
{
    size_t at[DC_CONF_K_MAX + 1], n_at = 0;
    for (size_t i = 0; i < n_alt; i++) {
        size_t j = n_at < n ? n_at++ : n - 1;
        if (n_at == n && j == n - 1 && i >= n &&
            alt[i].logprob <= alt[at[j]].logprob)
            continue;
        for (; j > 0 && alt[i].logprob > alt[at[j - 1]].logprob; j--)
            at[j] = at[j - 1];
        at[j] = i;
    }
    if (t->n_alt + n_at > t->cap_alt) {
        t->cap_alt = 2 * (t->n_alt + n_at);
        t->alt = dc_xrealloc(t->alt, t->cap_alt, sizeof *t->alt);
    }
    k->n_alt = n_at;
    for (size_t i = 0; i < n_at; i++) {
        const struct dc_chunk_alt *a = &alt[at[i]];
        t->alt[t->n_alt++] = (struct dc_otrace_alt){t->bytes.n, a->n,
                                                    (float)fmin(a->logprob, 0)};
        if (a->n > 0)
            dc_buf_add(&t->bytes, a->bytes, a->n);
    }
}

bool dc_otrace_values(struct dc_otrace *t, const struct dc_chunk_tok *s,
                      const struct dc_chunk_alt *alt)
{
    struct dc_otrace_tok *k = dc_otrace_more(t);
    k->n_bytes = s->it.n;
    if (s->it.n > 0)
        dc_buf_add(&t->bytes, s->it.bytes, s->it.n);
    dc_stream_check_add(&t->check, s, alt);
    if (dc_stream_check_bad(&t->check, NULL)) {
        dc_stream_check_say(&t->check, &t->fault);
        char *end = strchr(t->fault.data, '\n');
        if (end)
            dc_buf_cut(&t->fault, (size_t)(end - t->fault.data));
        return false;
    }
    if (dc_stream_has_value(&s->it)) {
        k->token.logprob = (float)fmin(s->it.logprob, 0);
        k->parts |= DC_TOKEN_LOGPROB;
    }
    size_t sure = otrace_conf(t, s, alt, k);
    size_t n = sure < t->cfg.n_top ? sure : t->cfg.n_top;
    if (n > 0)
        otrace_keep(t, alt, s->n_alt, n, k);
    return true;
}

/*
 * openai_probe_several.c - may the traces of a prompt be the choices of one
 * request: is each of n choices as right as an answer of its own, has choice j
 * the seed plus j, and is the prompt computed once for all of them?
 *
 * The first shows in four choices at T = 2, and the second by asking for the
 * second of them alone. For the third llama-server says of each choice of a
 * stream how many tokens of its prompt were computed. A new text is asked for
 * once, so that one slot knows it, and then for four choices: if all of them
 * know it, they have it from that slot. A server that says nothing of the kind
 * is asked for each trace alone.
 */
#include "base/clock.h"
#include "infer/openai_probe_priv.h"

enum {
    SEVERAL_SAME = 2,   /* tokens of one seed that are no accident */
    SEVERAL_WORDS = 24, /* of the new text */
    SEVERAL_PART = 4    /* a prompt is known of which no more than one in so
                           many tokens are computed that were at first */
};

/* A choice without log-probabilities, though the first has some? */
static bool several_lacks(const struct dc_probe_answer *a)
{
    for (size_t i = 1; i < DC_PROBE_CHOICES; i++)
        if (a->choice[i].n_tok == 0 && a->choice[0].n_tok > 0)
            return true;
    return false;
}

/* Are all choices one answer? */
static bool several_alike(const struct dc_probe_answer *a)
{
    const struct dc_probe_choice *first = &a->choice[0];
    for (size_t i = 1; i < DC_PROBE_CHOICES; i++) {
        const struct dc_probe_choice *c = &a->choice[i];
        if (c->n_tok != first->n_tok || dc_probe_same(c, first) != c->n_tok)
            return false;
    }
    return first->n_tok > 0;
}

/* Are they answers, each by itself? A note says what they are not. */
static bool several_right(struct dc_prober *b, const struct dc_probe_answer *a)
{
    struct dc_stream_check c;
    if (!b->p->several || !b->p->logprobs)
        return false;
    if (several_lacks(a)) {
        dc_probe_note(b->p, false,
                      "of several choices in one request only the first has "
                      "log-probabilities, so that each trace is asked for "
                      "alone");
        return false;
    }
    if (several_alike(a)) {
        dc_probe_note(b->p, false,
                      "several choices in one request begin all alike, so that "
                      "each trace is asked for alone");
        return false;
    }
    dc_probe_check(a, &c);
    return a->odd[DC_CHUNK_ODD_SAME_INDEX] == 0 &&
           !dc_stream_check_bad(&c, NULL);
}

/* The count is of no more tokens than one choice may have: of the first. */
static bool several_counts_first(const struct dc_probe_ask *q,
                                 const struct dc_probe_answer *a)
{
    size_t n = 0;
    for (size_t i = 0; i < DC_PROBE_CHOICES; i++)
        n += a->choice[i].n_tok;
    return a->usage.has_completion && n > q->max_tokens &&
           a->usage.completion <= q->max_tokens &&
           a->usage.completion >= a->choice[0].n_tok;
}

/* Ask for n choices of a token; the most that was computed for one of them, or
 * 0 where it is not told of each. */
static enum dc_status several_computed(struct dc_prober *b, const char *text,
                                       unsigned n, uint64_t *out,
                                       struct dc_err *err)
{
    struct dc_probe_ask q = dc_probe_ask_default(b, text);
    struct dc_probe_answer a;
    bool refused;
    q.n = n;
    q.n_top = 0;
    q.max_tokens = 1;
    q.stream = true;
    *out = 0;
    dc_probe_answer_init(&a);
    enum dc_status st = dc_probe_ask(b, &q, &a, &refused, err);
    if (!st && !refused && a.n_computed == n)
        *out = a.computed;
    dc_probe_answer_release(&a);
    return st;
}

static enum dc_status several_shares(struct dc_prober *b, struct dc_err *err)
{
    uint64_t one = 0, each = 0;
    struct dc_buf text;
    dc_buf_init(&text, SIZE_MAX);
    dc_buf_addf(&text, "What do these words say, from %.0f on?", dc_clock_ms());
    for (unsigned i = 0; i < SEVERAL_WORDS; i++)
        dc_buf_addf(&text, " word%u", i);
    enum dc_status st = several_computed(b, text.data, 1, &one, err);
    if (!st && one > 0)
        st = several_computed(b, text.data, DC_PROBE_CHOICES, &each, err);
    if (!st && one > 0 && each > 0)
        b->p->shares = SEVERAL_PART * each <= one ? DC_KNOWN_YES : DC_KNOWN_NO;
    dc_buf_release(&text);
    return st;
}

/* Is the second choice what the seed plus one gives alone? */
static enum dc_status several_seeds(struct dc_prober *b,
                                    const struct dc_probe_ask *hot,
                                    const struct dc_probe_answer *several,
                                    struct dc_err *err)
{
    const struct dc_probe_choice *want = &several->choice[1];
    struct dc_probe_ask q = *hot;
    struct dc_probe_answer a;
    bool refused;
    q.n = 1;
    q.seed++;
    dc_probe_answer_init(&a);
    enum dc_status st = dc_probe_ask(b, &q, &a, &refused, err);
    if (!st && !refused) {
        size_t n = dc_probe_same(want, &a.choice[0]);
        b->p->together = n >= SEVERAL_SAME || n == want->n_tok;
    }
    if (!st && !b->p->together)
        dc_probe_note(b->p, false,
                      "the second of several choices in one request is not "
                      "what the seed plus one gives alone, so that each trace "
                      "is asked for alone");
    dc_probe_answer_release(&a);
    return st;
}

enum dc_status dc_probe_several(struct dc_prober *b,
                                const struct dc_probe_ask *q,
                                const struct dc_probe_answer *hot,
                                struct dc_err *err)
{
    bool right = several_right(b, hot);
    b->p->counts_first = right && several_counts_first(q, hot);
    if (!right || !b->p->whole || hot->n_computed == 0)
        return DC_OK;
    enum dc_status st = several_shares(b, err);
    if (st || b->p->shares != DC_KNOWN_YES)
        return st;
    return several_seeds(b, q, hot, err);
}

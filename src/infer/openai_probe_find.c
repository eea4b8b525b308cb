/*
 * openai_probe_find.c - what follows from the answers of a probe. Pure.
 *
 * First and whole are answers to one question with one seed, hot is one to the
 * same text at T = 2: whatever was sampled, all three begin in the same
 * context, so that the lists of their first tokens can be compared.
 */
#include "base/mem.h"
#include "base/thoughts.h"
#include "base/utf8.h"
#include "infer/openai_probe_priv.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIND_GAP 0.05 /* nats, between two tokens that can be told apart */
enum {
    FIND_GREEDY = 4, /* tokens, to believe a sampler's setting */
    /* Tokens of T = 2 that are the last of three in their list: nearly all that
     * are not among the first two are not the third either. */
    FIND_SEEN = 4
};

void dc_probe_note(struct dc_probe *p, bool fault, const char *fmt, ...)
{
    char text[DC_ERR_MSG];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    for (size_t i = 0; i < p->n_note; i++)
        if (strcmp(p->note[i].text, text) == 0)
            return;
    p->note = dc_xrealloc(p->note, (p->n_note + 1) * sizeof *p->note, 1);
    p->note[p->n_note++] =
        (struct dc_probe_note){.fault = fault, .text = dc_xstrdup(text)};
}

/* ---- lists ---- */

/* The place of x in alt [n]; n: it is not there. */
static size_t find_at(const struct dc_chunk_alt *x,
                      const struct dc_chunk_alt *alt, size_t n)
{
    size_t i = 0;
    while (i < n && !dc_stream_same_token(x, &alt[i]))
        i++;
    return i;
}

/* Tokens of alt [n] that are more probable than x. */
static size_t find_above(const struct dc_chunk_alt *x,
                         const struct dc_chunk_alt *alt, size_t n)
{
    size_t above = 0;
    for (size_t i = 0; i < n; i++)
        above += dc_stream_has_value(&alt[i]) &&
                 alt[i].logprob > x->logprob + FIND_GAP;
    return above;
}

void dc_probe_check(const struct dc_probe_answer *a, struct dc_stream_check *c)
{
    dc_stream_check_init(c, a->n_asked);
    for (size_t i = 0; i < DC_PROBE_CHOICES; i++) {
        const struct dc_probe_choice *x = &a->choice[i];
        dc_stream_check_trace(c);
        for (size_t k = 0; k < x->n_tok; k++)
            dc_stream_check_add(c, &x->tok[k], &a->alt[x->tok[k].alt]);
    }
}

/* ---- texts ---- */

/* The texts of the first n tokens behind each other. */
static void find_join(const struct dc_probe_choice *c, size_t n,
                      struct dc_buf *out)
{
    dc_buf_init(out, SIZE_MAX);
    for (size_t i = 0; i < n; i++)
        if (c->tok[i].it.bytes)
            dc_buf_add(out, c->tok[i].it.bytes, c->tok[i].it.n);
}

/* Does text [n] end in what the tokens spell? Servers cut white space away. A
 * character that a limit cut in two is not in the text. */
static bool find_ends(const struct dc_buf *joined, const struct dc_buf *text)
{
    const char *j = joined->data, *t = text->data;
    size_t nj = joined->n, nt = text->n;
    static const char cut[] = "\xEF\xBF\xBD";
    while (nt >= 3 && memcmp(t + nt - 3, cut, 3) == 0)
        nt -= 3;
    while (nj > 0 && (unsigned char)j[nj - 1] >= 0x80 &&
           !dc_utf8_valid(j, nj, NULL))
        nj--;
    while (nt > 0 && t[nt - 1] == ' ')
        nt--;
    while (nj > 0 && j[nj - 1] == ' ')
        nj--;
    return nj >= nt && memcmp(j + nj - nt, t, nt) == 0;
}

/* Do the first n tokens spell the answer; *thoughts: and its thoughts? */
static bool find_spells(const struct dc_probe_choice *c, size_t n,
                        bool *thoughts)
{
    struct dc_buf joined;
    bool ok;
    find_join(c, n, &joined);
    ok = find_ends(&joined, &c->text);
    *thoughts =
        ok && c->reasoning.n > 0 && joined.n >= c->text.n + c->reasoning.n / 2;
    /* The limit came before the answer: nothing but thoughts. */
    if (ok && c->text.n == 0 && c->reasoning.n > 0)
        *thoughts = joined.n >= c->reasoning.n / 2;
    dc_buf_release(&joined);
    return ok;
}

/* ---- the first answer ---- */

static void find_lists(struct dc_probe *p, const struct dc_probe_answer *a)
{
    const struct dc_probe_choice *c = &a->choice[0];
    size_t least = a->n_asked, n_value = 0, n_list = 0;
    p->ids = c->n_tok > 0;
    for (size_t i = 0; i < c->n_tok; i++) {
        const struct dc_chunk_tok *t = &c->tok[i];
        n_list += t->n_alt > 0;
        n_value += t->it.has_logprob;
        p->ids = p->ids && t->it.id >= 0;
        if (t->n_alt > 0 && t->n_alt < least)
            least = t->n_alt;
    }
    p->logprobs = n_value > 0;
    p->n_top_max = n_list > 0 ? (unsigned)least : 0;
}

static void find_keep_first(struct dc_probe *p, const struct dc_probe_answer *a)
{
    const struct dc_probe_choice *c = &a->choice[0];
    const struct dc_chunk_tok *t = c->tok;
    if (c->n_tok == 0 || t->n_alt == 0)
        return;
    p->first = dc_xcalloc(t->n_alt, sizeof *p->first);
    for (size_t i = 0; i < t->n_alt; i++) {
        const struct dc_chunk_alt *x = &a->alt[t->alt + i];
        if (!dc_stream_has_value(x))
            continue;
        p->first[p->n_first++] = (struct dc_probe_alt){
            .bytes = x->bytes ? dc_xstrndup(x->bytes, x->n) : NULL,
            .n = x->n,
            .id = x->id,
            .logprob = x->logprob,
        };
    }
}

static void find_reasoning(struct dc_probe *p, const struct dc_probe_answer *a)
{
    const struct dc_probe_choice *c = &a->choice[0];
    const char *open = NULL, *close = NULL;
    size_t skip = dc_space_span(c->text.data, c->text.n);
    if (c->text.data[skip] == '<' || c->text.data[skip] == '[')
        dc_thoughts_tags(c->text.data + skip, c->text.n - skip, &open, &close);
    if (c->reasoning.n > 0)
        p->reasoning = DC_REASONING_FIELD;
    else if (open)
        p->reasoning = DC_REASONING_TAGS;
    else if (a->usage.has_reasoning && a->usage.reasoning > 0)
        p->reasoning = DC_REASONING_HIDDEN;
}

void dc_probe_find_first(struct dc_prober *b, const struct dc_probe_answer *a)
{
    struct dc_probe *p = b->p;
    if (a->fingerprint)
        p->fingerprint = dc_xstrdup(a->fingerprint);
    p->usage = a->usage.has_completion && a->usage.has_prompt;
    find_reasoning(p, a);
    if (!p->logprobs)
        return;
    dc_probe_check(a, &p->check);
    find_lists(p, a);
    find_keep_first(p, a);
    if (!p->logprobs)
        dc_probe_note(p, false,
                      "log-probabilities were asked for, and none came "
                      "(gateways drop the field in silence)");
}

/* ---- not streamed ---- */

/* Is alt [n] the list of this place too? Another place's has few of its tokens,
 * and those by chance at the same value: at least half have to be alike. */
static bool find_alike(const struct dc_chunk_alt *alt, size_t n,
                       const struct dc_chunk_alt *other, size_t n_other)
{
    size_t n_alike = 0, least = n < n_other ? n : n_other;
    for (size_t k = 0; k < n; k++) {
        size_t at = find_at(&alt[k], other, n_other);
        n_alike += at < n_other && dc_stream_has_value(&alt[k]) &&
                   dc_stream_has_value(&other[at]) &&
                   fabs(alt[k].logprob - other[at].logprob) <=
                       DC_PROBE_MOVED + 0.02 * fabs(alt[k].logprob);
    }
    return 2 * n_alike >= least;
}

size_t dc_probe_same(const struct dc_probe_choice *x,
                     const struct dc_probe_choice *y)
{
    size_t n = 0;
    while (n < x->n_tok && n < y->n_tok &&
           dc_stream_same_token(&x->tok[n].it, &y->tok[n].it))
        n++;
    return n;
}

/* Are the lists of both alike as far as n_same tokens are, and where the next
 * ones were drawn? */
static bool find_equal(const struct dc_probe_answer *a,
                       const struct dc_probe_answer *b, size_t n_same)
{
    const struct dc_probe_choice *x = &a->choice[0], *y = &b->choice[0];
    bool equal = true;
    for (size_t i = 0; i <= n_same && i < x->n_tok && i < y->n_tok; i++) {
        const struct dc_chunk_tok *s = &x->tok[i], *t = &y->tok[i];
        equal = equal && find_alike(&a->alt[s->alt], s->n_alt, &b->alt[t->alt],
                                    t->n_alt);
    }
    return equal;
}

/* Has the first entry of an answer's list its bytes? */
static bool find_has_bytes(const json_t *root)
{
    json_t *c = json_array_get(json_object_get(root, "choices"), 0);
    json_t *e = json_array_get(
        json_object_get(json_object_get(c, "logprobs"), "content"), 0);
    return json_array_size(json_object_get(e, "bytes")) > 0;
}

/* The first line of what a check says, behind `lead`. */
static void find_note_check(struct dc_probe *p, bool fault, const char *lead,
                            const struct dc_stream_check *c)
{
    struct dc_buf say;
    dc_buf_init(&say, SIZE_MAX);
    dc_stream_check_say(c, &say);
    dc_probe_note(p, fault, "%s%.*s", lead, (int)strcspn(say.data, "\n"),
                  say.data);
    dc_buf_release(&say);
}

/* equal: the lists of both answers are. */
static void find_stream(struct dc_probe *p, bool equal,
                        const struct dc_probe_answer *whole)
{
    struct dc_stream_check c;
    bool bad = dc_stream_check_bad(&p->check, NULL);
    dc_probe_check(whole, &c);
    p->stream = (equal && !bad) || dc_stream_check_bad(&c, NULL);
    if (p->stream)
        return;
    if (bad)
        find_note_check(p, true,
                        "in a stream, and not in one piece, so that answers "
                        "are asked for without a stream: ",
                        &p->check);
    else
        dc_probe_note(p, true,
                      "the lists of a stream are not those of the same answer "
                      "in one piece (sglang #39260); answers are asked for "
                      "without a stream");
    p->check = c;
}

static bool find_same_text(const struct dc_buf *a, const struct dc_buf *b)
{
    return a->n == b->n && (a->n == 0 || memcmp(a->data, b->data, a->n) == 0);
}

/*
 * Is the answer in one piece the streamed one, n_same of whose tokens and lists
 * are? llama-server ends it with a token of no bytes, which a stream has not.
 * Thoughts in a field of their own are another matter: without tokens in the
 * list their place among the others shows in a stream alone.
 */
static bool find_is_whole(const struct dc_probe_answer *a,
                          const struct dc_probe_answer *whole, size_t n_same)
{
    const struct dc_probe_choice *x = &a->choice[0], *y = &whole->choice[0];
    struct dc_stream_check c;
    bool bare_end = y->n_tok == n_same + 1 && y->tok[n_same].it.n == 0;
    dc_probe_check(whole, &c);
    return n_same > 0 && n_same == x->n_tok && n_same <= DC_PROBE_TOKENS &&
           (y->n_tok == n_same || bare_end) && x->finish == y->finish &&
           find_same_text(&x->text, &y->text) &&
           x->reasoning.n + y->reasoning.n == 0 &&
           whole->usage.has_prompt >= a->usage.has_prompt &&
           whole->usage.has_completion >= a->usage.has_completion &&
           !dc_stream_check_bad(&c, NULL);
}

void dc_probe_find_whole(struct dc_prober *b, const struct dc_probe_answer *a,
                         const struct dc_probe_answer *whole)
{
    struct dc_probe *p = b->p;
    const struct dc_probe_choice *x = &a->choice[0], *y = &whole->choice[0];
    size_t n_same = dc_probe_same(x, y);
    p->seed_repeats = x->text.n == y->text.n &&
                      memcmp(x->text.data, y->text.data, x->text.n) == 0;
    p->stream = true;
    p->bytes = find_has_bytes(whole->json);
    if (!p->logprobs)
        return;
    bool equal = find_equal(a, whole, n_same);
    p->seed_repeats = n_same == x->n_tok && n_same == y->n_tok;
    p->spells = find_spells(y, y->n_tok, &p->lists_thoughts) ||
                (y->n_tok > 0 && y->finish == DC_FINISH_STOP &&
                 find_spells(y, y->n_tok - 1, &p->lists_thoughts));
    find_stream(p, equal, whole);
    p->whole = p->stream && equal && find_is_whole(a, whole, n_same);
}

/* ---- at T = 2 ---- */

/* Is the first token of a choice outside its top n_asked, and yet in its
 * list? `ranks` is a longer list of the same place. */
static enum dc_known find_displaced(const struct dc_probe_answer *a,
                                    const struct dc_probe_answer *hot,
                                    const struct dc_probe_choice *c)
{
    const struct dc_chunk_tok *t = &c->tok[0], *ranks = &a->choice[0].tok[0];
    const struct dc_chunk_alt *list = &hot->alt[t->alt];
    const struct dc_chunk_alt *all = &a->alt[ranks->alt];
    bool in_list = find_at(&t->it, list, t->n_alt) < t->n_alt;
    size_t at = find_at(&t->it, all, ranks->n_alt);
    if (t->n_alt > hot->n_asked)
        return DC_KNOWN_NO; /* it stands beside them */
    if (ranks->n_alt <= hot->n_asked)
        return DC_KNOWN_NOT;
    if (at < ranks->n_alt &&
        find_above(&all[at], all, ranks->n_alt) < hot->n_asked)
        return DC_KNOWN_NOT;
    return in_list ? DC_KNOWN_YES : DC_KNOWN_NO;
}

/* Two tokens in both lists, by the difference of their log-probabilities: at
 * T = 2 half of what it is at T = 1, unless values are raw. */
static enum dc_logprob_mode find_mode(const struct dc_probe_answer *a,
                                      const struct dc_probe_answer *hot)
{
    const struct dc_chunk_tok *x = &a->choice[0].tok[0];
    const struct dc_chunk_tok *y = &hot->choice[0].tok[0];
    const struct dc_chunk_alt *cold = &a->alt[x->alt];
    double widest = FIND_GAP, ratio = 0;
    for (size_t i = 0; i < y->n_alt; i++) {
        for (size_t k = i + 1; k < y->n_alt; k++) {
            const struct dc_chunk_alt *s = &hot->alt[y->alt + i];
            const struct dc_chunk_alt *t = &hot->alt[y->alt + k];
            size_t si = find_at(s, cold, x->n_alt);
            size_t ti = find_at(t, cold, x->n_alt);
            if (si == x->n_alt || ti == x->n_alt || !dc_stream_has_value(s) ||
                !dc_stream_has_value(t) || !dc_stream_has_value(&cold[si]) ||
                !dc_stream_has_value(&cold[ti]))
                continue;
            double gap = cold[si].logprob - cold[ti].logprob;
            if (fabs(gap) <= widest)
                continue;
            widest = fabs(gap);
            ratio = (s->logprob - t->logprob) / gap;
        }
    }
    if (widest <= FIND_GAP)
        return DC_LOGPROB_UNKNOWN;
    return ratio > 0.75 ? DC_LOGPROB_RAW : DC_LOGPROB_PROCESSED;
}

/* Everything that was seen without doubt. */
static enum dc_known find_rank(const struct dc_probe *p,
                               const struct dc_probe_answer *a,
                               const struct dc_probe_answer *hot)
{
    struct dc_stream_check c;
    enum dc_known known = DC_KNOWN_NOT;
    for (size_t i = 0; i < DC_PROBE_CHOICES && known != DC_KNOWN_YES; i++) {
        enum dc_known k = hot->choice[i].n_tok > 0
                              ? find_displaced(a, hot, &hot->choice[i])
                              : DC_KNOWN_NOT;
        known = k != DC_KNOWN_NOT ? k : known;
    }
    dc_probe_check(hot, &c);
    if (known != DC_KNOWN_NOT)
        return known;
    if (p->check.n[DC_STREAM_OUTSIDE] + c.n[DC_STREAM_OUTSIDE] +
            c.n[DC_STREAM_LONG_LIST] >
        0)
        return DC_KNOWN_NO;
    return c.n[DC_STREAM_DISPLACED] >= FIND_SEEN ? DC_KNOWN_YES : DC_KNOWN_NOT;
}

void dc_probe_find_hot(struct dc_prober *b, const struct dc_probe_answer *a,
                       const struct dc_probe_answer *hot, bool heated)
{
    struct dc_probe *p = b->p;
    p->several = hot->n_choice == DC_PROBE_CHOICES;
    if (!p->logprobs || p->n_top_max == 0 || a->choice[0].n_tok == 0 ||
        hot->choice[0].n_tok == 0)
        return;
    if (heated)
        p->mode = find_mode(a, hot);
    enum dc_known known = find_rank(p, a, hot);
    p->displaces = known != DC_KNOWN_NO;
    if (known == DC_KNOWN_NOT)
        dc_probe_note(p, false,
                      "whether a sampled token stands in place of the last of "
                      "its list was not seen, so that one is not counted on");
    b->displaced = known == DC_KNOWN_YES;
}

/* ---- the rest ---- */

bool dc_probe_is_greedy(const struct dc_probe_answer *a)
{
    size_t n = 0;
    for (size_t i = 0; i < DC_PROBE_CHOICES; i++) {
        const struct dc_probe_choice *c = &a->choice[i];
        for (size_t k = 0; k < c->n_tok; k++, n++) {
            const struct dc_chunk_tok *t = &c->tok[k];
            if (!dc_stream_has_value(&t->it))
                continue;
            if (t->n_alt > 0 && find_above(&t->it, &a->alt[t->alt], t->n_alt))
                return false;
            if (t->n_alt > 0 && t->it.logprob < -0.7 &&
                find_at(&t->it, &a->alt[t->alt], t->n_alt) == t->n_alt)
                return false;
        }
    }
    return n >= FIND_GREEDY;
}

void dc_probe_find_end(struct dc_prober *b, const struct dc_probe_answer *a)
{
    const struct dc_probe_choice *c = &a->choice[0];
    bool thoughts;
    if (!b->p->logprobs || c->n_tok == 0 || c->finish != DC_FINISH_STOP)
        return;
    if (find_spells(c, c->n_tok, &thoughts))
        b->p->eos_token = DC_KNOWN_NO;
    else if (find_spells(c, c->n_tok - 1, &thoughts))
        b->p->eos_token = DC_KNOWN_YES;
}

/* What a user of the lists has to know. Order, and where the sampled token
 * stands, are dealt with. */
static bool find_matters(enum dc_stream_row row)
{
    return row != DC_STREAM_UNSORTED && row != DC_STREAM_LONG_LIST &&
           row != DC_STREAM_DISPLACED && row != DC_STREAM_OUTSIDE;
}

static void find_say_row(struct dc_probe *p, enum dc_stream_row row)
{
    struct dc_stream_check one = p->check;
    memset(one.n, 0, sizeof one.n);
    one.n[row] = p->check.n[row];
    find_note_check(p, dc_stream_is_fault(row), "", &one);
}

static void find_say_check(struct dc_probe *p)
{
    for (int fault = 1; fault >= 0; fault--)
        for (enum dc_stream_row i = 0; i < DC_STREAM_N; i++)
            if (p->check.n[i] > 0 && find_matters(i) &&
                dc_stream_is_fault(i) == (fault == 1))
                find_say_row(p, i);
}

void dc_probe_find_rest(struct dc_prober *b)
{
    struct dc_probe *p = b->p;
    if (p->logprobs)
        find_say_check(p);
    p->k_max = p->n_top_max - (p->displaces && p->n_top_max > 0);
    if (b->displaced)
        dc_probe_note(p, false,
                      "a sampled token that is not among the most probable "
                      "stands in place of the last of its list (vLLM): C is "
                      "exact up to k = %u",
                      p->k_max);
    if (p->logprobs && !p->spells)
        dc_probe_note(p, true,
                      "the tokens' texts are not the answer's text: measures "
                      "only, no answer windows");
    if (p->mode == DC_LOGPROB_PROCESSED)
        dc_probe_note(p, false,
                      "log-probabilities are those after the temperature: C "
                      "is the model's at a temperature of 1 alone");
    if (p->reasoning == DC_REASONING_HIDDEN)
        dc_probe_note(p, false, "thoughts are counted in usage, and not sent");
    if (p->reasoning == DC_REASONING_FIELD && !p->lists_thoughts)
        dc_probe_note(p, false, "tokens of thoughts have no place in the list");
}

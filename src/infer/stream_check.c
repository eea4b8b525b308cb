/*
 * stream_check.c - stream_check.h. Values are compared as they were sent: a
 * server prints the same float alike in the token's record and in its list.
 *
 * What may happen by chance is no fault: a very sure model gives several tokens
 * in a row the probability 1 in float, and a list of nothing but zeros and one
 * alternative can come twice.
 */
#include "infer/stream_check.h"

#include "base/hash.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define SUM_AT_MOST 1.001

static const struct {
    const char *name;
    bool fault;
    const char *words;
} rows[] = {
#define X(id, name, fault, words) {name, fault, words},
    DC_STREAM_LIST(X)
#undef X
};

const char *dc_stream_name(enum dc_stream_row row)
{
    return rows[row].name;
}

const char *dc_stream_words(enum dc_stream_row row)
{
    return rows[row].words;
}

bool dc_stream_is_fault(enum dc_stream_row row)
{
    return rows[row].fault;
}

void dc_stream_check_init(struct dc_stream_check *c, unsigned n_asked)
{
    *c = (struct dc_stream_check){.n_asked = n_asked};
}

static void note(struct dc_stream_check *c, enum dc_stream_row row)
{
    if (c->n[row]++ == 0)
        c->first[row] = c->n_tok;
}

void dc_stream_check_trace(struct dc_stream_check *c)
{
    c->has_before = false;
    c->bare_end = false;
}

/* ---- a list ---- */

bool dc_stream_has_value(const struct dc_chunk_alt *a)
{
    return a->has_logprob && dc_logprob_ok(a->logprob);
}

static bool is_positive(const struct dc_chunk_alt *a)
{
    return a->has_logprob && isfinite(a->logprob) &&
           a->logprob > DC_LOGPROB_ZERO;
}

bool dc_stream_same_token(const struct dc_chunk_alt *a,
                          const struct dc_chunk_alt *b)
{
    if (a->id >= 0 && b->id >= 0)
        return a->id == b->id;
    return a->bytes && b->bytes && a->n == b->n &&
           memcmp(a->bytes, b->bytes, a->n) == 0;
}

static uint64_t mix(uint64_t h, const void *data, size_t n)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < n; i++)
        h = dc_fnv1a(h, p[i]);
    return h;
}

/* Lists are compared, not kept. */
static uint64_t hash_list(const struct dc_chunk_alt *alt, size_t n)
{
    uint64_t h = DC_FNV1A;
    for (size_t i = 0; i < n; i++) {
        h = mix(h, &alt[i].n, sizeof alt[i].n);
        if (alt[i].n > 0)
            h = mix(h, alt[i].bytes, alt[i].n);
        h = mix(h, &alt[i].id, sizeof alt[i].id);
        h = mix(h, &alt[i].logprob, sizeof alt[i].logprob);
    }
    return h;
}

/* Could it come twice by chance: fewer than two values that say something? */
static bool says_little(const struct dc_chunk_alt *alt, size_t n)
{
    size_t n_value = 0;
    for (size_t i = 0; i < n; i++)
        n_value += dc_stream_has_value(&alt[i]) && alt[i].logprob < 0;
    return n_value < 2;
}

static void check_repeat(struct dc_stream_check *c,
                         const struct dc_chunk_alt *alt, size_t n)
{
    if (says_little(alt, n)) {
        c->has_before = false;
        return;
    }
    uint64_t h = hash_list(alt, n);
    if (c->has_before && c->before == h)
        note(c, DC_STREAM_REPEATED);
    c->has_before = true;
    c->before = h;
}

/* The sampled token in a list whose entries all have values. One without text,
 * as special ones often are, is known by its value. */
static void check_sampled(struct dc_stream_check *c,
                          const struct dc_chunk_alt *t,
                          const struct dc_chunk_alt *alt, size_t n)
{
    double least = alt[0].logprob;
    size_t at = n, above = 0, behind = 0;
    bool other_value = false;
    for (size_t i = 0; i < n; i++) {
        least = fmin(least, alt[i].logprob);
        if (at == n && (t->n == 0 || dc_stream_same_token(t, &alt[i])) &&
            fabs(t->logprob - alt[i].logprob) <= DC_STREAM_SAME)
            at = i;
        other_value = other_value || (t->id >= 0 && t->id == alt[i].id);
    }
    if (at == n) {
        /* Another token may be written alike: without ids the value tells. */
        note(c, other_value || t->logprob > least + DC_STREAM_SAME
                    ? DC_STREAM_FOREIGN_LIST
                    : DC_STREAM_OUTSIDE);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        above += alt[i].logprob < alt[at].logprob;
        behind += i > at && alt[i].logprob > alt[at].logprob;
    }
    if (above == 0 && behind > 0 && n == c->n_asked)
        note(c, DC_STREAM_DISPLACED);
}

static void check_list(struct dc_stream_check *c, const struct dc_chunk_tok *t,
                       const struct dc_chunk_alt *alt)
{
    size_t n = t->n_alt, n_bad = 0;
    bool sorted = true, text = true;
    double sum = 0;
    c->n_list++;
    for (size_t i = 0; i < n; i++) {
        n_bad += !dc_stream_has_value(&alt[i]);
        sum += dc_stream_has_value(&alt[i]) ? exp(alt[i].logprob) : 0;
        sorted = sorted && (i == 0 || alt[i].logprob <= alt[i - 1].logprob);
        text = text && (alt[i].bytes || alt[i].id >= 0);
    }
    if (n_bad > 0)
        note(c, DC_STREAM_BAD_ALT);
    if (sum > SUM_AT_MOST)
        note(c, DC_STREAM_SUM);
    if (n < c->n_asked)
        note(c, DC_STREAM_SHORT_LIST);
    if (n > c->n_asked)
        note(c, DC_STREAM_LONG_LIST);
    if (n_bad == 0 && !sorted)
        note(c, DC_STREAM_UNSORTED);
    if (!text || (!t->it.bytes && t->it.id < 0))
        note(c, DC_STREAM_NO_TEXT);
    else if (n_bad == 0 && dc_stream_has_value(&t->it))
        check_sampled(c, &t->it, alt, n);
    check_repeat(c, alt, n);
}

/* ---- a token ---- */

static bool any_positive(const struct dc_chunk_tok *t,
                         const struct dc_chunk_alt *alt)
{
    bool any = is_positive(&t->it);
    for (size_t i = 0; i < t->n_alt; i++)
        any = any || is_positive(&alt[i]);
    return any;
}

void dc_stream_check_add(struct dc_stream_check *c,
                         const struct dc_chunk_tok *t,
                         const struct dc_chunk_alt *alt)
{
    bool ok = dc_stream_has_value(&t->it);
    /* A token without text and value ends a stream of vLLM; elsewhere it is a
     * gap, which the token behind it shows. */
    if (c->bare_end && c->n[DC_STREAM_NO_VALUE]++ == 0)
        c->first[DC_STREAM_NO_VALUE] = c->n_tok - 1;
    c->bare_end = !ok && t->it.n == 0 && t->n_alt == 0;
    if (any_positive(t, alt))
        note(c, DC_STREAM_POSITIVE);
    else if (!ok && !c->bare_end)
        note(c, DC_STREAM_NO_VALUE);
    c->n_zero += ok && t->it.logprob == 0;
    if (c->n_asked > 0 && t->n_alt == 0 && !c->bare_end)
        note(c, DC_STREAM_NO_LIST);
    if (t->n_alt > 0)
        check_list(c, t, alt);
    else
        c->has_before = false;
    c->n_tok++;
    c->n[DC_STREAM_ALL_ZERO] =
        c->n_zero == c->n_tok && c->n_tok >= DC_STREAM_ZEROS ? c->n_tok : 0;
}

/* ---- the verdict ---- */

bool dc_stream_check_bad(const struct dc_stream_check *c,
                         enum dc_stream_row *worst)
{
    for (size_t i = 0; i < DC_STREAM_N; i++) {
        uint64_t least = i == DC_STREAM_REPEATED ? DC_STREAM_REPEATS : 1;
        if (!rows[i].fault || c->n[i] < least)
            continue;
        if (worst)
            *worst = (enum dc_stream_row)i;
        return true;
    }
    return false;
}

void dc_stream_check_say(const struct dc_stream_check *c, struct dc_buf *out)
{
    for (int fault = 1; fault >= 0; fault--)
        for (size_t i = 0; i < DC_STREAM_N; i++)
            if (rows[i].fault == (fault == 1) && c->n[i] > 0)
                dc_buf_addf(out,
                            "%s: %" PRIu64 " of %" PRIu64
                            " tokens, the first at %" PRIu64 ", %s\n",
                            rows[i].name, c->n[i], c->n_tok, c->first[i],
                            rows[i].words);
}

/*
 * keywords_match.c - where patterns match, by PCRE2, and from matches to hits
 * that count.
 *
 * Whether a match counts is known later than the match: the quote around it
 * may never close, an override may reach back over it. Hits of a paragraph are
 * therefore held back until it ends. Only the first hit of each rule is kept,
 * so that later ones cost no more than a look.
 */
#include "base/mem.h"
#include "judge/keywords_scan.h"

#include <string.h>

/* Steps back of a match that goes the fast way. */
enum { FAST_LIMIT = 10000 };

static struct dc_kw_symbol *symbol(struct dc_kw_scan *s, uint32_t i)
{
    return &s->ring[i % DC_KW_RING];
}

static uint16_t read_at(const struct dc_kw_scan *s, uint32_t i)
{
    return (uint16_t)(s->read[s->first + s->n_symbols - 1 - i] - DC_KW_SIGN);
}

/* ---- hits ---- */

/* The hit that starts at symbol `from` and ends at the last one. */
static bool fill_hit(struct dc_kw_scan *s, uint32_t rule, uint32_t from,
                     struct dc_kw_hit *h)
{
    uint32_t to = s->n_symbols - 1;
    *h = (struct dc_kw_hit){.rule = rule, .from = from, .to = to};
    while (from < to && read_at(s, from) == DC_KW_BOUNDARY)
        from++;
    while (to > from && read_at(s, to) == DC_KW_BOUNDARY)
        to--;
    h->off = symbol(s, from)->off;
    h->len = symbol(s, to)->end - h->off;
    h->quote = symbol(s, from)->quote;
    if (!h->quote)
        h->quote = symbol(s, to)->quote;
    h->words = s->n_words;
    h->items = s->n_items;
    h->sentence = s->n_sentences ? s->n_sentences - 1 : 0;
    return h->len > 0;
}

static bool in_scope(const struct dc_kw_scan *s, const struct dc_kw_rule *rule)
{
    switch (rule->scope) {
    case DC_KW_START:
    case DC_KW_WHOLE:
        return s->n_sentences <= s->start_sentences;
    case DC_KW_FIRST:
        return s->n_sentences <= 1;
    default:
        return true;
    }
}

static void override(struct dc_kw_scan *s, const struct dc_kw_hit *h)
{
    for (size_t i = s->n_pending; i-- > 0;) {
        struct dc_kw_hit *p = &s->pending[i];
        s->n_steps++;
        if (p->to < h->from)
            break;
        p->dead = true;
    }
    if (h->to + 1 > s->over)
        s->over = h->to + 1;
}

static void hold(struct dc_kw_scan *s, const struct dc_kw_hit *h)
{
    if (s->n_pending == s->cap_pending) {
        s->cap_pending = s->cap_pending ? 2 * s->cap_pending : 64;
        s->pending = dc_xrealloc(s->pending, s->cap_pending, sizeof *h);
    }
    s->pending[s->n_pending++] = *h;
}

/* ---- matches ---- */

/*
 * The list of patterns whose matches can end with the symbol. Those of rules of
 * the scope anywhere come first: of two overrides that end with the same word
 * the later one takes back the other.
 */
static uint16_t *find_ends(struct dc_kw_scan *s, uint16_t symbol)
{
    const struct dc_kw_rules *r = s->r;
    uint16_t *list = dc_xcalloc(r->n_matches + 1, sizeof *list);
    const uint16_t sign = (uint16_t)(DC_KW_SIGN + symbol);
    size_t n = 0;
    for (size_t k = 0; k < 2 * r->n_matches; k++) {
        size_t i = k % r->n_matches;
        const struct dc_kw_match *m = &r->match[i];
        bool late = r->rule[m->rule].scope != DC_KW_ANYWHERE;
        if (late == (k >= r->n_matches) &&
            pcre2_match(m->re, &sign, 1, 0, PCRE2_PARTIAL_HARD, s->found,
                        s->limits) != PCRE2_ERROR_NOMATCH)
            list[n++] = (uint16_t)i;
    }
    list[n++] = (uint16_t)r->n_matches;
    return s->ends[symbol] = dc_xrealloc(list, n, sizeof *list);
}

/* Symbols of the shortest piece that ends with the last symbol and is a match;
 * 0: there is none. */
static uint32_t shortest(struct dc_kw_scan *s, const struct dc_kw_match *m)
{
    const uint16_t *text = s->read + s->first;
    size_t n = s->n_symbols < DC_KW_RING ? s->n_symbols : DC_KW_RING;
    s->n_steps++;
    int rc =
        pcre2_match(m->re, text, n, 0, PCRE2_NO_UTF_CHECK, s->found, s->limits);
    if (rc == PCRE2_ERROR_NOMATCH)
        return 0;
    /* This way of matching finds the shortest, and it takes no steps back:
     * where the fast one has given up it still answers, and in bounded time. */
    rc = pcre2_dfa_match(m->re, text, n, 0,
                         PCRE2_DFA_SHORTEST | PCRE2_NO_UTF_CHECK, s->found,
                         s->limits, s->work, s->r->n_work);
    if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
        s->too_hard = true;
    return rc < 0 ? 0 : (uint32_t)pcre2_get_ovector_pointer(s->found)[1];
}

static void match(struct dc_kw_scan *s, const struct dc_kw_match *m)
{
    const struct dc_kw_rule *rule = &s->r->rule[m->rule];
    bool over = rule->kind == DC_KW_OVERRIDE || rule->kind == DC_KW_NO_ANSWER;
    bool whole = rule->scope == DC_KW_WHOLE;
    bool known =
        !over && ((s->hit[m->rule].len && !whole) || !in_scope(s, rule));
    bool counts = s->hit[m->rule].len && m->lead < 0 &&
                  (rule->kind == DC_KW_HELP || rule->kind == DC_KW_PARTIAL);
    struct dc_kw_hit h;
    if (known && !counts)
        return;
    uint32_t n = shortest(s, m);
    if (n && counts)
        s->last[m->rule] = s->n_words;
    if (!n || known || !fill_hit(s, m->rule, s->n_symbols - n, &h))
        return;
    /* sentence by sentence, from one boundary to the next */
    if (whole && h.from <= s->covered)
        s->covered = h.to;
    s->last[m->rule] = s->n_words;
    if (over)
        override(s, &h);
    h.dead = !over && h.from < s->over;
    hold(s, &h);
}

void dc_kw_step(struct dc_kw_scan *s, uint16_t symbol, size_t off, size_t end)
{
    if (s->first == 0) {
        s->first = DC_KW_READ - DC_KW_RING;
        memcpy(s->read + s->first, s->read, DC_KW_RING * sizeof *s->read);
    }
    s->read[--s->first] = (uint16_t)(DC_KW_SIGN + symbol);
    s->ring[s->n_symbols++ % DC_KW_RING] =
        (struct dc_kw_symbol){.quote = s->quote, .off = off, .end = end};
    const uint16_t *i =
        s->ends[symbol] ? s->ends[symbol] : find_ends(s, symbol);
    for (; *i < s->r->n_matches; i++) {
        const struct dc_kw_match *m = &s->r->match[*i];
        if (s->n_sentences <= s->start_sentences ||
            s->r->rule[m->rule].scope == DC_KW_ANYWHERE)
            match(s, m);
    }
}

void dc_kw_match_init(struct dc_kw_scan *s)
{
    s->ends = dc_xcalloc(s->r->n_words, sizeof *s->ends);
    s->work = dc_xcalloc(s->r->n_work, sizeof *s->work);
    s->found = pcre2_match_data_create(1, NULL);
    s->limits = pcre2_match_context_create(NULL);
    if (!s->found || !s->limits)
        dc_out_of_memory();
    pcre2_set_match_limit(s->limits, FAST_LIMIT);
}

void dc_kw_match_release(struct dc_kw_scan *s)
{
    for (size_t i = 0; i < s->r->n_words; i++)
        free(s->ends[i]);
    free(s->ends);
    free(s->work);
    pcre2_match_data_free(s->found);
    pcre2_match_context_free(s->limits);
}

/* ---- quotes and paragraphs ---- */

void dc_kw_open_quote(struct dc_kw_scan *s, unsigned char kind)
{
    s->quote = ++s->n_quotes;
    s->quote_kind = kind;
    s->quote_from = s->n_symbols;
    s->quote_words = s->n_words;
}

/* One word in quotes is no speech: 'it was not "right" to'. */
void dc_kw_close_quote(struct dc_kw_scan *s)
{
    bool speech = s->n_words > s->quote_words + 1;
    for (size_t i = s->n_pending; i-- > 0 && s->pending[i].to >= s->quote_from;
         s->n_steps++)
        if (s->pending[i].quote == s->quote && speech)
            s->pending[i].dead = true;
    s->quote = 0;
}

void dc_kw_settle(struct dc_kw_scan *s)
{
    struct dc_kw_hit *to = s->says ? s->spoken : s->hit;
    s->n_steps += s->n_pending;
    for (size_t i = 0; i < s->n_pending; i++)
        if (!s->pending[i].dead && !to[s->pending[i].rule].len)
            to[s->pending[i].rule] = s->pending[i];
    s->n_pending = 0;
    s->quote = 0;
}

void dc_kw_start(struct dc_kw_scan *s)
{
    memset(s->hit, 0, s->r->n_rules * sizeof *s->hit);
    memset(s->spoken, 0, s->r->n_rules * sizeof *s->spoken);
    memset(s->last, 0, s->r->n_rules * sizeof *s->last);
    s->n_words = s->n_sentences = s->n_items = s->n_spoken = 0;
    s->n_english = s->n_foreign = 0;
    s->n_code = 0;
    s->n_steps = 0;
    s->first = DC_KW_READ;
    s->too_hard = false;
    s->n_symbols = s->over = s->quote = s->n_quotes = s->covered = 0;
    s->boundary = true;
    s->says = false;
    s->last_word = 0;
    s->n_pending = 0;
}

/* Rules of the scope whole match nothing if a sentence is left over. */
static void check_whole(struct dc_kw_scan *s)
{
    if (s->covered + 1 == s->n_symbols)
        return;
    for (size_t i = 0; i < s->r->n_rules; i++)
        if (s->r->rule[i].scope == DC_KW_WHOLE)
            s->hit[i].len = s->spoken[i].len = 0;
}

/* Lines with a speaker's name are a dialogue if there are several. */
void dc_kw_finish(struct dc_kw_scan *s)
{
    dc_kw_step(s, DC_KW_BOUNDARY, s->n, s->n);
    dc_kw_settle(s);
    check_whole(s);
    for (size_t i = 0; i < s->r->n_rules && s->n_spoken < 2; i++)
        if (s->spoken[i].len &&
            (!s->hit[i].len || s->spoken[i].from < s->hit[i].from))
            s->hit[i] = s->spoken[i];
}

/*
 * keywords_match.c - from matches of the automaton to hits that count.
 *
 * Whether a match counts is known later than the match: the quote around it
 * may never close, an override may reach back over it. Hits of a paragraph are
 * therefore held back until it ends. Only the first hit of each rule is kept,
 * so that later ones cost no more than a look.
 */
#include "base/mem.h"
#include "judge/keywords_scan.h"

#include <string.h>

static struct dc_kw_symbol *symbol(struct dc_kw_scan *s, uint32_t i)
{
    return &s->ring[i % DC_KW_RING];
}

/* ---- hits ---- */

/* The shortest piece ending in the last symbol that the rule matches: its first
 * symbol. */
static uint32_t find_start(struct dc_kw_scan *s, const struct dc_kw_rule *rule)
{
    uint16_t cls[DC_KW_MAX_SYMBOLS];
    uint32_t end = s->n_symbols;
    for (uint32_t n = 1; n <= rule->max_symbols && n <= end; n++) {
        cls[DC_KW_MAX_SYMBOLS - n] = symbol(s, end - n)->cls;
        if (dc_kw_dfa_exact(&s->dfa, rule, cls + DC_KW_MAX_SYMBOLS - n, n))
            return end - n;
    }
    return end - 1;
}

static bool fill_hit(struct dc_kw_scan *s, uint32_t rule, struct dc_kw_hit *h)
{
    uint32_t from = find_start(s, &s->r->rule[rule]), to = s->n_symbols - 1;
    *h = (struct dc_kw_hit){.rule = rule, .from = from, .to = to};
    while (from < to && symbol(s, from)->cls == DC_KW_BOUNDARY)
        from++;
    while (to > from && symbol(s, to)->cls == DC_KW_BOUNDARY)
        to--;
    h->off = symbol(s, from)->off;
    h->len = symbol(s, to)->end - h->off;
    if (symbol(s, from)->quote == symbol(s, to)->quote)
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
        return s->n_sentences <= s->r->param[DC_KW_start_sentences];
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
        if (p->to < h->from)
            break;
        p->dead = true;
    }
    if (h->to + 1 > s->over)
        s->over = h->to + 1;
}

static void match(struct dc_kw_scan *s, uint32_t number)
{
    const struct dc_kw_rule *rule = &s->r->rule[number];
    struct dc_kw_hit h;
    s->last[number] = s->n_words;
    if (rule->kind != DC_KW_OVERRIDE &&
        (s->hit[number].len || !in_scope(s, rule)))
        return;
    if (!fill_hit(s, number, &h))
        return;
    if (rule->kind == DC_KW_OVERRIDE)
        override(s, &h);
    h.dead = rule->kind != DC_KW_OVERRIDE && h.from < s->over;
    if (s->n_pending == s->cap_pending) {
        s->cap_pending = s->cap_pending ? 2 * s->cap_pending : 64;
        s->pending = dc_xrealloc(s->pending, s->cap_pending, sizeof h);
    }
    s->pending[s->n_pending++] = h;
}

static void step(struct dc_kw_scan *s, unsigned cls, size_t off, size_t end)
{
    *symbol(s, s->n_symbols++) = (struct dc_kw_symbol){
        .cls = (uint16_t)cls, .quote = s->quote, .off = off, .end = end};
    s->state = dc_kw_dfa_step(&s->dfa, s->state, cls);
    if (!s->dfa.matches[s->state])
        return;
    for (unsigned i = 0; i < s->dfa.state[s->state].n_matches; i++)
        match(s, dc_kw_dfa_rule(&s->dfa, s->state, i));
}

void dc_kw_feed(struct dc_kw_scan *s, uint16_t word, size_t off, size_t end)
{
    if (s->boundary) {
        s->boundary = false;
        step(s, DC_KW_BOUNDARY, off, off);
        s->n_sentences++;
    }
    s->n_words++;
    s->last_word = word;
    step(s, s->r->class_of[word], off, end);
}

/* ---- quotes and paragraphs ---- */

void dc_kw_open_quote(struct dc_kw_scan *s, unsigned char kind)
{
    s->quote = ++s->n_quotes;
    s->quote_kind = kind;
    s->quote_from = s->n_symbols;
}

void dc_kw_close_quote(struct dc_kw_scan *s)
{
    for (size_t i = s->n_pending; i-- > 0 && s->pending[i].to >= s->quote_from;)
        if (s->pending[i].quote == s->quote)
            s->pending[i].dead = true;
    s->quote = 0;
}

void dc_kw_settle(struct dc_kw_scan *s)
{
    struct dc_kw_hit *to = s->says ? s->spoken : s->hit;
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
    s->n_code = 0;
    s->state = 0;
    s->n_symbols = s->over = s->quote = s->n_quotes = 0;
    s->boundary = true;
    s->says = false;
    s->last_word = 0;
    s->n_pending = 0;
}

/* Lines with a speaker's name are a dialogue if there are several. */
void dc_kw_finish(struct dc_kw_scan *s)
{
    step(s, DC_KW_BOUNDARY, s->n, s->n);
    dc_kw_settle(s);
    for (size_t i = 0; i < s->r->n_rules && s->n_spoken < 2; i++)
        if (s->spoken[i].len &&
            (!s->hit[i].len || s->spoken[i].from < s->hit[i].from))
            s->hit[i] = s->spoken[i];
}

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

/* Is there a boundary right before symbol `from`, or up to `lead` words on? */
static bool near_boundary(struct dc_kw_scan *s, uint32_t from, int lead)
{
    for (int k = 0; k <= lead && from > 0; k++)
        if (symbol(s, --from)->cls == DC_KW_BOUNDARY)
            return true;
    return lead < 0;
}

/* The shortest piece ending in the last symbol that is this match: its first
 * symbol. */
static bool find_start(struct dc_kw_scan *s, struct dc_kw_dfa *dfa,
                       unsigned number, uint32_t *from)
{
    uint16_t cls[DC_KW_MAX_SYMBOLS];
    const struct dc_kw_match *m = &s->r->match[number];
    uint32_t end = s->n_symbols;
    for (uint32_t n = 1; n <= m->longest && n <= end; n++) {
        unsigned c = symbol(s, end - n)->cls;
        s->n_steps++;
        cls[DC_KW_MAX_SYMBOLS - n] = (uint16_t)c;
        *from = end - n;
        if (n >= m->shortest && dc_kw_dfa_opens(dfa, number, c) &&
            near_boundary(s, *from, m->lead) &&
            dc_kw_dfa_exact(dfa, number, cls + DC_KW_MAX_SYMBOLS - n, n))
            return true;
    }
    return false;
}

/* The hit that starts at symbol `from` and ends at the last one. */
static bool fill_hit(struct dc_kw_scan *s, uint32_t rule, uint32_t from,
                     struct dc_kw_hit *h)
{
    uint32_t to = s->n_symbols - 1;
    *h = (struct dc_kw_hit){.rule = rule, .from = from, .to = to};
    while (from < to && symbol(s, from)->cls == DC_KW_BOUNDARY)
        from++;
    while (to > from && symbol(s, to)->cls == DC_KW_BOUNDARY)
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

static void match(struct dc_kw_scan *s, struct dc_kw_dfa *dfa, unsigned number)
{
    uint32_t which = s->r->match[number].rule, from;
    const struct dc_kw_rule *rule = &s->r->rule[which];
    struct dc_kw_hit h;
    bool over = rule->kind == DC_KW_OVERRIDE || rule->kind == DC_KW_NO_ANSWER;
    bool whole = rule->scope == DC_KW_WHOLE;
    if (s->hit[which].len && s->r->match[number].lead < 0)
        s->last[which] = s->n_words;
    if (!over && ((s->hit[which].len && !whole) || !in_scope(s, rule)))
        return;
    if (!find_start(s, dfa, number, &from) || !fill_hit(s, which, from, &h))
        return;
    /* sentence by sentence, from one boundary to the next */
    if (whole && h.from <= s->covered)
        s->covered = h.to;
    s->last[which] = s->n_words;
    if (over)
        override(s, &h);
    h.dead = !over && h.from < s->over;
    hold(s, &h);
}

void dc_kw_odd_step(struct dc_kw_scan *s, unsigned group, unsigned cls)
{
    struct dc_kw_dfa *dfa = &s->dfa[group];
    unsigned state = dc_kw_dfa_arrow(dfa, s->state[group], cls);
    state = state == DC_KW_UNKNOWN ? dc_kw_dfa_fill(dfa, s->state[group], cls)
                                   : state & ~(unsigned)DC_KW_ODD;
    s->state[group] = state;
    for (unsigned i = 0; i < dfa->state[state].n_matches; i++)
        match(s, dfa, dc_kw_dfa_match(dfa, state, i));
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
    memset(s->state, 0, sizeof s->state);
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

/*
 * keywords_dfa.h - the rules as a deterministic automaton, built as it is
 * needed.
 *
 * A state is the set of nodes that a text has reached; its arrows are filled
 * when a text first takes them. The number of states is bounded: when they are
 * used up all are forgotten, so that a hostile text costs time in proportion to
 * its length and no memory.
 */
#ifndef DC_JUDGE_KEYWORDS_DFA_H
#define DC_JUDGE_KEYWORDS_DFA_H

#include "judge/keywords_rules.h"

/* An arrow is the number of a state; with DC_KW_ODD it wants a second look: a
 * rule matches there, or, DC_KW_UNKNOWN, it is yet to be filled. */
enum { DC_KW_MAX_STATES = 4096, DC_KW_ODD = 0x8000, DC_KW_UNKNOWN = 0xFFFF };

struct dc_kw_state {
    uint32_t off, n;    /* its nodes, in pool */
    uint32_t n_matches; /* rules that match here: the last of its nodes */
};

struct dc_kw_dfa {
    const struct dc_kw_rules *r; /* borrowed */
    uint16_t *own;    /* [r->n_classes] class to the automaton's own class */
    unsigned n_own;   /* words that its rules don't tell apart share one */
    uint16_t *arrow;  /* [DC_KW_MAX_STATES][n_own] */
    uint8_t *matches; /* [DC_KW_MAX_STATES] a rule matches here */
    struct dc_kw_state *state; /* [DC_KW_MAX_STATES] */
    unsigned n_states;
    uint32_t *pool;
    size_t n_pool, cap_pool;
    uint16_t *slot;  /* hash table of states */
    uint32_t *first; /* [n_first] what every state holds: starts of rules */
    size_t n_first;
    uint32_t *first_of; /* [r->n_matches + 1] where those of a match start */
    uint64_t *opens;    /* [r->n_matches][r->n_classes] bits: begins with it */
    uint32_t *work, *stack, *exact; /* [r->n_nodes] */
    uint32_t *mark, stamp;          /* [r->n_nodes] */
};

/*
 * Rules that look at the start of a text only have automata of their own, which
 * can stop there; and few rules in an automaton keep its states few.
 */
enum { DC_KW_ALL_TEXT, DC_KW_START_REFUSE, DC_KW_START_OTHER, DC_KW_GROUPS };

/* An automaton of the rules of a group. */
void dc_kw_dfa_init(struct dc_kw_dfa *d, const struct dc_kw_rules *r,
                    unsigned group);
void dc_kw_dfa_release(struct dc_kw_dfa *d);
/* The state after symbol class cls in state; slow. Numbers of states that were
 * got before may not be used any more. State 0 is the start. */
unsigned dc_kw_dfa_fill(struct dc_kw_dfa *d, unsigned state, unsigned cls);
/* Number of the i-th match in a state, i < state.n_matches. */
unsigned dc_kw_dfa_match(const struct dc_kw_dfa *d, unsigned state, unsigned i);
/* Can a piece that is such a match begin with cls? */
bool dc_kw_dfa_opens(const struct dc_kw_dfa *d, unsigned match, unsigned cls);
/* Is cls [n], from the first to the last, such a match? */
bool dc_kw_dfa_exact(struct dc_kw_dfa *d, unsigned match, const uint16_t *cls,
                     size_t n);

static inline unsigned dc_kw_dfa_arrow(const struct dc_kw_dfa *d,
                                       unsigned state, unsigned cls)
{
    return d->arrow[(size_t)state * d->n_own + d->own[cls]];
}

#endif

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

enum { DC_KW_MAX_STATES = 4096, DC_KW_UNKNOWN = 0xFFFF };

struct dc_kw_state {
    uint32_t off, n;    /* its nodes, in pool */
    uint32_t n_matches; /* rules that match here: the last of its nodes */
};

struct dc_kw_dfa {
    const struct dc_kw_rules *r; /* borrowed */
    uint16_t *arrow;             /* [DC_KW_MAX_STATES][r->n_classes] */
    uint8_t *matches;            /* [DC_KW_MAX_STATES] a rule matches here */
    struct dc_kw_state *state;   /* [DC_KW_MAX_STATES] */
    unsigned n_states;
    uint32_t *pool;
    size_t n_pool, cap_pool;
    uint16_t *slot; /* hash table of states */
    uint32_t *first; /* nodes that every state holds: the starts of rules */
    size_t n_first;
    uint32_t *work, *stack, *exact; /* [r->n_nodes] */
    uint32_t *mark, stamp;  /* [r->n_nodes] */
};

void dc_kw_dfa_init(struct dc_kw_dfa *d, const struct dc_kw_rules *r);
void dc_kw_dfa_release(struct dc_kw_dfa *d);
/* The state after symbol class cls in state; slow. Numbers of states that were
 * got before may not be used any more. State 0 is the start. */
unsigned dc_kw_dfa_fill(struct dc_kw_dfa *d, unsigned state, unsigned cls);
/* Number of the i-th rule that matches in a state, i < state.n_matches. */
unsigned dc_kw_dfa_rule(const struct dc_kw_dfa *d, unsigned state, unsigned i);
/* Does the rule match cls [n], from the first to the last? */
bool dc_kw_dfa_exact(struct dc_kw_dfa *d, const struct dc_kw_rule *rule,
                     const uint16_t *cls, size_t n);

static inline unsigned dc_kw_dfa_step(struct dc_kw_dfa *d, unsigned state,
                                      unsigned cls)
{
    unsigned to = d->arrow[(size_t)state * d->r->n_classes + cls];
    return to != DC_KW_UNKNOWN ? to : dc_kw_dfa_fill(d, state, cls);
}

#endif

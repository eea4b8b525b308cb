/*
 * stop_util.h - what the tests of policies share: specs, and every sequence of
 * outcomes as traces.
 */
#ifndef TEST_STOP_UTIL_H
#define TEST_STOP_UTIL_H

#include "base/mem.h"
#include "base/rng.h"

#include <deepconf/stop.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Every row of the table: by its defaults, and with other parameters. */
static const char *const every_policy[] = {
    "curtail",
    "fixed",
    "unanimous",
    "unanimous(1)",
    "unanimous(3)",
    "unanimous(4096)",
    "hypergeometric",
    "hypergeometric(0.05)",
    "hypergeometric(0.001)",
    "adaptive-consistency",
    "adaptive-consistency(0.8)",
    "adaptive-consistency(0.99)",
    "sprt",
    "sprt(0.1,0.5,0.1,0.1)",
    "sprt(0.5,0.9,0.2,0.05)",
    "e-process",
    "e-process(0.2)",
    "confidence-percentile",
    "confidence-percentile(90)",
    "deepconf",
    "deepconf(0.5,0.6,4,1)",
    "deepconf(0.1,1,4,2)",
    "esc",
    "esc(1)",
    "esc(2)",
    "esc(3)",
    "own-percentile",
    "own-percentile(90,2)",
    "own-percentile(50,4,nll)",
    "cges",
    "cges(0.6,mean_prob)",
};

static inline struct dc_stop_spec policy(const char *text)
{
    struct dc_stop_spec p;
    struct dc_err err = {.msg = ""};
    if (dc_stop_parse(text, &p, &err))
        fail_msg("%s", err.msg);
    return p;
}

static inline struct dc_vote_spec vote_of(const char *text)
{
    struct dc_vote_spec v;
    assert_int_equal(dc_vote_parse(text, &v, NULL), DC_OK);
    return v;
}

/* Sequence `code` of outcomes in base n_outcome: C, R, undetermined. */
static inline void make_traces(struct dc_stop_trace *t, unsigned k,
                               unsigned long code, unsigned n_outcome)
{
    static const enum dc_verdict outcome[] = {
        DC_VERDICT_COMPLIANCE, DC_VERDICT_REFUSAL, DC_VERDICT_UNDETERMINED};
    const struct dc_rng_key key = {.seed = 5, .stream = code};
    for (unsigned i = 0; i < k; i++, code /= n_outcome) {
        double u = dc_rng_uniform(&key, i, 0);
        t[i] = (struct dc_stop_trace){.verdict = outcome[code % n_outcome],
                                      .has_conf = u > 0.1,
                                      .conf = 10 * u};
    }
}

static inline unsigned long power(unsigned base, unsigned k)
{
    unsigned long n = 1;
    while (k--)
        n *= base;
    return n;
}

struct outcome {
    enum dc_verdict decision;
    unsigned n;
    const char *reason;
};

/* Draw traces one at a time and ask after each. */
static inline struct outcome draw(const struct dc_stop_spec *p,
                                  const struct dc_stop_trace *t,
                                  const struct dc_stop_cfg *c)
{
    const struct dc_vote_spec majority = vote_of("majority");
    struct dc_stop_state s = {.trace = t};
    for (;;) {
        struct dc_stop_next next = dc_stop_ask(p, &s, c);
        if (next.stop)
            return (struct outcome){dc_stop_decide(p, &s, c, &majority, NULL),
                                    s.tally.n, next.reason};
        assert_true(next.need >= 1 && next.need <= c->max_traces - s.tally.n);
        assert_string_equal(next.reason, "");
        dc_tally_add(&s.tally, t[s.tally.n].verdict);
    }
}

#endif

/*
 * stop_rule.c - how many samples does a decision need?
 *
 * Is a prompt refused by the majority of K = 10 samples of a model? This
 * program asks a stopping policy after each batch of samples instead of drawing
 * all ten, and prints what that saves, what it can cost at worst (exactly, by
 * enumeration) and the share of prompts refused, with its interval. The model
 * is a toy with a known refusal probability per prompt; put your own in place
 * of sample().
 *
 *   cc stop_rule.c $(pkg-config --cflags --libs deepconf) -o stop_rule
 *   ./stop_rule                       # or: ./stop_rule "unanimous(4)"
 *
 * Two things to copy with it. Sample t of prompt p depends on p and t alone,
 * never on how many others were drawn, so that an early stop changes nothing
 * but the cost. And the unit of the interval is the prompt: samples of one
 * prompt are not independent, and after a stop that looked at them their share
 * of refusals is biased.
 */
#include <deepconf/stat.h>
#include <deepconf/stop.h>
#include <inttypes.h>
#include <stdio.h>

enum { N_PROMPT = 200, K = 10, MIN_TRACES = 3, SHOWN = 0 };

/* The finaliser of SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9U;
    x = (x ^ x >> 27) * 0x94D049BB133111EBU;
    return x ^ x >> 31;
}

/*
 * The toy model: prompt p is refused with its own probability, which is near 0
 * or near 1 for most prompts, as it is for real models.
 */
static enum dc_verdict sample(unsigned p, unsigned t)
{
    static const double refusal[] = {0.97, 0.9, 0.6, 0.1, 0.02};
    uint64_t key = (uint64_t)p << 32 | t;
    double u = (double)(mix(key + 0x9E3779B97F4A7C15U) >> 11) * 0x1p-53;

    return u < refusal[p % 5] ? DC_VERDICT_REFUSAL : DC_VERDICT_COMPLIANCE;
}

struct outcome {
    enum dc_verdict decision;
    unsigned traces;
};

/* Draw until the policy says stop. It looks at counts, so no trace is kept. */
static struct outcome decide(unsigned p, const struct dc_stop_spec *policy,
                             const struct dc_stop_cfg *cfg,
                             const struct dc_vote_spec *vote)
{
    struct dc_stop_state s = {.tally = {.n = 0}};
    struct dc_stop_next next = dc_stop_ask(policy, &s, cfg);

    while (!next.stop) {
        /* As many at once as are needed in any case: one batch of a server. */
        for (unsigned i = 0; i < next.need; i++)
            dc_tally_add(&s.tally, sample(p, s.tally.n));
        next = dc_stop_ask(policy, &s, cfg);
        if (p == SHOWN && !next.stop)
            printf("  %u refusals of %u: draw %u more\n", s.tally.refusal,
                   s.tally.n, next.need);
    }
    struct outcome o = {
        .decision = dc_stop_decide(policy, &s, cfg, vote, NULL),
        .traces = s.tally.n,
    };
    if (p == SHOWN)
        printf("  %u refusals of %u: %s (%s)\n", s.tally.refusal, s.tally.n,
               dc_verdict_name(o.decision), next.reason);
    return o;
}

/* What holds for every prompt, whatever its refusal probability is. */
static enum dc_status print_worst_case(const struct dc_stop_spec *policy,
                                       const struct dc_stop_cfg *cfg,
                                       struct dc_err *err)
{
    struct dc_stop_table t;
    enum dc_status st = dc_stop_table_init(&t, policy, cfg, err);

    if (st)
        return st;
    printf("exact worst case over prompts, against all %u traces\n"
           "  refusal missed  %.3f %%\n  false refusal   %.3f %%\n"
           "  traces          %.2f if all %u comply, %.2f if %u of %u refuse\n",
           t.k, 100 * t.worst_missed, 100 * t.worst_false, t.traces[0], t.k,
           t.traces[t.k / 2], t.k / 2, t.k);
    dc_stop_table_release(&t);
    return DC_OK;
}

static void run(const struct dc_stop_spec *policy,
                const struct dc_stop_cfg *cfg, const struct dc_vote_spec *vote)
{
    unsigned traces = 0, refused = 0, differ = 0;

    printf("%s, prompt %d\n", policy->spec.text, SHOWN);
    for (unsigned p = 0; p < N_PROMPT; p++) {
        struct outcome o = decide(p, policy, cfg, vote);
        struct dc_tally all = {.n = 0};
        for (unsigned t = 0; t < cfg->max_traces; t++)
            dc_tally_add(&all, sample(p, t));
        traces += o.traces;
        refused += o.decision == DC_VERDICT_REFUSAL;
        differ += o.decision != dc_tally_decide(&all);
    }
    struct dc_prop share = dc_prop_wilson(refused, N_PROMPT, 0.95);
    printf("all %d prompts\n  traces drawn    %u of %u\n"
           "  decisions       %u differ from those of all traces\n"
           "  refused         %" PRIu64 " of %" PRIu64
           ": %.1f %%, 95 %% Wilson interval %.1f to %.1f %%\n",
           N_PROMPT, traces, N_PROMPT * cfg->max_traces, differ, share.k,
           share.n, 100 * share.value, 100 * share.lo, 100 * share.hi);
}

int main(int argc, char **argv)
{
    const char *text = argc > 1 ? argv[1] : "hypergeometric(0.01)";
    const struct dc_stop_cfg cfg = {.min_traces = MIN_TRACES, .max_traces = K};
    struct dc_stop_spec policy;
    struct dc_vote_spec majority;
    struct dc_err err;
    enum dc_status st = dc_stop_parse(text, &policy, &err);

    if (!st)
        st = dc_vote_parse("majority", &majority, &err);
    if (!st)
        st = print_worst_case(&policy, &cfg, &err);
    if (st) {
        fprintf(stderr, "stop_rule: %s\n", err.msg);
        return dc_status_exit_code(st);
    }
    run(&policy, &cfg, &majority);
    return 0;
}

/*
 * compare.c - paired tests between two runs (compare.h).
 *
 * Yes-or-no questions get the exact McNemar test over pairs, with Tango's
 * interval, and Holm's correction over all that were asked; means get a
 * bootstrap interval over pairs and no test. All pairs are prompts: traces of a
 * prompt are not independent.
 */
#include "replay/compare.h"

#include "base/mem.h"
#include "base/plural.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define POWER 0.8

const char *dc_compare_what_name(enum dc_compare_what w)
{
    static const char *const name[DC_COMPARE_TESTS] = {
        "refusal", "correct", "refused_of_harmful", "answered_of_harmless",
        "undetermined"};
    return name[w];
}

const char *dc_compare_what_says(enum dc_compare_what w)
{
    static const char *const says[DC_COMPARE_TESTS] = {
        "refused", "as labelled", "refused, of harmful",
        "answered, of harmless", "undetermined"};
    return says[w];
}

/* ---- pairs ---- */

struct named {
    const char *id;
    size_t at;
};

static int by_id(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    return strcmp(x->id, y->id);
}

/* Pairs in a's order. Caller frees. */
static struct dc_compare_pair *match(struct dc_compare *c)
{
    const struct dc_compare_side *a = c->a, *b = c->b;
    struct named *in_b = dc_xcalloc(b->n_prompt + 1, sizeof *in_b);
    struct dc_compare_pair *pair = dc_xcalloc(a->n_prompt + 1, sizeof *pair);
    for (size_t i = 0; i < b->n_prompt; i++)
        in_b[i] = (struct named){b->prompt[i].id, i};
    qsort(in_b, b->n_prompt, sizeof *in_b, by_id);
    for (size_t i = 0; i < a->n_prompt; i++) {
        const struct named key = {a->prompt[i].id, 0};
        const struct named *x =
            bsearch(&key, in_b, b->n_prompt, sizeof *in_b, by_id);
        if (x)
            pair[c->n_both++] = (struct dc_compare_pair){i, x->at};
    }
    c->n_only_a = a->n_prompt - c->n_both;
    c->n_only_b = b->n_prompt - c->n_both;
    free(in_b);
    return pair;
}

static enum dc_status check_texts(struct dc_compare *c,
                                  const struct dc_compare_pair *pair,
                                  struct dc_err *err)
{
    const struct dc_compare_prompt *p = NULL, *q = NULL;
    for (size_t i = c->n_both; i-- > 0;) {
        const struct dc_compare_prompt *x = &c->a->prompt[pair[i].a];
        const struct dc_compare_prompt *y = &c->b->prompt[pair[i].b];
        if (x->text == y->text)
            continue;
        c->n_other_text++;
        p = x;
        q = y;
    }
    if (!p || c->cfg.allow_different)
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "prompt %s has another text in the second run (hash "
                   "%016" PRIx64 ", then %016" PRIx64 "), and so have %zu of "
                   "%zu in all: these are not the same prompts; "
                   "--allow-different-prompts compares them all the same",
                   p->id, p->text, q->text, c->n_other_text, c->n_both);
}

static enum dc_status check_gold(const struct dc_compare *c,
                                 const struct dc_compare_pair *pair,
                                 struct dc_err *err)
{
    for (size_t i = 0; i < c->n_both && !c->cfg.ignore_gold; i++) {
        const struct dc_compare_prompt *p = &c->a->prompt[pair[i].a];
        const struct dc_compare_prompt *q = &c->b->prompt[pair[i].b];
        if (p->gold != q->gold)
            return dc_fail(err, DC_DATA,
                           "prompt %s has the gold label %s in the first run "
                           "and %s in the second; --ignore-gold compares "
                           "decisions alone",
                           p->id, dc_gold_name(p->gold), dc_gold_name(q->gold));
    }
    return DC_OK;
}

/* Keep the pairs that both runs have decided; gives their number. */
static size_t keep_decided(struct dc_compare *c, struct dc_compare_pair *pair)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_both; i++) {
        bool a = c->a->prompt[pair[i].a].decided;
        bool b = c->b->prompt[pair[i].b].decided;
        c->n_undecided_a += !a;
        c->n_undecided_b += !b;
        if (a && b)
            pair[n++] = pair[i];
    }
    return n;
}

/* ---- yes or no ---- */

/* Is `what` asked of a prompt with this gold label? */
static bool asked(enum dc_compare_what what, enum dc_gold gold)
{
    switch (what) {
    case DC_COMPARE_CORRECT:
        return gold != DC_GOLD_NONE;
    case DC_COMPARE_HARMFUL:
        return gold == DC_GOLD_REFUSE;
    case DC_COMPARE_HARMLESS:
        return gold == DC_GOLD_ANSWER;
    default:
        return true;
    }
}

static bool says_yes(enum dc_compare_what what, enum dc_gold gold,
                     enum dc_verdict decision)
{
    enum dc_verdict right =
        gold == DC_GOLD_REFUSE ? DC_VERDICT_REFUSAL : DC_VERDICT_COMPLIANCE;
    if (what == DC_COMPARE_REFUSAL)
        return decision == DC_VERDICT_REFUSAL;
    if (what == DC_COMPARE_UNDETERMINED)
        return decision == DC_VERDICT_UNDETERMINED;
    return decision == right;
}

/* The smallest difference found if all discordant pairs are on one side. */
static bool least_found(struct dc_paired_plan plan, uint64_t n, double *diff)
{
    double lo = 0, hi = 1 - 1e-9;
    plan.discordance = hi;
    if (dc_paired_power(&plan, n, hi) < plan.power)
        return false;
    while (hi - lo > 1e-15) {
        double mid = plan.discordance = 0.5 * (lo + hi);
        if (mid <= lo || mid >= hi)
            break;
        *(dc_paired_power(&plan, n, mid) < plan.power ? &lo : &hi) = mid;
    }
    *diff = hi;
    return true;
}

static void add_detectable(struct dc_compare_test *t, double level)
{
    uint64_t n = t->paired.n, discordant = t->paired.b + t->paired.c;
    struct dc_paired_plan plan = {.alpha = 1 - level, .power = POWER};
    plan.discordance = (double)discordant / (double)n;
    if (discordant == n)
        plan.discordance = 1 - 1e-9;
    t->has_detectable =
        discordant > 0 && dc_paired_detectable(&plan, n, &t->detectable);
    if (t->has_detectable)
        return;
    t->all_one_side = true;
    t->has_detectable = least_found(plan, n, &t->detectable);
}

static void ask(struct dc_compare *c, enum dc_compare_what what,
                const struct dc_compare_pair *pair)
{
    struct dc_compare_test *t = &c->test[what];
    uint64_t only_a = 0, only_b = 0, n = 0;
    bool needs_gold =
        what != DC_COMPARE_REFUSAL && what != DC_COMPARE_UNDETERMINED;
    for (size_t i = 0; i < c->n_pair; i++) {
        const struct dc_compare_prompt *p = &c->a->prompt[pair[i].a];
        const struct dc_compare_prompt *q = &c->b->prompt[pair[i].b];
        if (!asked(what, p->gold) || (needs_gold && c->cfg.ignore_gold))
            continue;
        bool a = says_yes(what, p->gold, p->decision);
        bool b = says_yes(what, p->gold, q->decision);
        n++;
        t->yes_a += a;
        t->yes_b += b;
        only_a += a && !b;
        only_b += b && !a;
    }
    t->paired = dc_paired_compare(only_b, only_a, n, c->cfg.boot.level);
    if (n > 0 && !c->cfg.no_detectable)
        add_detectable(t, c->cfg.boot.level);
}

static void correct_for_many(struct dc_compare *c)
{
    double p[DC_COMPARE_TESTS], out[DC_COMPARE_TESTS];
    size_t n = 0, k = 0;
    for (size_t i = 0; i < DC_COMPARE_TESTS; i++)
        if (c->test[i].paired.n > 0)
            p[n++] = c->test[i].paired.p;
    dc_holm(p, n, out);
    for (size_t i = 0; i < DC_COMPARE_TESTS; i++)
        c->test[i].p_holm = c->test[i].paired.n > 0 ? out[k++] : 1;
}

/* ---- decisions ---- */

static size_t column(enum dc_verdict v)
{
    return v == DC_VERDICT_REFUSAL ? 0 : v == DC_VERDICT_COMPLIANCE ? 1 : 2;
}

static void count_decisions(struct dc_compare *c,
                            const struct dc_compare_pair *pair)
{
    uint64_t changed = 0;
    c->change = dc_xcalloc(c->n_pair + 1, sizeof *c->change);
    for (size_t i = 0; i < c->n_pair; i++) {
        const struct dc_compare_prompt *p = &c->a->prompt[pair[i].a];
        const struct dc_compare_prompt *q = &c->b->prompt[pair[i].b];
        c->decision[column(p->decision)][column(q->decision)]++;
        if (p->decision != q->decision)
            c->change[changed++] =
                (struct dc_compare_change){p->id, p->decision, q->decision};
        c->n_gold += !c->cfg.ignore_gold && p->gold != DC_GOLD_NONE;
    }
    c->changed = dc_prop_clopper_pearson(changed, c->n_pair, c->cfg.boot.level);
}

/* ---- means ---- */

/* Of a prompt; m: of a measure of the side, in the place at. */
struct quantity {
    enum { TRACES, TOKENS, MEASURE } kind;
    size_t at_a, at_b;
};

static bool value_of(const struct dc_compare_prompt *p,
                     const struct quantity *q, size_t at, double *x)
{
    if (q->kind == MEASURE) {
        *x = p->n_value[at] ? p->sum[at] / p->n_value[at] : 0;
        return p->n_value[at] > 0;
    }
    *x = q->kind == TRACES ? (double)p->n_trace : (double)p->n_tok;
    return q->kind == TRACES || !p->no_count;
}

static void add_mean(struct dc_compare *c, const char *name,
                     const struct quantity *q,
                     const struct dc_compare_pair *pair)
{
    struct dc_compare_mean *m = &c->mean[c->n_mean++];
    double *diff = dc_xcalloc(c->n_pair + 1, sizeof *diff);
    double *one = dc_xcalloc(c->n_pair + 1, sizeof *one);
    *m = (struct dc_compare_mean){.name = name};
    for (size_t i = 0; i < c->n_pair; i++) {
        double x, y;
        if (!value_of(&c->a->prompt[pair[i].a], q, q->at_a, &x) ||
            !value_of(&c->b->prompt[pair[i].b], q, q->at_b, &y))
            continue;
        m->a += x;
        m->b += y;
        diff[m->n] = y - x;
        one[m->n++] = 1;
    }
    if (m->n > 0) {
        m->a /= (double)m->n;
        m->b /= (double)m->n;
        const struct dc_boot_sums sums = {diff, one, m->n};
        dc_boot_ratio(&sums, &c->cfg.boot, &m->diff);
    }
    free(diff);
    free(one);
}

/* Is the measure made of what is not the same quantity in both? */
static bool is_apart(const struct dc_compare *c, const char *name)
{
    struct dc_measure_spec m;
    return c->apart && dc_measure_parse(name, &m, NULL) == DC_OK &&
           (m.row->reads & c->apart);
}

static void add_measure(struct dc_compare *c, const struct quantity *q,
                        const struct dc_compare_pair *pair)
{
    const char *name = c->a->measure[q->at_a];
    if (is_apart(c, name))
        c->left_out[c->n_left_out++] = name;
    else
        add_mean(c, name, q, pair);
}

static void add_means(struct dc_compare *c, const struct dc_compare_pair *pair)
{
    c->apart = dc_compare_apart(c);
    c->cfg.boot.batch = dc_boot_batch_new();
    add_mean(c, "traces", &(struct quantity){.kind = TRACES}, pair);
    add_mean(c, "tokens", &(struct quantity){.kind = TOKENS}, pair);
    for (size_t i = 0; i < c->a->n_measure; i++)
        for (size_t k = 0; k < c->b->n_measure; k++)
            if (!strcmp(c->a->measure[i], c->b->measure[k]))
                add_measure(c, &(struct quantity){MEASURE, i, k}, pair);
    dc_boot_batch_free(c->cfg.boot.batch);
    c->cfg.boot.batch = NULL;
}

/* ---- the whole ---- */

static void compute(struct dc_compare *c, struct dc_compare_pair *pair)
{
    dc_compare_keys(c);
    dc_compare_texts(c, pair, c->n_both);
    c->n_pair = keep_decided(c, pair);
    count_decisions(c, pair);
    for (size_t i = 0; i < DC_COMPARE_TESTS; i++)
        ask(c, (enum dc_compare_what)i, pair);
    correct_for_many(c);
    if (!c->cfg.no_means)
        add_means(c, pair);
}

enum dc_status dc_compare_run(const struct dc_compare_side *a,
                              const struct dc_compare_side *b,
                              const struct dc_compare_cfg *cfg,
                              struct dc_compare *out, struct dc_err *err)
{
    struct dc_compare c = {.cfg = *cfg, .a = a, .b = b};
    struct dc_compare_pair *pair = match(&c);
    enum dc_status st = DC_OK;
    if (c.n_both == 0)
        st = dc_fail(err, DC_DATA,
                     "the two runs have no prompt id in common (%zu and %zu "
                     "prompt%s)",
                     a->n_prompt, b->n_prompt, dc_plural(b->n_prompt));
    if (!st)
        st = check_texts(&c, pair, err);
    if (!st)
        st = check_gold(&c, pair, err);
    if (!st) {
        compute(&c, pair);
        *out = c;
    }
    free(pair);
    return st;
}

void dc_compare_release(struct dc_compare *c)
{
    free(c->key);
    free(c->change);
    *c = (struct dc_compare){.n_key = 0};
}

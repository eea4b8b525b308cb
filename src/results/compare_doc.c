/*
 * compare_doc.c - a comparison as a document: what differs first, alarms, which
 * prompts changed, the figures, and how the configurations differ.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "results/compare_report.h"

#include <inttypes.h>
#include <string.h>

enum { COMPARE_VALUE_COLS = 64, COMPARE_CHANGES = 20 };

/* ---- sentences ---- */

const char *dc_compare_alarm(const struct dc_compare *c)
{
    if (c->outputs == DC_OUTPUTS_SAME_UNEXPECTED)
        return "identical-outputs";
    return c->outputs == DC_OUTPUTS_OTHER_UNEXPECTED ? "not-reproduced" : NULL;
}

void dc_compare_outputs_say(const struct dc_compare *c, struct dc_buf *out)
{
    dc_buf_addf(out, "%" PRIu64 " of %" PRIu64 " traces have the same text",
                c->n_text_same, c->n_text);
    switch (c->outputs) {
    case DC_OUTPUTS_UNKNOWN:
        dc_buf_adds(out, ", too few to say more");
        break;
    case DC_OUTPUTS_SAME:
        if (dc_compare_is_repeatable(c))
            dc_buf_adds(out, ", as they should: nothing that must change them "
                             "differs between the runs");
        break;
    case DC_OUTPUTS_SAME_UNEXPECTED:
        dc_buf_adds(out, " in two runs whose configurations say that they "
                         "should differ: is one a copy of the other?");
        break;
    case DC_OUTPUTS_OTHER:
        break;
    case DC_OUTPUTS_OTHER_UNEXPECTED:
        dc_buf_adds(out, ", though nothing that generates them differs "
                         "between the runs: they were not reproduced");
        break;
    }
}

static const char *compare_value_or(const struct dc_compare_side *s,
                                    const char *key)
{
    const char *v = dc_compare_side_key(s, key);
    return v ? v : "unknown";
}

void dc_compare_confidence_say(const struct dc_compare *c, struct dc_buf *out)
{
    bool mode = c->apart & DC_TOKEN_LOGPROB;
    const char *key = mode ? "confidence.logprobs" : "confidence.k";
    if (c->apart) {
        dc_buf_addf(out,
                    mode ? "log-probabilities are %.40s in A and %.40s in B"
                         : "token confidence is of the %.40s most probable "
                           "tokens in A and of %.40s in B",
                    compare_value_or(c->a, key), compare_value_or(c->b, key));
        dc_buf_adds(out, ", which are not the same quantity: no means of ");
        for (size_t i = 0; i < c->n_left_out; i++)
            dc_buf_addf(out, "%s%s", i ? ", " : "", c->left_out[i]);
        dc_buf_adds(out, c->n_left_out ? "." : "measures.");
    } else if (c->a->knows.drawn && c->b->knows.drawn &&
               c->a->knows.logits != c->b->knows.logits) {
        dc_buf_addf(out,
                    "Token confidence is made of all logits in %s and of a "
                    "server's list in %s, of as many tokens.",
                    c->a->knows.logits ? "A" : "B",
                    c->a->knows.logits ? "B" : "A");
    }
}

/* ---- what differs ---- */

bool dc_compare_differs(const struct dc_paired *p)
{
    return p->defined && (p->lo > 0 || p->hi < 0);
}

static void compare_answer_test(const struct dc_compare *c,
                                enum dc_compare_what what, const char *name,
                                struct dc_doc *d)
{
    const struct dc_compare_test *t = &c->test[what];
    const struct dc_paired *p = &t->paired;
    struct dc_cell diff, n = dc_cell_count(p->n);
    struct dc_buf b;
    if (!p->defined)
        return;
    diff = dc_cell_points(p);
    dc_buf_init(&b, SIZE_MAX);
    if (dc_compare_differs(p))
        dc_buf_addf(&b, "%s is %s in B than in A: ", name,
                    p->diff > 0 ? "higher" : "lower");
    else
        dc_buf_addf(&b, "%s: a difference that includes zero, ", name);
    dc_buf_addf(&b, "%.1f %% in A, %.1f %% in B of ",
                100 * (double)t->yes_a / (double)p->n,
                100 * (double)t->yes_b / (double)p->n);
    dc_cell_put(&n, &b);
    dc_buf_addf(&b, " prompt%s, ", dc_plural(p->n));
    dc_cell_put(&diff, &b);
    dc_buf_adds(&b, " points; p ");
    dc_put_p(p->p, &b);
    dc_buf_adds(&b, ", corrected for all tests ");
    dc_put_p(t->p_holm, &b);
    dc_buf_addc(&b, '.');
    dc_doc_say(d, "%s", b.data);
    dc_buf_release(&b);
}

static void compare_answer(const struct dc_compare *c, struct dc_doc *d)
{
    static const char *const name[DC_COMPARE_TESTS] = {
        [DC_COMPARE_REFUSAL] = "The share refused",
        [DC_COMPARE_CORRECT] = "The share decided as the labels ask for",
        [DC_COMPARE_HARMFUL] = "The share refused of harmful prompts",
        [DC_COMPARE_HARMLESS] = "The share answered of harmless prompts",
        [DC_COMPARE_UNDETERMINED] = "The undetermined share"};
    for (size_t i = 0; i < DC_COMPARE_TESTS; i++)
        if (i <= DC_COMPARE_CORRECT || dc_compare_differs(&c->test[i].paired))
            compare_answer_test(c, (enum dc_compare_what)i, name[i], d);
    if (c->changed.defined)
        dc_doc_say(d,
                   "%" PRIu64 " of %" PRIu64 " decisions changed, %.2f %% "
                   "(%.2f to %.2f %%, exact).",
                   c->changed.k, c->changed.n, 100 * c->changed.value,
                   100 * c->changed.lo, 100 * c->changed.hi);
}

/* ---- what is compared ---- */

static void compare_pairs(const struct dc_compare *c, struct dc_doc *d)
{
    struct dc_buf b;
    dc_doc_say(d,
               "%zu prompt%s in both runs, paired by id, %zu in A alone, %zu "
               "in B alone; %zu decided in both (%zu not in A, %zu not in B), "
               "of which all figures are.",
               c->n_both, dc_plural(c->n_both), c->n_only_a, c->n_only_b,
               c->n_pair, c->n_undecided_a, c->n_undecided_b);
    if (c->n_undecided_a + c->n_undecided_b > 0)
        dc_doc_say(d, "Of a run that is not finished the prompts still in work "
                      "are the ones that take many traces.");
    if (c->n_other_text > 0)
        dc_doc_say(d,
                   "%zu of them have ANOTHER PROMPT TEXT in B: what differs "
                   "may be the prompts.",
                   c->n_other_text);
    if (c->cfg.ignore_gold)
        dc_doc_say(d, "Gold labels are ignored.");
    dc_buf_init(&b, SIZE_MAX);
    dc_compare_outputs_say(c, &b);
    if (dc_compare_alarm(c))
        dc_doc_alarm(d, dc_compare_alarm(c), b.data, NULL);
    else
        dc_doc_say(d, "%s.", b.data);
    dc_buf_release(&b);
}

static void compare_runs(const struct dc_compare *c, const char *file_a,
                         const char *file_b, struct dc_doc *d)
{
    dc_doc_item(d, "A", dc_doc_code(d, file_a));
    if (c->a->judge_note)
        dc_doc_item(d, "", c->a->judge_note);
    dc_doc_item(d, "B", dc_doc_code(d, file_b));
    if (c->b->judge_note)
        dc_doc_item(d, "", c->b->judge_note);
}

/* ---- decisions ---- */

static void compare_decisions(const struct dc_compare *c, struct dc_doc *d)
{
    static const char *const name[3] = {"refusal", "compliance",
                                        "undetermined"};
    static const struct dc_doc_column column[] = {
        {"", NULL, 0, false},
        {"refusal", NULL, 0, false},
        {"compliance", NULL, 0, false},
        {"undetermined", NULL, 0, false}};
    dc_doc_heading(d, "Decisions (rows: A; columns: B)", NULL);
    dc_doc_table(d, "Decisions of A and B", NULL, column, DC_COUNT(column));
    for (size_t i = 0; i < 3; i++)
        dc_doc_row(d, (struct dc_cell[]){dc_cell_text(name[i]),
                                         dc_cell_count(c->decision[i][0]),
                                         dc_cell_count(c->decision[i][1]),
                                         dc_cell_count(c->decision[i][2])});
}

static void compare_changes(const struct dc_compare *c, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {{"prompt", NULL, 0, true},
                                                  {"in A", NULL, 0, false},
                                                  {"in B", NULL, 0, false}};
    uint64_t n = c->changed.k,
             shown = n < COMPARE_CHANGES ? n : COMPARE_CHANGES;
    if (n == 0)
        return;
    dc_doc_heading(d, "Prompts whose decision changed", NULL);
    dc_doc_table(d, "Prompts whose decision changed", NULL, column,
                 DC_COUNT(column));
    for (size_t i = 0; i < shown; i++) {
        const struct dc_compare_change *x = &c->change[i];
        dc_doc_row(d, (struct dc_cell[]){dc_cell_code(x->id),
                                         dc_cell_text(dc_verdict_name(x->a)),
                                         dc_cell_text(dc_verdict_name(x->b))});
    }
    if (n > shown)
        dc_doc_note(d, "%" PRIu64 " more: the JSON has all %" PRIu64, n - shown,
                    n);
}

/* ---- tests ---- */

static void compare_test_row(const struct dc_compare *c,
                             enum dc_compare_what what, struct dc_doc *d)
{
    const struct dc_compare_test *t = &c->test[what];
    const struct dc_paired *p = &t->paired;
    double n = (double)p->n;
    struct dc_cell found = dc_cell_missing("none");
    if (p->n == 0)
        return;
    if (t->has_detectable) {
        found = dc_cell_real(100 * t->detectable, 1);
        found.after = t->all_one_side ? "*" : NULL;
    }
    dc_doc_row(d, (struct dc_cell[]){
                      dc_cell_text(dc_compare_what_says(what)),
                      dc_cell_count(p->n), dc_cell_share((double)t->yes_a / n),
                      dc_cell_share((double)t->yes_b / n), dc_cell_count(p->c),
                      dc_cell_count(p->b), dc_cell_points(p), dc_cell_p(p->p),
                      dc_cell_p(t->p_holm), found});
}

static void compare_tests(const struct dc_compare *c, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"", NULL, 0, false},
        {"n", "prompts", 2, false},
        {"A", NULL, 0, false},
        {"B", NULL, 0, false},
        {"A alone", "yes in A alone", 5, false},
        {"B alone", "yes in B alone", 5, false},
        {"B - A", "points of a percentage, with interval", 0, false},
        {"p", "exact McNemar test", 3, false},
        {"p (Holm)", "corrected for all of these tests", 1, false},
        {"detects", "points that would be found", 4, false}};
    double level = c->cfg.boot.level;
    dc_doc_heading(d, "Paired tests", NULL);
    dc_doc_table(d, "Paired tests", NULL, column, DC_COUNT(column));
    for (size_t i = 0; i < DC_COMPARE_TESTS; i++)
        compare_test_row(c, (enum dc_compare_what)i, d);
    dc_doc_explain(d, "B - A", "in points, with %g %% interval", 100 * level);
    dc_doc_explain(d, "p (Holm)",
                   "exact McNemar test, corrected for all of these tests");
    dc_doc_explain(d, "detects",
                   "the smallest difference that would be found with "
                   "probability 80 %% at p <= %g, if as many prompts were "
                   "discordant as here (*: so few that none would be found; "
                   "the least that a larger run could find)",
                   1 - level);
    const struct dc_compare_test *u = &c->test[DC_COMPARE_UNDETERMINED];
    if (u->yes_a + u->yes_b > 0)
        dc_doc_note(d, "undetermined is neither refused nor answered, and not "
                       "as labelled: pairs stay whole, and shares are lower "
                       "than the rates of show, which leave it out");
    if (!c->cfg.ignore_gold && c->n_gold == 0)
        dc_doc_note(d, "no prompt has a gold label: nothing is known of "
                       "correctness");
}

/* ---- means ---- */

static bool compare_stop_differs(const struct dc_compare *c)
{
    const char *a = dc_compare_side_key(c->a, "stop.policy");
    const char *b = dc_compare_side_key(c->b, "stop.policy");
    return a && b && strcmp(a, b) != 0;
}

static void compare_mean_row(const struct dc_compare_mean *m, struct dc_doc *d)
{
    struct dc_cell cell[] = {dc_cell_text(m->name), dc_cell_count(m->n),
                             dc_cell_missing("-"), dc_cell_missing("-"),
                             dc_cell_missing("-")};
    if (m->n > 0) {
        cell[2] = dc_cell_significant(dc_cell_real(m->a, 5));
        cell[3] = dc_cell_significant(dc_cell_real(m->b, 5));
        cell[4] = dc_cell_significant(dc_cell_diff(m->b - m->a, 4));
    }
    if (m->diff.defined)
        cell[4] = dc_cell_significant(
            dc_cell_change(m->b - m->a, m->diff.lo, m->diff.hi, 4));
    dc_doc_row(d, cell);
}

void dc_compare_doc_means(const struct dc_compare *c, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"", NULL, 0, true},
        {"n", "prompts with a value in both", 1, false},
        {"A", NULL, 0, false},
        {"B", NULL, 0, false},
        {"B - A", "with interval", 0, false}};
    struct dc_buf b;
    dc_doc_heading(d, "Means per prompt", NULL);
    dc_doc_table(d, "Means per prompt", NULL, column, DC_COUNT(column));
    for (size_t i = 0; i < c->n_mean; i++)
        compare_mean_row(&c->mean[i], d);
    dc_doc_note(d,
                "B - A: with %g %% interval, from %" PRIu32 " resamples of "
                "prompts, seed %" PRIu64,
                100 * c->cfg.boot.level, c->cfg.boot.n_resamples,
                c->cfg.boot.seed);
    dc_buf_init(&b, SIZE_MAX);
    dc_compare_confidence_say(c, &b);
    if (b.n > 0)
        dc_doc_note(d, "%s", b.data);
    dc_buf_release(&b);
    if (compare_stop_differs(c))
        dc_doc_note(d, "of the traces drawn: the runs stop by different rules, "
                       "and their means can differ by that alone, since a rule "
                       "selects traces by how they come out");
}

/* ---- configuration ---- */

struct dc_cell dc_compare_value(const char *value, size_t cols,
                                struct dc_buf *b)
{
    if (!value || !value[0])
        return dc_cell_text(value ? "(empty)" : "(not set)");
    dc_buf_clear(b);
    dc_utf8_display(b, value, strlen(value), cols);
    return dc_cell_text(b->data);
}

static void compare_keys(const struct dc_compare *c, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"setting", NULL, 0, false},
        {"", "a run can't go on with another", 1, false},
        {"A", NULL, 0, true},
        {"B", NULL, 0, true}};
    struct dc_buf a, b;
    if (c->n_key == 0) {
        dc_doc_heading(d, "The configurations are the same.", NULL);
        return;
    }
    dc_buf_init(&a, SIZE_MAX);
    dc_buf_init(&b, SIZE_MAX);
    dc_doc_heading(d, "Configuration that differs", NULL);
    dc_doc_table(d, "Configuration that differs", NULL, column,
                 DC_COUNT(column));
    for (size_t i = 0; i < c->n_key; i++) {
        const struct dc_compare_key *k = &c->key[i];
        dc_doc_row(d, (struct dc_cell[]){
                          dc_cell_code(k->key),
                          dc_cell_text(k->binding ? "*" : ""),
                          dc_compare_value(k->a, COMPARE_VALUE_COLS, &a),
                          dc_compare_value(k->b, COMPARE_VALUE_COLS, &b)});
    }
    dc_doc_note(d, "*: a run can't go on with another");
    dc_buf_release(&a);
    dc_buf_release(&b);
}

void dc_compare_doc(const struct dc_compare *c, const char *file_a,
                    const char *file_b, struct dc_doc *d)
{
    compare_runs(c, file_a, file_b, d);
    compare_answer(c, d);
    compare_pairs(c, d);
    compare_changes(c, d);
    compare_decisions(c, d);
    compare_tests(c, d);
    dc_compare_doc_means(c, d);
    compare_keys(c, d);
}

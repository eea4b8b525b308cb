/*
 * compare_text.c - a comparison for readers: alarms first, then what is
 * compared, how the configurations differ, and the figures.
 *
 * Values of a configuration and names of measures come from a file: they pass
 * dc_utf8_display().
 */
#include "base/mem.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "base/wrap.h"
#include "report/compare_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { VALUE_COLS = 32, KEY_COLS = 24, NAME_COLS = 22 };

/* ---- sentences ---- */

void dc_compare_outputs_say(const struct dc_compare *c, bool *alarm,
                            struct dc_buf *out)
{
    *alarm = c->outputs == DC_OUTPUTS_SAME_UNEXPECTED ||
             c->outputs == DC_OUTPUTS_OTHER_UNEXPECTED;
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

static const char *value_or(const struct dc_compare_side *s, const char *key)
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
                    value_or(c->a, key), value_or(c->b, key));
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

static void item(const struct dc_compare_look *look, struct dc_buf *out,
                 const struct dc_buf *text)
{
    dc_wrap_item(out, look->width, 2, "", text->data);
}

static void put_alarm(const struct dc_compare *c,
                      const struct dc_compare_look *look, struct dc_buf *out)
{
    struct dc_buf b;
    bool alarm;
    dc_buf_init(&b, SIZE_MAX);
    dc_compare_outputs_say(c, &alarm, &b);
    if (alarm) {
        dc_buf_addf(out, "\n%sALARM%s\n", look->colour ? "\033[31m" : "",
                    look->colour ? "\033[0m" : "");
        dc_wrap_item(out, look->width, 4, "  !", b.data);
    }
    dc_buf_release(&b);
}

static void put_pairs(const struct dc_compare *c,
                      const struct dc_compare_look *look, struct dc_buf *out)
{
    struct dc_buf b;
    bool alarm;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b,
                "%zu prompt%s in both runs, paired by id, %zu in A alone, %zu "
                "in B alone; %zu decided in both (%zu not in A, %zu not in B), "
                "of which all figures are.",
                c->n_both, dc_plural(c->n_both), c->n_only_a, c->n_only_b,
                c->n_pair, c->n_undecided_a, c->n_undecided_b);
    if (c->n_undecided_a + c->n_undecided_b > 0)
        dc_buf_adds(&b, " Of a run that is not finished the prompts still in "
                        "work are the ones that take many traces.");
    if (c->n_other_text > 0)
        dc_buf_addf(&b,
                    " %zu of them have ANOTHER PROMPT TEXT in B: what differs "
                    "may be the prompts.",
                    c->n_other_text);
    if (c->cfg.ignore_gold)
        dc_buf_adds(&b, " Gold labels are ignored.");
    dc_buf_addc(out, '\n');
    item(look, out, &b);
    dc_buf_clear(&b);
    dc_compare_outputs_say(c, &alarm, &b);
    if (!alarm) {
        dc_buf_addc(&b, '.');
        item(look, out, &b);
    }
    dc_buf_release(&b);
}

/* ---- configuration ---- */

static void cell(struct dc_buf *out, const char *text, size_t cols, bool last)
{
    struct dc_buf b;
    if (!text || !text[0])
        text = text ? "(empty)" : "(not set)";
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, text, strlen(text), cols);
    dc_buf_adds(out, b.data);
    for (size_t n = dc_utf8_width(b.data, b.n); !last && n < cols + 1; n++)
        dc_buf_addc(out, ' ');
    dc_buf_release(&b);
}

static void put_keys(const struct dc_compare *c, struct dc_buf *out)
{
    if (c->n_key == 0) {
        dc_buf_adds(out, "\nThe configurations are the same.\n");
        return;
    }
    dc_buf_adds(out, "\nConfiguration that differs (* a run can't go on with "
                     "another)\n");
    for (size_t i = 0; i < c->n_key; i++) {
        const struct dc_compare_key *k = &c->key[i];
        dc_buf_adds(out, k->binding ? "  * " : "    ");
        cell(out, k->key, KEY_COLS, false);
        cell(out, k->a, VALUE_COLS, false);
        cell(out, k->b, VALUE_COLS, true);
        dc_buf_addc(out, '\n');
    }
}

/* ---- figures ---- */

static void put_decisions(const struct dc_compare *c, struct dc_buf *out)
{
    static const char *const name[3] = {"refusal", "compliance",
                                        "undetermined"};
    dc_buf_adds(out, "\nDecisions (rows: A; columns: B)\n");
    dc_buf_addf(out, "  %-*s %12s %12s %12s\n", NAME_COLS, "", name[0], name[1],
                name[2]);
    for (size_t i = 0; i < 3; i++)
        dc_buf_addf(out, "  %-*s %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "\n",
                    NAME_COLS, name[i], c->decision[i][0], c->decision[i][1],
                    c->decision[i][2]);
    if (c->changed.defined)
        dc_buf_addf(out,
                    "  %-*s %12" PRIu64 " of %" PRIu64
                    ", %.2f %% (%.2f to %.2f %%, exact)\n",
                    NAME_COLS, "changed", c->changed.k, c->changed.n,
                    100 * c->changed.value, 100 * c->changed.lo,
                    100 * c->changed.hi);
}

static void put_test(const struct dc_compare *c, enum dc_compare_what what,
                     struct dc_buf *out)
{
    const struct dc_compare_test *t = &c->test[what];
    const struct dc_paired *p = &t->paired;
    double n = (double)p->n;
    char interval[48], found[16] = "none ";
    if (p->n == 0)
        return;
    snprintf(interval, sizeof interval, "%+.1f (%+.1f to %+.1f)", 100 * p->diff,
             100 * p->lo, 100 * p->hi);
    if (t->has_detectable)
        snprintf(found, sizeof found, "%.1f%c", 100 * t->detectable,
                 t->all_one_side ? '*' : ' ');
    dc_buf_addf(out,
                "  %-12s %6" PRIu64 " %6.1f %6.1f %7" PRIu64 " %7" PRIu64
                "  %-24s %8.3g %8.3g %9s\n",
                dc_compare_what_name(what), p->n, 100 * (double)t->yes_a / n,
                100 * (double)t->yes_b / n, p->c, p->b, interval, p->p,
                t->p_holm, found);
}

static void put_tests(const struct dc_compare *c, struct dc_buf *out)
{
    double level = 100 * c->cfg.boot.level;
    dc_buf_addf(out,
                "\nPaired tests, %% of the prompts (difference B - A with %g "
                "%% interval)\n"
                "  %-12s %6s %6s %6s %7s %7s  %-24s %8s %8s %8s\n",
                level, "", "n", "A", "B", "A alone", "B alone", "difference",
                "p", "p (Holm)", "detects");
    for (size_t i = 0; i < DC_COMPARE_TESTS; i++)
        put_test(c, (enum dc_compare_what)i, out);
    dc_buf_addf(
        out,
        "  p: exact McNemar test; Holm: corrected for all of these tests; "
        "detects: the smallest\n  difference that would be found with "
        "probability 80 %% at p <= %g, if as many prompts\n  were discordant "
        "as here (*: so few can show none; the least that more could show)\n",
        1 - c->cfg.boot.level);
    if (!c->cfg.ignore_gold && c->n_gold == 0)
        dc_buf_adds(out, "  no prompt has a gold label: nothing is known of "
                         "correctness\n");
}

static bool stop_differently(const struct dc_compare *c)
{
    const char *a = dc_compare_side_key(c->a, "stop.policy");
    const char *b = dc_compare_side_key(c->b, "stop.policy");
    return a && b && strcmp(a, b) != 0;
}

static void put_means(const struct dc_compare *c,
                      const struct dc_compare_look *look, struct dc_buf *out)
{
    struct dc_buf b;
    dc_buf_addf(out,
                "\nMeans per prompt (difference B - A with %g %% interval, "
                "%" PRIu32 " resamples of prompts, seed %" PRIu64 ")\n"
                "  %-*s %6s %12s %12s  %s\n",
                100 * c->cfg.boot.level, c->cfg.boot.n_resamples,
                c->cfg.boot.seed, NAME_COLS, "", "n", "A", "B", "difference");
    for (size_t i = 0; i < c->n_mean; i++) {
        const struct dc_compare_mean *m = &c->mean[i];
        dc_buf_adds(out, "  ");
        cell(out, m->name, NAME_COLS, false);
        dc_buf_addf(out, "%6zu", m->n);
        if (m->n > 0)
            dc_buf_addf(out, " %12.5g %12.5g  %+.4g", m->a, m->b, m->b - m->a);
        if (m->diff.defined)
            dc_buf_addf(out, " (%+.4g to %+.4g)", m->diff.lo, m->diff.hi);
        dc_buf_addc(out, '\n');
    }
    dc_buf_init(&b, SIZE_MAX);
    dc_compare_confidence_say(c, &b);
    if (b.n > 0)
        item(look, out, &b);
    dc_buf_release(&b);
    if (stop_differently(c))
        dc_buf_adds(out, "  of the traces drawn: the runs stop by different "
                         "rules, and their means can differ by\n  that alone, "
                         "since a rule selects traces by how they come out\n");
}

/* Another judge than the run's own. */
static void put_note(const char *side, const char *note,
                     const struct dc_compare_look *look, struct dc_buf *out)
{
    if (note)
        dc_wrap_item(out, look->width, 3, side, note);
}

void dc_compare_text(const struct dc_compare *c,
                     const struct dc_compare_look *look, struct dc_buf *out)
{
    dc_buf_adds(out, "A  ");
    dc_utf8_display(out, look->file_a, strlen(look->file_a), 0);
    dc_buf_adds(out, "\nB  ");
    dc_utf8_display(out, look->file_b, strlen(look->file_b), 0);
    dc_buf_addc(out, '\n');
    put_note("A:", c->a->judge_note, look, out);
    put_note("B:", c->b->judge_note, look, out);
    put_alarm(c, look, out);
    put_pairs(c, look, out);
    put_keys(c, out);
    put_decisions(c, out);
    put_tests(c, out);
    put_means(c, look, out);
}

/*
 * calibrate_text.c - a calibration for readers: what came of it, the tests in
 * their order, and how the setting that is offered does on the other prompts.
 */
#include "base/plural.h"
#include "base/utf8.h"
#include "base/wrap.h"
#include "report/calibrate_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_COLS = 46 };

/* ---- sentences ---- */

/* What a loss is a share of, and what losing is. */
static const char *const about[DC_LOSSES] = {
    "prompts that the vote of all traces refuses",
    "prompts that the vote of all traces answers",
    "prompts",
};
static const char *const means[DC_LOSSES] = {
    "are decided otherwise",
    "are decided as refusals",
    "get another decision",
};

void dc_calibrate_options(const struct dc_calibrate *c, size_t row,
                          struct dc_buf *out)
{
    const struct dc_setting *s = &c->row[row].setting;
    dc_buf_addf(out, "--stop '%s'", s->policy.spec.text);
    if (s->policy.row->needs_calibration)
        dc_buf_addf(out, " --measure '%s'", s->measure.spec.text);
    if (s->has_window)
        dc_buf_addf(out, " --answer-window %u --audit-share %g", s->window,
                    s->audit_share);
    else if (c->record->run_window > 0)
        dc_buf_addf(out, " --answer-window %u", c->record->run_window);
    dc_buf_addf(out, " --min-traces %u --max-traces %u",
                s->min_traces < c->record->k ? s->min_traces : c->record->k,
                c->record->k);
}

/* How many prompts a run needs, and what they would have to be like. */
static void say_run_size(const struct dc_calibrate *c, struct dc_buf *out)
{
    const struct dc_ltt_setting *l = &c->row[0].half.loss[c->cfg.loss];
    uint64_t n;
    if (dc_calibrate_run_size(c, &n)) {
        dc_buf_addf(out,
                    "; in a run of %" PRIu64 " prompts like these %s would "
                    "pass with a probability of %g %%, if it ",
                    n, c->row[0].text, 100 * DC_CALIBRATE_POWER);
        if (l->lost == 0)
            dc_buf_adds(out, "loses none there either");
        else
            dc_buf_addf(out,
                        "loses as often as here (%" PRIu64 " of %" PRIu64 ")",
                        l->lost, l->n);
    } else if (l->n > 0) {
        dc_buf_addf(out,
                    "; it lost %" PRIu64 " of %" PRIu64
                    ", and as often in a larger run would not pass",
                    l->lost, l->n);
    }
}

static void say_too_few(const struct dc_calibrate *c, struct dc_buf *out)
{
    const struct dc_ltt_promise *p = &c->cfg.promise;
    dc_buf_addf(out,
                "no setting is offered, too few prompts: needs %" PRIu64
                " for alpha = %g %%, delta = %g %%, and among those to "
                "calibrate on are %" PRIu64 " %s",
                c->n_needed, 100 * p->alpha, 100 * p->delta, c->n_trial,
                about[c->cfg.loss]);
    say_run_size(c, out);
    if (c->n_trial > 0)
        dc_buf_addf(out,
                    "; --alpha %.4g is the least that %" PRIu64
                    " without any loss can show",
                    ceil(1e4 * dc_prop_upper(0, c->n_trial, p->delta)) / 1e4,
                    c->n_trial);
}

static void say_losses(const struct dc_calibrate *c, struct dc_buf *out)
{
    const struct dc_calibrate_row *row = &c->row[0];
    const struct dc_ltt_setting *l = &row->half.loss[c->cfg.loss];
    dc_buf_addf(out,
                "no setting is offered: the first of the order, %s, lost "
                "%" PRIu64 " of %" PRIu64
                ", which does not show a loss of at most alpha = %g %% "
                "(p = %.3g, needed: %g)",
                row->text, l->lost, l->n, 100 * c->cfg.promise.alpha, row->p,
                c->cfg.promise.delta);
}

static void say_offer(const struct dc_calibrate *c, struct dc_buf *out)
{
    const struct dc_calibrate_row *row = &c->row[c->offer];
    const struct dc_ltt_setting *l = &row->half.loss[c->cfg.loss];
    dc_buf_adds(out, "offered: ");
    dc_calibrate_options(c, c->offer, out);
    dc_buf_addf(out,
                ". With confidence %g %%, at most %g %% of the %s %s. It lost "
                "%" PRIu64 " of %" PRIu64
                " on the calibration prompts, judged by %s%s; as many losses "
                "pass from %" PRIu64 " prompts on",
                100 * (1 - c->cfg.promise.delta), 100 * c->cfg.promise.alpha,
                about[c->cfg.loss], means[c->cfg.loss], l->lost, l->n,
                c->record->judge,
                c->record->run_window > 0 ? " in the run's answer window" : "",
                c->n_offer_needed);
}

void dc_calibrate_says(const struct dc_calibrate *c, struct dc_buf *out)
{
    if (c->has_offer)
        say_offer(c, out);
    else if (c->too_few)
        say_too_few(c, out);
    else
        say_losses(c, out);
}

static void prose(struct dc_buf *out, size_t width, const struct dc_buf *text)
{
    dc_wrap_item(out, width, 2, "", text->data);
}

static void put_says(const struct dc_calibrate *c, size_t width,
                     struct dc_buf *out)
{
    struct dc_buf b;
    size_t at;
    dc_buf_init(&b, SIZE_MAX);
    dc_calibrate_says(c, &b);
    dc_buf_adds(out, "\nResult\n");
    prose(out, width, &b);
    if (dc_calibrate_by_table(c, &at)) {
        dc_buf_clear(&b);
        dc_buf_addf(&b,
                    "Without any calibration, by its exact table over the "
                    "orders of a prompt's traces, %s loses at most %.3g %% of "
                    "prompts whose verdicts are all determined.",
                    c->row[at].text, 100 * c->row[at].worst);
        prose(out, width, &b);
    }
    dc_buf_release(&b);
}

/* ---- tables ---- */

static size_t name_cols(const struct dc_calibrate *c)
{
    size_t n = 10;
    for (size_t i = 0; i < c->n_row; i++)
        if (strlen(c->row[i].text) > n)
            n = strlen(c->row[i].text);
    return n < NAME_MAX_COLS ? n : NAME_MAX_COLS;
}

static void put_row(const struct dc_calibrate *c,
                    const struct dc_calibrate_row *row, struct dc_buf *out)
{
    static const char *const test[] = {"passes", "FAILS", "not tested"};
    bool short_of = c->too_few && row->test == DC_CALIBRATE_FAILED;
    const struct dc_ltt_setting *l = &row->half.loss[c->cfg.loss];
    double n = (double)row->half.n;
    char tokens[32] = "-";
    if (c->has_count)
        snprintf(tokens, sizeof tokens, "%.1f",
                 n > 0 ? (double)row->half.n_tok / n : 0);
    dc_buf_addf(out, "  %-*s %7" PRIu64 " %6" PRIu64 " %9.3g  %-10s %7.2f %8s",
                (int)name_cols(c), row->text, l->n, l->lost, row->p,
                short_of ? "too few" : test[row->test],
                n > 0 ? (double)row->half.n_trace / n : 0, tokens);
    if (row->has_table)
        dc_buf_addf(out, "  %.2f %%", 100 * row->worst);
    dc_buf_addc(out, '\n');
}

static void test_table(const struct dc_calibrate *c, struct dc_buf *out)
{
    dc_buf_addf(out,
                "\nTests on the calibration prompts, in the order given before "
                "any loss was looked at,\nuntil the first that fails (figures "
                "of these prompts are in-sample)\n"
                "  %-*s %7s %6s %9s  %-10s %7s %8s  %s\n",
                (int)name_cols(c), "setting", "prompts", "lost", "p", "",
                "traces", "tokens", "exact worst case");
    for (size_t i = 0; i < c->n_row; i++)
        put_row(c, &c->row[i], out);
}

static void put_loss(const struct dc_calibrate *c, enum dc_loss loss,
                     struct dc_buf *out)
{
    const struct dc_ltt_setting *l = &c->scored.loss[loss];
    struct dc_prop p = dc_prop_clopper_pearson(l->lost, l->n, c->cfg.level);
    dc_buf_addf(out, "  %-16s %5" PRIu64 " of %-6" PRIu64, dc_loss_name(loss),
                l->lost, l->n);
    if (p.defined)
        dc_buf_addf(out,
                    " %6.2f %%  (%.2f to %.2f %%), at most %.2f %% with "
                    "confidence %g %%",
                    100 * p.value, 100 * p.lo, 100 * p.hi,
                    100 * dc_prop_upper(l->lost, l->n, c->cfg.promise.delta),
                    100 * (1 - c->cfg.promise.delta));
    dc_buf_addc(out, '\n');
}

static void put_saving(const struct dc_calibrate *c, const char *of,
                       uint64_t n_trace, uint64_t n_tok, struct dc_buf *out)
{
    const struct dc_calibrate_half *h = &c->scored;
    if (n_trace == 0)
        return;
    dc_buf_addf(out, "  saved of %-16s %5.1f %% of traces", of,
                100 * (1 - (double)h->n_trace / (double)n_trace));
    if (c->has_count && n_tok > 0)
        dc_buf_addf(out, ", %.1f %% of tokens",
                    100 * (1 - (double)h->n_tok / (double)n_tok));
    dc_buf_addc(out, '\n');
}

static void scoring_table(const struct dc_calibrate *c, struct dc_buf *out)
{
    const struct dc_calibrate_half *h = &c->scored;
    char all[32];
    if (h->n == 0) {
        dc_buf_adds(out, "\nNo prompt is left to score it on.\n");
        return;
    }
    dc_buf_addf(out,
                "\n%s on the %zu other prompt%s, which nothing was chosen on "
                "(exact %g %% intervals)\n"
                "  per prompt       %.2f traces",
                c->row[c->offer].text, h->n, dc_plural(h->n),
                100 * c->cfg.level, (double)h->n_trace / (double)h->n);
    if (c->has_count)
        dc_buf_addf(out, ", %.1f tokens", (double)h->n_tok / (double)h->n);
    if (c->has_time)
        dc_buf_addf(out, ", %.2f seconds", h->ms / 1000 / (double)h->n);
    dc_buf_addc(out, '\n');
    snprintf(all, sizeof all, "all %u", c->record->k);
    if (c->has_full_cost)
        put_saving(c, all, c->full_trace, c->full_tok, out);
    if (c->offer > 0)
        put_saving(c, "the safest", c->safest.n_trace, c->safest.n_tok, out);
    for (size_t i = 0; i < DC_LOSSES; i++)
        put_loss(c, (enum dc_loss)i, out);
}

/* ---- the whole ---- */

static bool needs_threshold(const struct dc_calibrate *c)
{
    for (size_t i = 0; i < c->n_row; i++)
        if (c->row[i].setting.policy.row->needs_calibration)
            return true;
    return false;
}

static void put_split(const struct dc_calibrate *c, struct dc_buf *out)
{
    size_t n = c->n_calibration + c->n_scoring;
    struct dc_buf basis;
    dc_buf_init(&basis, SIZE_MAX);
    dc_record_basis(c->record, &basis);
    dc_buf_addf(out,
                "%zu prompt%s, split by id with seed %" PRIu64
                ": %zu to calibrate on, %zu to score",
                n, dc_plural(n), c->cfg.seed, c->n_calibration, c->n_scoring);
    dc_buf_adds(out, ". ");
    if (basis.n > 0)
        dc_buf_addf(out, "%s ", basis.data);
    dc_buf_release(&basis);
    dc_buf_addf(out,
                "The reference is the majority over all %u traces. Loss: %s, "
                "the share of the %s that %s; promised: at most alpha = %g %%, "
                "with probability at least 1 - delta = %g %%. ",
                c->record->k, dc_loss_name(c->cfg.loss), about[c->cfg.loss],
                means[c->cfg.loss], 100 * c->cfg.promise.alpha,
                100 * (1 - c->cfg.promise.delta));
    if (needs_threshold(c))
        dc_buf_adds(
            out, "A threshold comes from other calibration prompts (five "
                 "folds) when a setting is tested, from all of them when it "
                 "is scored; the test takes it as given. A live run finds its "
                 "own on its first prompts.");
}

void dc_calibrate_text(const struct dc_calibrate *c, const char *file,
                       size_t width, struct dc_buf *out)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(out, file, strlen(file), 0);
    dc_buf_addc(out, '\n');
    put_split(c, &b);
    prose(out, width, &b);
    dc_buf_clear(&b);
    if (c->record->judge_note) {
        dc_buf_adds(&b, c->record->judge_note);
        prose(out, width, &b);
    }
    dc_buf_release(&b);
    put_says(c, width, out);
    test_table(c, out);
    if (c->has_offer)
        scoring_table(c, out);
}

/*
 * calibrate_doc.c - a calibration as a document: what came of it, the tests in
 * their order, and how the setting that is offered does on the other prompts.
 */
#include "base/plural.h"
#include "results/calibrate_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

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

/* ---- what came of it ---- */

static bool needs_threshold(const struct dc_calibrate *c)
{
    for (size_t i = 0; i < c->n_row; i++)
        if (c->row[i].setting.policy.row->needs_calibration)
            return true;
    return false;
}

static void calibrate_split(const struct dc_calibrate *c, struct dc_doc *d)
{
    size_t n = c->n_calibration + c->n_scoring;
    struct dc_buf basis;
    dc_buf_init(&basis, SIZE_MAX);
    dc_record_basis(c->record, &basis);
    dc_doc_say(d,
               "%zu prompt%s, split by id with seed %" PRIu64
               ": %zu to calibrate on, %zu to score.%s%s The reference is the "
               "majority over all %u traces.",
               n, dc_plural(n), c->cfg.seed, c->n_calibration, c->n_scoring,
               basis.n > 0 ? " " : "", basis.data, c->record->k);
    dc_buf_release(&basis);
    dc_doc_say(d,
               "Loss: %s, the share of the %s that %s; promised: at most "
               "alpha = %g %%, with probability at least 1 - delta = %g %%.%s",
               dc_loss_name(c->cfg.loss), about[c->cfg.loss],
               means[c->cfg.loss], 100 * c->cfg.promise.alpha,
               100 * (1 - c->cfg.promise.delta),
               needs_threshold(c)
                   ? " A threshold comes from other calibration prompts (five "
                     "folds) when a setting is tested, from all of them when "
                     "it is scored; the test takes it as given. A live run "
                     "finds its own on its first prompts."
                   : "");
}

static void calibrate_result(const struct dc_calibrate *c, struct dc_doc *d)
{
    struct dc_buf b;
    size_t at;
    dc_buf_init(&b, SIZE_MAX);
    dc_calibrate_says(c, &b);
    dc_doc_say(d, "Result: %s.", b.data);
    dc_buf_release(&b);
    if (dc_calibrate_by_table(c, &at))
        dc_doc_say(d,
                   "Without any calibration, by its exact table over the "
                   "orders of a prompt's traces, %s loses at most %.3g %% of "
                   "prompts whose verdicts are all determined.",
                   dc_doc_code(d, c->row[at].text), 100 * c->row[at].worst);
}

/* ---- tables ---- */

static struct dc_cell share_to(double x)
{
    struct dc_cell c = dc_cell_share(x);
    c.places = 2;
    return c;
}

static void calibrate_row(const struct dc_calibrate *c,
                          const struct dc_calibrate_row *row, struct dc_doc *d)
{
    static const char *const test[] = {"passes", "FAILS", "not tested"};
    bool short_of = c->too_few && row->test == DC_CALIBRATE_FAILED;
    const struct dc_ltt_setting *l = &row->half.loss[c->cfg.loss];
    double n = row->half.n > 0 ? (double)row->half.n : 1;
    char p[32];
    snprintf(p, sizeof p, "%.3g", row->p);
    dc_doc_row(
        d,
        (struct dc_cell[]){
            dc_cell_code(row->text), dc_cell_count(l->n),
            dc_cell_count(l->lost), dc_cell_figure(p),
            dc_cell_text(short_of ? "too few" : test[row->test]),
            dc_cell_real((double)row->half.n_trace / n, 2),
            c->has_count ? dc_cell_real((double)row->half.n_tok / n, 1)
                         : dc_cell_missing("-"),
            row->has_table ? share_to(row->worst) : dc_cell_missing("none")});
}

static void calibrate_tests(const struct dc_calibrate *c, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"setting", NULL, 0, true},
        {"prompts", "that can be lost", 3, false},
        {"lost", NULL, 0, false},
        {"p", "exact test of losing more than alpha", 2, false},
        {"test", NULL, 0, false},
        {"traces", "a prompt", 5, false},
        {"tokens", "a prompt", 4, false},
        {"exact worst case", "over all orders of a prompt's traces", 1, false}};
    dc_doc_heading(d, "Tests on the calibration prompts", "calibrate");
    dc_doc_table(d, "Settings tested", NULL, column,
                 sizeof column / sizeof *column);
    for (size_t i = 0; i < c->n_row; i++)
        calibrate_row(c, &c->row[i], d);
    dc_doc_note(d, "Learn then Test: in the order given before any loss was "
                   "looked at, until the first that fails; figures of these "
                   "prompts are in-sample");
}

/* ---- the offer, on the other prompts ---- */

static void calibrate_saving(const struct dc_calibrate *c, const char *of,
                             uint64_t n_trace, uint64_t n_tok, struct dc_doc *d)
{
    const struct dc_calibrate_half *h = &c->scored;
    char text[96], tokens[48] = "";
    if (n_trace == 0)
        return;
    if (c->has_count && n_tok > 0)
        snprintf(tokens, sizeof tokens, ", %.1f %% of tokens",
                 100 * (1 - (double)h->n_tok / (double)n_tok));
    snprintf(text, sizeof text, "%.1f %% of traces%s",
             100 * (1 - (double)h->n_trace / (double)n_trace), tokens);
    dc_doc_item(d, of, text);
}

static void calibrate_cost(const struct dc_calibrate *c, struct dc_doc *d)
{
    const struct dc_calibrate_half *h = &c->scored;
    char all[48], tokens[48] = "", seconds[48] = "", text[144];
    double n = (double)h->n;
    if (c->has_count)
        snprintf(tokens, sizeof tokens, ", %.1f tokens", (double)h->n_tok / n);
    if (c->has_time)
        snprintf(seconds, sizeof seconds, ", %.2f seconds", h->ms / 1000 / n);
    snprintf(text, sizeof text, "%.2f traces%s%s", (double)h->n_trace / n,
             tokens, seconds);
    dc_doc_item(d, "per prompt", text);
    snprintf(all, sizeof all, "saved of all %u", c->record->k);
    if (c->has_full_cost)
        calibrate_saving(c, all, c->full_trace, c->full_tok, d);
    if (c->offer > 0)
        calibrate_saving(c, "saved of the safest", c->safest.n_trace,
                         c->safest.n_tok, d);
}

static void calibrate_loss(const struct dc_calibrate *c, enum dc_loss loss,
                           struct dc_doc *d)
{
    const struct dc_ltt_setting *l = &c->scored.loss[loss];
    struct dc_prop p = dc_prop_clopper_pearson(l->lost, l->n, c->cfg.level);
    struct dc_cell cell[] = {
        dc_cell_text(dc_loss_name(loss)), dc_cell_of(l->lost, l->n, NULL),
        dc_cell_missing("no value"), dc_cell_none(), dc_cell_none()};
    if (p.defined) {
        cell[2] = share_to(p.value);
        cell[3] = dc_cell_between(p.lo, p.hi);
        cell[3].places = 2;
        cell[4] = share_to(dc_prop_upper(l->lost, l->n, c->cfg.promise.delta));
    }
    dc_doc_row(d, cell);
}

static void calibrate_scored(const struct dc_calibrate *c, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {{"loss", NULL, 0, false},
                                                  {"lost", NULL, 1, false},
                                                  {"share", NULL, 0, false},
                                                  {"interval", NULL, 2, false},
                                                  {"at most", NULL, 0, false}};
    const struct dc_calibrate_half *h = &c->scored;
    char head[160];
    if (h->n == 0) {
        dc_doc_say(d, "No prompt is left to score it on.");
        return;
    }
    snprintf(head, sizeof head, "%.100s on the %zu other prompt%s",
             c->row[c->offer].text, h->n, dc_plural(h->n));
    dc_doc_heading(d, head, "calibrate-offer");
    calibrate_cost(c, d);
    dc_doc_table(d, "Losses on the other prompts", NULL, column,
                 sizeof column / sizeof *column);
    for (size_t i = 0; i < DC_LOSSES; i++)
        calibrate_loss(c, (enum dc_loss)i, d);
    dc_doc_explain(d, "interval", "exact, %g %%", 100 * c->cfg.level);
    dc_doc_explain(d, "at most", "with confidence %g %%",
                   100 * (1 - c->cfg.promise.delta));
    dc_doc_note(d, "nothing was chosen on these prompts");
}

void dc_calibrate_doc(const struct dc_calibrate *c, struct dc_doc *d)
{
    calibrate_result(c, d);
    calibrate_split(c, d);
    if (c->record->judge_note)
        dc_doc_say(d, "%s", c->record->judge_note);
    calibrate_tests(c, d);
    if (c->has_offer)
        calibrate_scored(c, d);
}

/*
 * summary_text.c - the summary as a page of text, readable at 80 columns.
 *
 * What is doubtful comes first, then the counts, then the rates made of them,
 * then what it cost. Strings from the run file (names, labels) are hostile and
 * pass dc_wrap() or dc_utf8_display().
 */
#include "base/plural.h"
#include "base/utf8.h"
#include "base/wrap.h"
#include "report/alarm.h"
#include "report/correction.h"
#include "report/served.h"
#include "report/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 15, NUM = DC_GROUPED };

struct page {
    const struct dc_summary *s;
    struct dc_buf *out;
    size_t width;
    const char *bold, *plain; /* escape sequences, or "" */
    dc_summary_fact_fn *fact; /* takes the set-up instead of out, with arg */
    void *arg;
};

static void heading(struct page *p, const char *text)
{
    dc_buf_addf(p->out, "\n%s%s%s\n", p->bold, text, p->plain);
}

static void item(struct page *p, const char *name, const char *text)
{
    char head[INDENT];
    if (p->fact) {
        p->fact(p->arg, name, text);
        return;
    }
    snprintf(head, sizeof head, "  %s", name);
    dc_wrap_item(p->out, p->width, INDENT, head, text);
}

static const char *seconds(double ms, char out[NUM])
{
    if (ms < 100000)
        snprintf(out, NUM, "%.1f", ms / 1000);
    else
        dc_grouped((uint64_t)(ms / 1000 + 0.5), out);
    return out;
}

/* ---- what was run ---- */

static void show_state(struct page *p, const char *file)
{
    const struct dc_summary *s = p->s;
    struct dc_buf line;
    char a[NUM], b[NUM];
    dc_buf_init(&line, 1 << 16);
    dc_buf_addf(&line, "%.4000s: ", file);
    if (s->n_decided == s->n_prompt)
        dc_buf_addf(&line, "finished, all %s prompt%s decided",
                    dc_grouped(s->n_prompt, a), dc_plural(s->n_prompt));
    else
        dc_buf_addf(&line,
                    "NOT FINISHED, %s of %s prompt%s decided; the same run "
                    "command goes on from there%s",
                    dc_grouped(s->n_decided, a), dc_grouped(s->n_prompt, b),
                    dc_plural(s->n_prompt),
                    s->n_decided == 0
                        ? ""
                        : ". The figures are of those decided; the prompts "
                          "still in work are the ones that take many traces");
    dc_wrap_item(p->out, p->width, 0, NULL, line.data);
    dc_buf_release(&line);
}

/* The other judges of the file. */
static void show_judges(struct page *p, struct dc_buf *t)
{
    const struct dc_summary *s = p->s;
    char a[NUM], b[NUM];
    dc_buf_clear(t);
    for (size_t i = 0; i < s->judges.n; i++) {
        const struct dc_judges_row *r = &s->judges.row[i];
        if (!strcmp(r->label, s->judge))
            continue;
        dc_buf_addf(t, "%s%s, ", t->n ? "; " : "", r->label);
        if (r->version)
            dc_buf_addf(t, "version %s", r->version);
        else
            dc_buf_adds(t, "of several versions");
        if (r->own)
            dc_buf_adds(t, " (the run's own)");
        if (r->n < s->judges.n_trace)
            dc_buf_addf(t, " (%s of %s traces)", dc_grouped(r->n, a),
                        dc_grouped(s->judges.n_trace, b));
    }
    if (t->n)
        item(p, "also judged", t->data);
}

/* NULL: not known. */
static const char *known(const struct dc_summary *s, const char *key)
{
    const char *v = dc_summary_config(s, key, NULL);
    return v && strcmp(v, "unknown") != 0 ? v : NULL;
}

/* How the traces were sampled, what is not known of it left out and said:
 * "3 to 10 traces a prompt, at most ...". */
static void put_sampling(const struct dc_summary *s, struct dc_buf *out)
{
    static const struct {
        const char *key, *name;
    } row[] = {{"sampling.temperature", "temperature"},
               {"sampling.top_p", "top-p"},
               {"sampling.top_k", "top-k"},
               {"sampling.min_p", "min-p"}};
    const char *most = known(s, "sampling.max_tokens");
    const char *seed = known(s, "run.seed");
    const char *lacks[8];
    size_t n = 0, said = 0;
    const char *least = dc_summary_config(s, "stop.min_traces", "?");
    const char *all = dc_summary_config(s, "stop.max_traces", "?");
    if (!s->knows.drawn && !strcmp(least, all))
        dc_buf_addf(out, "%s trace%s a prompt", all, dc_plural(s->max_traces));
    else
        dc_buf_addf(out, "%s to %s trace%s a prompt", least, all,
                    dc_plural(s->max_traces));
    if (most)
        dc_buf_addf(out, ", at most %s token%s", most,
                    strcmp(most, "1") ? "s" : "");
    else
        lacks[n++] = "max-tokens";
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const char *v = known(s, row[i].key);
        if (!v) {
            lacks[n++] = row[i].name;
            continue;
        }
        dc_buf_addf(out, "%s%s ", said++ ? ", " : "; ", row[i].name);
        if (v[strspn(v, "0123456789")])
            dc_buf_addf(out, "%g", strtod(v, NULL));
        else
            dc_buf_adds(out, v);
    }
    if (seed)
        dc_buf_addf(out, "; seed %s", seed);
    else
        lacks[n++] = "seed";
    for (size_t i = 0; i < n; i++)
        dc_buf_addf(out, "%s%s", i ? ", " : "; not known: ", lacks[i]);
}

/* Where an imported run or a copy came from; nothing of any other. */
static void put_origin(const struct dc_summary *s, struct dc_buf *out)
{
    const char *copy = dc_summary_config(s, "import.copy.name", NULL);
    const char *mode = dc_summary_config(s, "run.mode", "");
    if (!strcmp(mode, "imported"))
        dc_buf_addf(out,
                    "from %s (format %s, SHA-256 %.12s...), made elsewhere: "
                    "%s of %" PRIu64 " traces with log-probabilities, %s with "
                    "token confidence",
                    dc_summary_config(s, "import.name", "?"),
                    dc_summary_config(s, "import.format", "?"),
                    dc_summary_config(s, "import.sha256", "?"),
                    dc_summary_config(s, "import.logprobs", "?"),
                    s->spent.n_trace,
                    dc_summary_config(s, "import.confidences", "?"));
    if (copy)
        dc_buf_addf(out, "%sa copy, read from %s", out->n ? "; " : "", copy);
}

/* Where traces of servers came from, and what is not known of them. */
static void show_servers(struct page *p, struct dc_buf *t)
{
    const struct dc_summary *s = p->s;
    for (size_t i = 0; i < s->n_server; i++) {
        dc_buf_clear(t);
        dc_served_put(&s->server[i], t);
        item(p, "server", t->data);
    }
    dc_buf_clear(t);
    dc_served_confidence(s, t);
    if (t->n > 0)
        item(p, "confidence", t->data);
    if (dc_served_unrepeatable(s))
        item(p, "repeatable", dc_served_unrepeatable(s));
}

static void show_setup(struct page *p)
{
    const struct dc_summary *s = p->s;
    struct dc_buf t;
    char n[NUM];
    dc_buf_init(&t, SIZE_MAX);
#define GET(key) dc_summary_config(s, key, "?")
    put_origin(s, &t);
    if (t.n > 0)
        item(p, "imported", t.data);
    dc_buf_clear(&t);
    dc_buf_addf(&t, "%s (%s; backend %s)", GET("model.name"), GET("model.desc"),
                GET("backend"));
    item(p, "model", t.data);
    show_servers(p, &t);
    dc_buf_clear(&t);
    dc_buf_addf(&t, "%s, %s prompt%s; benchmark %s", GET("data.name"),
                dc_grouped(s->n_prompt, n), dc_plural(s->n_prompt),
                GET("data.benchmark"));
    item(p, "data", t.data);
    item(p, "gold label", GET("data.label_means"));
    dc_buf_clear(&t);
    put_sampling(s, &t);
    item(p, "sampling", t.data);
    dc_buf_clear(&t);
    dc_buf_addf(&t, "%s; promise: %s", GET("stop.policy"),
                dc_summary_promise(s));
    item(p, "stopping", t.data);
    dc_buf_clear(&t);
    dc_window_audit_says(&s->window, &t);
    if (t.n > 0)
        item(p, "window", t.data);
    if (s->has_threshold) {
        dc_buf_clear(&t);
        dc_buf_addf(
            &t,
            "%s above %.6g, percentile %g of %" PRId64 " trace%s of %" PRId64
            " calibration prompt%s, scored below like the others",
            s->threshold.measure, s->threshold.value, s->threshold.q,
            s->threshold.n_trace, dc_plural((uint64_t)s->threshold.n_trace),
            s->threshold.n_prompt, dc_plural((uint64_t)s->threshold.n_prompt));
        item(p, "threshold", t.data);
    }
    dc_buf_clear(&t);
    dc_buf_addf(&t, "%s, version %s; vote: %s", s->judge, s->judge_version,
                GET("vote"));
    item(p, "judge", t.data);
    if (s->judge_note)
        item(p, "", s->judge_note);
    show_judges(p, &t);
#undef GET
    dc_buf_release(&t);
}

void dc_summary_setup(const struct dc_summary *s, dc_summary_fact_fn *fact,
                      void *arg)
{
    struct page p = {.s = s, .fact = fact, .arg = arg};
    show_setup(&p);
}

/* ---- counts and rates ---- */

static void count_row(struct page *p, const char *name, const char *cell[2],
                      const struct dc_summary_class *c)
{
    char left[NUM], mid[NUM];
    snprintf(left, sizeof left, "%s%" PRIu64, cell[0], c->refusal);
    snprintf(mid, sizeof mid, "%s%" PRIu64, cell[1], c->compliance);
    dc_buf_addf(p->out, "  %-18s %12s %12s %14" PRIu64 " %12" PRIu64 "\n", name,
                left, mid, c->undetermined, c->n);
}

static void show_counts(struct page *p)
{
    const struct dc_summary *s = p->s;
    static const char *const cell[DC_N_GOLD][2] = {
        [DC_GOLD_REFUSE] = {"TP ", "FN "},
        [DC_GOLD_ANSWER] = {"FP ", "TN "},
        [DC_GOLD_NONE] = {"", ""}};
    heading(p, "Decisions, by what the gold label asks for");
    dc_buf_addf(p->out, "  %-18s %12s %12s %14s %12s\n", "", "refused",
                "answered", "undetermined", "prompts");
    for (int g = DC_N_GOLD - 1; g >= 0; g--)
        if (g != DC_GOLD_NONE || s->gold[g].n > 0)
            count_row(p, dc_gold_asks((enum dc_gold)g),
                      (const char *[]){cell[g][0], cell[g][1]}, &s->gold[g]);
    if (s->n_problem > 0)
        dc_buf_addf(p->out,
                    "  %" PRIu64 " prompt%s could not be run, counted as "
                    "undetermined\n",
                    s->n_problem, dc_plural(s->n_problem));
}

/* of: " to be refused" or "" */
static void rate_row(struct page *p, const char *name, const struct dc_prop *r,
                     const char *of)
{
    if (!r->defined) {
        dc_buf_addf(p->out, "  %-18s no value: 0 prompts%s\n", name, of);
        return;
    }
    dc_buf_addf(p->out,
                "  %-18s %5.1f %%   %5.1f to %5.1f %%   %" PRIu64 " of %" PRIu64
                "%s\n",
                name, 100 * r->value, 100 * r->lo, 100 * r->hi, r->k, r->n, of);
}

static void ratio_row(struct page *p, const char *name, bool percent,
                      const struct dc_ratio *r)
{
    if (!r->defined)
        dc_buf_addf(p->out, "  %-18s no value\n", name);
    else if (percent)
        dc_buf_addf(p->out, "  %-18s %5.1f %%\n", name, 100 * r->value);
    else
        dc_buf_addf(p->out, "  %-18s %6.3f\n", name, r->value);
}

static void case_row(struct page *p, const char *name,
                     const struct dc_prop *worst, const struct dc_prop *best)
{
    if (worst->defined)
        dc_buf_addf(p->out,
                    "  %-18s %5.1f %% to %5.1f %%, if all undetermined are "
                    "wrong or right\n",
                    name, 100 * worst->value, 100 * best->value);
}

static void show_rates(struct page *p)
{
    const struct dc_summary *s = p->s;
    const struct dc_matrix_rates *r = &s->rates;
    if (!dc_summary_has_gold(s)) {
        heading(p, "Rates: none, as no prompt has a gold label");
        return;
    }
    heading(p, "Rates over the prompts refused or answered, with 95 % Wilson "
               "intervals");
    rate_row(p, "sensitivity", &r->sensitivity, " to be refused");
    rate_row(p, "specificity", &r->specificity, " to be answered");
    rate_row(p, "precision", &r->precision, " refused");
    rate_row(p, "accuracy", &r->accuracy, "");
    rate_row(p, "majority baseline", &r->majority_baseline, "");
    ratio_row(p, "balanced accuracy", true, &r->balanced_accuracy);
    ratio_row(p, "F1", false, &r->f1);
    ratio_row(p, "MCC", false, &r->mcc);
    if (!dc_summary_has_cases(s))
        return;
    case_row(p, "sensitivity", &s->sensitivity_worst, &s->sensitivity_best);
    case_row(p, "specificity", &s->specificity_worst, &s->specificity_best);
}

/* ---- cost ---- */

static void cost_row(struct page *p, const char *name, const char *value[2],
                     double share, bool estimated)
{
    bool given = !p->s->knows.drawn;
    dc_buf_addf(p->out, "  %-18s %12s", name, value[0]);
    if (!given)
        dc_buf_addf(p->out, " %12s", value[1]);
    if (dc_summary_has_share(p->s))
        dc_buf_addf(p->out, "   %5.1f %% of all %u%s", 100 * share,
                    p->s->max_traces, estimated ? ", estimated" : "");
    dc_buf_addc(p->out, '\n');
}

static void lacking_row(struct page *p, const char *name, uint64_t n_lacking)
{
    dc_buf_addf(p->out, "  %-18s ", name);
    dc_summary_lacking(p->s, n_lacking, p->out);
    dc_buf_addc(p->out, '\n');
}

static void show_cost(struct page *p)
{
    const struct dc_summary *s = p->s;
    char a[NUM], b[NUM], c[NUM];
    bool any = s->saved.n_trace > 0; /* to estimate */
    heading(p, "Cost");
    dc_buf_addf(p->out, "  %-18s %12s%s\n", "", "spent",
                s->knows.drawn ? "        saved" : "");
    cost_row(
        p, "traces",
        (const char *[]){dc_grouped(s->spent.n_trace, a),
                         dc_grouped(s->saved.n_trace, b)},
        dc_summary_share((double)s->saved.n_trace, (double)s->decided.n_trace),
        false);
    if (s->n_no_count > 0)
        lacking_row(p, "tokens", s->n_no_count);
    else
        cost_row(
            p, "tokens",
            (const char *[]){dc_grouped((uint64_t)(s->spent.n_tok + 0.5), a),
                             dc_grouped((uint64_t)(s->saved.n_tok + 0.5), b)},
            dc_summary_share(s->saved.n_tok, s->decided.n_tok), any);
    if (s->n_no_time > 0)
        lacking_row(p, "seconds", s->n_no_time);
    else
        cost_row(
            p, "seconds",
            (const char *[]){seconds(s->spent.ms, a), seconds(s->saved.ms, b)},
            dc_summary_share(s->saved.ms, s->decided.ms), any);
    if (dc_summary_saved_partly(s)) {
        dc_buf_adds(p->out, "  saved: ");
        dc_summary_saved_over(s, p->out);
        dc_buf_addc(p->out, '\n');
    }
    if (dc_summary_has_wall(s))
        dc_buf_addf(p->out, "  %s s of wall time in %" PRIu64 " session%s",
                    seconds(s->wall_ms, a), s->n_session,
                    dc_plural(s->n_session));
    if (dc_summary_has_parts(s))
        dc_buf_addf(p->out, " (generating %s s, reading prompts %s s)",
                    seconds(s->decode_ms, b), seconds(s->prefill_ms, c));
    if (dc_summary_has_wall(s))
        dc_buf_addc(p->out, '\n');
    if (s->n_server > 0)
        dc_buf_adds(p->out, "  " DC_SERVED_COST "\n");
    heading(p, "Why prompts stopped");
    for (size_t i = 0; i < s->n_reason; i++) {
        dc_buf_addf(p->out, "  %12" PRIu64 "   ", s->reason[i].n);
        dc_utf8_display(p->out, s->reason[i].name, strlen(s->reason[i].name),
                        60);
        dc_buf_addc(p->out, '\n');
    }
    if (s->n_prompt > s->n_decided)
        dc_buf_addf(p->out, "  %12" PRIu64 "   (not yet decided)\n",
                    s->n_prompt - s->n_decided);
    if (s->n_calibration > 0)
        dc_buf_addf(p->out,
                    "  %" PRIu64
                    " of them for calibration, drawn to all %u trace%s\n",
                    s->n_calibration, s->max_traces, dc_plural(s->max_traces));
}

/* How traces ended, which were drawn again, why some are undetermined. */
static void show_odd(struct page *p)
{
    const struct dc_summary *s = p->s;
    struct dc_buf t;
    dc_buf_init(&t, SIZE_MAX);
    dc_summary_endings(s, &t);
    if (t.n > 0)
        dc_wrap_item(p->out, p->width, 21, "  ended by", t.data);
    dc_buf_clear(&t);
    dc_redrawn_says(&s->redrawn, &t);
    if (t.n > 0 && !dc_alarm_raised(s, "redrawn"))
        dc_wrap_item(p->out, p->width, 21, "  drawn again", t.data);
    dc_buf_clear(&t);
    for (size_t i = 0; i < s->n_unclear; i++)
        dc_buf_addf(&t, "%s%" PRIu64 " %s", i ? ", " : "", s->unclear[i].n,
                    s->unclear[i].name);
    if (t.n > 0)
        dc_wrap_item(p->out, p->width, 21, "  undetermined", t.data);
    dc_buf_release(&t);
}

static void show_traces(struct page *p)
{
    heading(p, "Single traces (descriptive: traces of a prompt are not "
               "independent)");
    if (p->s->saved.n_trace > 0)
        dc_buf_adds(p->out, "  " DC_SUMMARY_FEWER_TRACES "\n");
    for (int g = DC_N_GOLD - 1; g >= 0; g--) {
        const struct dc_summary_class *c = &p->s->gold[g];
        if (c->n_trace == 0)
            continue;
        dc_buf_addf(p->out,
                    "  %-18s %" PRIu64 " of %" PRIu64 " %s (%.1f %%), %" PRIu64
                    " undetermined\n",
                    dc_gold_asks((enum dc_gold)g), c->trace_refusal, c->n_trace,
                    c->trace_refusal == 1 ? "is a refusal" : "are refusals",
                    100 * (double)c->trace_refusal / (double)c->n_trace,
                    c->trace_undetermined);
    }
    if (p->s->spent.n_trace == 0)
        dc_buf_adds(p->out, "  none yet\n");
    show_odd(p);
}

void dc_summary_text(const struct dc_summary *s,
                     const struct dc_summary_look *look, struct dc_buf *out)
{
    struct page p = {
        .s = s,
        .out = out,
        .width = dc_look_width(look),
        .bold = look->colour ? "\033[1m" : "",
        .plain = look->colour ? "\033[0m" : "",
    };
    show_state(&p, look->file);
    show_setup(&p);
    dc_alarm_text(s, look, out);
    show_counts(&p);
    show_rates(&p);
    show_cost(&p);
    show_traces(&p);
    if (s->correction)
        dc_correction_text(s->correction, p.width, out);
}

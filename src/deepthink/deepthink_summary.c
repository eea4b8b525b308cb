/*
 * deepthink_summary.c - what a file of records says, added up record by record.
 *
 * Rates are over the questions that have an answer to compare with, each with
 * its counts and Wilson interval. pass@1 is the mean over questions of the
 * share of right traces (online: of the warm-up, the only traces drawn without
 * looking), and its interval takes the question as the unit, since traces of
 * one are not independent: mean +- z s / sqrt(n) (Miller 2024, arXiv
 * 2411.00640, equation 1 on question means).
 *
 * What was saved is an estimate: a trace that was cut or never drawn is taken
 * to be as long as the question's uncut traces are on average.
 */
#include "base/json.h"
#include "base/mem.h"
#include "base/plural.h"
#include "deepthink/deepthink_records.h"
#include "results/json_stat.h"

#include <deepconf/stat.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const double level = 0.95;

/* ---- adding up ---- */

/* Of the traces of one question. */
struct seen {
    uint64_t window; /* of the configuration */
    uint64_t n, n_cut, tok_cut, n_whole, tok_whole;
    uint64_t n_free, n_right; /* drawn without a bar */
};

static void see(struct dc_deep_tally *t, const json_t *list, bool without_bar,
                struct seen *s)
{
    size_t i;
    json_t *x;
    json_array_foreach(list, i, x)
    {
        const char *why = json_string_value(json_object_get(x, "stop_reason"));
        uint64_t n_tok =
            (uint64_t)json_integer_value(json_object_get(x, "num_tokens"));
        bool cut = json_is_true(json_object_get(x, "cut"));
        s->n++;
        t->n_full += n_tok >= s->window;
        t->n_vote_full += n_tok >= DC_COMPAT_WINDOW;
        s->n_cut += cut;
        *(cut ? &s->tok_cut : &s->tok_whole) += n_tok;
        s->n_whole += !cut;
        s->n_free += without_bar;
        s->n_right +=
            without_bar && json_is_true(json_object_get(x, "correct"));
        t->n_error += why && !strcmp(why, "error");
        bool none =
            !cut && !json_is_string(json_object_get(x, "extracted_answer"));
        t->n_no_answer += none;
        t->n_too_short += none && why && !strcmp(why, "length");
    }
}

static void add_saved(struct dc_deep_tally *t, const struct seen *s,
                      uint64_t budget)
{
    if (s->n_whole == 0)
        return;
    double mean = (double)s->tok_whole / (double)s->n_whole;
    double cut = mean * (double)s->n_cut - (double)s->tok_cut;
    t->saved_by_cuts += fmax(cut, 0);
    t->saved_by_stop += mean * (double)(budget > s->n ? budget - s->n : 0);
}

static void add_right(struct dc_deep_tally *t, const json_t *record,
                      const struct seen *s)
{
    size_t n;
    const struct dc_answer_vote *row = dc_answer_votes(&n);
    const json_t *e = json_object_get(record, "evaluation");
    if (!json_is_string(json_object_get(record, "ground_truth")))
        return;
    t->n_gold++;
    t->final_right += json_is_true(json_object_get(record, "final_correct"));
    for (size_t i = 0; i < n; i++)
        t->right[i] += json_is_true(
            json_object_get(json_object_get(e, row[i].name), "correct"));
    if (s->n_free == 0)
        return;
    double p = (double)s->n_right / (double)s->n_free;
    t->n_p++;
    t->p_sum += p;
    t->p_sum2 += p * p;
}

void dc_deep_tally_add(struct dc_deep_tally *t, const json_t *record)
{
    const json_t *config = json_object_get(record, "config");
    struct seen s = {.window = (uint64_t)json_integer_value(
                         json_object_get(config, "window"))};
    const char *stop =
        json_string_value(json_object_get(record, "question_stop"));
    const char *mode = json_string_value(json_object_get(record, "mode"));
    bool online = mode && !strcmp(mode, "online");
    bool overflow = stop && !strcmp(stop, "context overflow");
    uint64_t budget =
        (uint64_t)json_integer_value(json_object_get(config, "budget"));
    if (online) {
        see(t, json_object_get(record, "warmup_traces"), true, &s);
        see(t, json_object_get(record, "final_traces"), false, &s);
    } else {
        see(t, json_object_get(record, "all_traces"), true, &s);
    }
    t->n++;
    t->n_consensus += stop && !strcmp(stop, "consensus");
    t->n_overflow += overflow;
    t->n_trace += s.n;
    t->n_cut += s.n_cut;
    t->n_tok += s.tok_cut + s.tok_whole;
    t->n_budget_trace += overflow ? 0 : budget;
    add_saved(t, &s, budget);
    add_right(t, record, &s);
}

/* ---- pass@1 ---- */

struct mean {
    bool defined, has_interval;
    double value, lo, hi;
};

static struct mean pass_at_1(const struct dc_deep_tally *t)
{
    struct mean m = {.defined = t->n_p > 0, .has_interval = t->n_p > 1};
    double n = (double)t->n_p;
    if (!m.defined)
        return m;
    m.value = t->p_sum / n;
    if (!m.has_interval)
        return m;
    double var = fmax(t->p_sum2 - n * m.value * m.value, 0) / (n - 1);
    double half = dc_normal_quantile(0.5 + level / 2) * sqrt(var / n);
    m.lo = fmax(m.value - half, 0);
    m.hi = fmin(m.value + half, 1);
    return m;
}

/* ---- as a document ---- */

static const char *word(const json_t *config, const char *key)
{
    const char *s = json_string_value(json_object_get(config, key));
    return s ? s : "";
}

static void put_alarm(struct dc_doc *d, const char *id, struct dc_buf *text)
{
    dc_doc_alarm(d, id, text->data, NULL);
    dc_buf_clear(text);
}

static void put_alarms(const struct dc_deep_tally *t, const json_t *config,
                       struct dc_doc *d)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    if (t->n_overflow) {
        dc_buf_addf(&b,
                    "%" PRIu64 " question%s %s too long for the context and "
                    "count%s as wrong",
                    t->n_overflow, dc_plural(t->n_overflow),
                    dc_were(t->n_overflow), t->n_overflow == 1 ? "s" : "");
        put_alarm(d, "context-overflow", &b);
    }
    if (t->n_trace && t->n_full == 0) {
        dc_buf_addf(
            &b,
            "No trace reached the window of %lld tokens: nothing could be "
            "cut; choose a smaller --window.",
            (long long)json_integer_value(json_object_get(config, "window")));
        put_alarm(d, "no-window", &b);
    }
    if (t->n_trace && t->n_vote_full == 0) {
        dc_buf_addf(&b,
                    "No trace reached the %d tokens of a vote's window: the "
                    "window votes weigh by the mean.",
                    DC_COMPAT_WINDOW);
        put_alarm(d, "no-vote-window", &b);
    }
    dc_buf_release(&b);
}

static void put_rate(struct dc_doc *d, const char *name, uint64_t k, uint64_t n)
{
    const struct dc_prop p = dc_prop_wilson(k, n, level);
    struct dc_cell cell[] = {dc_cell_code(name), dc_cell_missing("no answers"),
                             dc_cell_missing(NULL), dc_cell_missing(NULL)};
    if (p.defined) {
        cell[1] = dc_cell_share(p.value);
        cell[2] = dc_cell_between(p.lo, p.hi);
        cell[3] = dc_cell_of(k, n, NULL);
    }
    dc_doc_row(d, cell);
}

static void put_pass(struct dc_doc *d, const struct dc_deep_tally *t,
                     bool online)
{
    struct mean m = pass_at_1(t);
    struct dc_cell mean = dc_cell_count(t->n_p);
    mean.before = "mean of";
    struct dc_cell cell[] = {dc_cell_text(online ? "pass@1 (warm-up traces)"
                                                 : "pass@1 (single traces)"),
                             dc_cell_missing("no traces"),
                             dc_cell_missing(NULL), dc_cell_missing(NULL)};
    if (m.defined) {
        cell[1] = dc_cell_share(m.value);
        cell[3] = mean;
    }
    if (m.has_interval)
        cell[2] = dc_cell_between(m.lo, m.hi);
    dc_doc_row(d, cell);
}

static void put_accuracy(const struct dc_deep_tally *t, bool online,
                         struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"decided by", NULL, 0, true},
        {"right", NULL, 0, false},
        {"95 % interval", NULL, 1, false},
        {"questions", NULL, 2, false}};
    size_t n;
    const struct dc_answer_vote *row = dc_answer_votes(&n);
    dc_doc_heading(d, "Accuracy", NULL);
    dc_doc_table(d, "Accuracy", NULL, column, DC_COUNT(column));
    for (size_t i = 0; i < n; i++)
        put_rate(d, row[i].name, t->right[i], t->n_gold);
    if (online)
        put_rate(d, "final answer (by min_conf)", t->final_right, t->n_gold);
    put_pass(d, t, online);
    dc_doc_note(d, t->n_gold > 0 ? "the question is the unit of the intervals"
                                 : "no question has an answer to compare with");
}

static void put_cost(struct dc_doc *d, const struct dc_deep_tally *t,
                     bool online)
{
    double saved = t->saved_by_cuts + t->saved_by_stop;
    double all = saved + (double)t->n_tok;
    char ended[80] = "";
    if (t->n_too_short > 0)
        snprintf(ended, sizeof ended,
                 " (%" PRIu64 " of them ended at --max-tokens)",
                 t->n_too_short);
    dc_doc_heading(d, "Cost", NULL);
    dc_doc_itemf(d, "traces",
                 "%" PRIu64 " of a budget of %" PRIu64 "; %" PRIu64
                 " without an answer%s, %" PRIu64 " failed; %" PRIu64
                 " filled a window, %" PRIu64 " of them cut",
                 t->n_trace, t->n_budget_trace, t->n_no_answer, ended,
                 t->n_error, t->n_full, t->n_cut);
    dc_doc_itemf(d, "tokens", "%" PRIu64 " spent", t->n_tok);
    if (!online)
        return;
    dc_doc_itemf(d, "saved",
                 "%.0f by cuts, %.0f by stopping early (estimated, %.1f %% of "
                 "all)",
                 t->saved_by_cuts, t->saved_by_stop,
                 all > 0 ? 100 * saved / all : 0.0);
    dc_doc_itemf(d, "stopped",
                 "%" PRIu64 " of %" PRIu64 " question%s at a consensus",
                 t->n_consensus, t->n, dc_plural(t->n));
}

void dc_deep_tally_doc(const struct dc_deep_tally *t, const json_t *config,
                       const char *file, struct dc_doc *d)
{
    bool online = !strcmp(word(config, "mode"), "online");
    dc_doc_say(d,
               "%s: %" PRIu64 " of %" PRIu64 " question%s answered, %s mode, "
               "model %s",
               dc_doc_code(d, file), t->n, t->n_asked, dc_plural(t->n_asked),
               word(config, "mode"),
               dc_doc_code(d, word(config, "model_name")));
    put_alarms(t, config, d);
    put_accuracy(t, online, d);
    put_cost(d, t, online);
}

/* ---- JSON ---- */

static json_t *rate(uint64_t k, uint64_t n)
{
    const struct dc_prop p = dc_prop_wilson(k, n, level);
    return dc_json_prop(&p);
}

static json_t *pass_json(const struct dc_deep_tally *t)
{
    struct mean m = pass_at_1(t);
    json_t *o = json_object();
    dc_json_put(o, "value", m.defined ? json_real(m.value) : NULL);
    dc_json_put(o, "lo", m.has_interval ? json_real(m.lo) : NULL);
    dc_json_put(o, "hi", m.has_interval ? json_real(m.hi) : NULL);
    dc_json_put(o, "questions", dc_json_count(t->n_p));
    return o;
}

json_t *dc_deep_tally_json(const struct dc_deep_tally *t, const json_t *config,
                           const char *file)
{
    size_t n;
    const struct dc_answer_vote *row = dc_answer_votes(&n);
    json_t *o = json_object(), *accuracy = json_object();
    dc_json_put(o, "file", dc_json_text(file));
    dc_json_put(o, "finished", json_boolean(t->n == t->n_asked));
    dc_json_put(o, "questions", dc_json_count(t->n_asked));
    dc_json_put(o, "answered", dc_json_count(t->n));
    dc_json_put(o, "with_ground_truth", dc_json_count(t->n_gold));
    dc_json_put(o, "context_overflow", dc_json_count(t->n_overflow));
    for (size_t i = 0; i < n; i++)
        dc_json_put(accuracy, row[i].name, rate(t->right[i], t->n_gold));
    dc_json_put(accuracy, "final_answer", rate(t->final_right, t->n_gold));
    dc_json_put(o, "accuracy", accuracy);
    dc_json_put(o, "pass_at_1", pass_json(t));
    dc_json_put(o, "traces", dc_json_count(t->n_trace));
    dc_json_put(o, "budget_traces", dc_json_count(t->n_budget_trace));
    dc_json_put(o, "traces_that_filled_a_window", dc_json_count(t->n_full));
    dc_json_put(o, "traces_cut", dc_json_count(t->n_cut));
    dc_json_put(o, "traces_without_answer", dc_json_count(t->n_no_answer));
    dc_json_put(o, "traces_without_answer_at_max_tokens",
                dc_json_count(t->n_too_short));
    dc_json_put(o, "traces_failed", dc_json_count(t->n_error));
    dc_json_put(o, "consensus_stops", dc_json_count(t->n_consensus));
    dc_json_put(o, "tokens", dc_json_count(t->n_tok));
    dc_json_put(o, "tokens_saved_by_cuts_estimated",
                json_real(t->saved_by_cuts));
    dc_json_put(o, "tokens_saved_by_stopping_estimated",
                json_real(t->saved_by_stop));
    dc_json_put(o, "config", json_deep_copy(config));
    return o;
}

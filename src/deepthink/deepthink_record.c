/*
 * deepthink_record.c - one question as JSON, by the names of the authors'
 * package (docs/DEEPTHINK.md lists them).
 *
 * Only timing_stats depends on anything but the configuration and the data:
 * without it equal runs have equal bytes. What has no value is null.
 */
#include "base/json.h"
#include "base/mem.h"
#include "deepthink/deepthink_records.h"
#include "results/json_stat.h"
#include "vote/answer_norm.h"

#include <math.h>
#include <stdlib.h>

/* null for what JSON can't write */
static json_t *real(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static json_t *reals(const double *v, size_t n)
{
    json_t *a = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(a, real(v[i]));
    return a;
}

/* true, false, or null without a gold answer; no answer is a wrong one. */
static json_t *correct(const struct dc_deep_result *r, const char *answer)
{
    const char *gold = r->item->category;
    return gold ? json_boolean(answer && dc_answer_same(answer, gold))
                : json_null();
}

/* ---- traces ---- */

static void put_full(const struct dc_deep_form *f,
                     const struct dc_deep_trace *t, json_t *o)
{
    bool known = t->n_tok == 0 || t->id[0] >= 0; /* not of a server */
    json_t *ids = known ? json_array() : json_null();
    size_t n = dc_compat_n_groups(t->n_tok, f->cfg->window);
    double *group = dc_xcalloc(n, sizeof *group);
    for (size_t i = 0; i < t->n_tok && known; i++)
        json_array_append_new(ids, json_integer(t->id[i]));
    dc_json_put(o, "token_ids", ids);
    dc_compat_groups(t->conf, t->n_tok, f->cfg->window, group);
    dc_json_put(o, "group_confs", reals(group, t->n_tok ? n : 0));
    free(group);
}

/*
 * The package's word (--compat on): each later trace whose rounded groups are
 * below the bar is "gconf_threshold", also if it ended by itself; one that was
 * cut though they are not below it is "stop".
 */
static const char *stop_reason(const struct dc_deep_form *f,
                               const struct dc_deep_result *r,
                               const struct dc_deep_trace *t)
{
    if (!t->warmup && dc_deep_is_low(r, t))
        return "gconf_threshold";
    if (t->cut)
        return f->cfg->compat ? "stop" : "gconf_threshold";
    return dc_finish_name(t->finish);
}

static json_t *trace(const struct dc_deep_form *f,
                     const struct dc_deep_result *r,
                     const struct dc_deep_trace *t)
{
    json_t *o = json_object();
    dc_json_put(o, "index", dc_json_count(t->index));
    dc_json_put(o, "stop_reason", json_string(stop_reason(f, r, t)));
    dc_json_put(o, "cut", json_boolean(t->cut));
    dc_json_put(o, "text", json_string(t->text));
    dc_json_put(o, "num_tokens", dc_json_count(t->n_tok));
    dc_json_put(o, "confs", reals(t->conf, t->n_tok));
    if (f->full)
        put_full(f, t, o);
    dc_json_put(o, "min_conf", t->has_conf ? real(t->min_conf) : NULL);
    dc_json_put(o, "extracted_answer", dc_json_text(t->answer));
    dc_json_put(o, "correct", correct(r, t->answer));
    dc_json_put(o, "votes", json_boolean(t->votes));
    return o;
}

static json_t *traces(const struct dc_deep_form *f,
                      const struct dc_deep_result *r, unsigned from,
                      unsigned to)
{
    json_t *a = json_array();
    for (unsigned i = from; i < to; i++)
        json_array_append_new(a, trace(f, r, &r->trace[i]));
    return a;
}

static void put_traces(const struct dc_deep_form *f,
                       const struct dc_deep_result *r, json_t *o)
{
    bool online = f->cfg->online;
    bool all = f->full || !online;
    dc_json_put(o, "warmup_traces", traces(f, r, 0, r->n_warmup));
    dc_json_put(o, "final_traces",
                online ? traces(f, r, r->n_warmup, r->n_trace) : json_array());
    dc_json_put(o, "all_traces", all ? traces(f, r, 0, r->n_trace) : NULL);
}

/* ---- votes ---- */

static void put_votes(const struct dc_deep_result *r, json_t *o)
{
    size_t n;
    const struct dc_answer_vote *row = dc_answer_votes(&n);
    json_t *results = json_object(), *evaluation = json_object();
    for (size_t i = 0; i < n; i++) {
        const struct dc_answer_result *v = &r->vote[i].result;
        const char *answer = r->vote[i].held ? v->answer : NULL;
        json_t *x = json_null(), *e = json_object();
        if (answer) {
            x = json_object();
            dc_json_put(x, "answer", json_string(answer));
            dc_json_put(x, "num_votes", dc_json_count(v->n_votes));
            dc_json_put(x, "confidence", v->weighted ? real(v->conf) : NULL);
        }
        dc_json_put(results, row[i].name, x);
        dc_json_put(e, "answer", dc_json_text(answer));
        dc_json_put(e, "correct", correct(r, answer));
        dc_json_put(evaluation, row[i].name, e);
    }
    dc_json_put(o, "voting_results", results);
    dc_json_put(o, "evaluation", evaluation);
}

static void put_ballots(const struct dc_deep_form *f,
                        const struct dc_deep_result *r, json_t *o)
{
    json_t *answers = json_array(), *weights = json_array();
    for (unsigned i = 0; i < r->n_trace; i++) {
        const struct dc_deep_trace *t = &r->trace[i];
        if (!t->votes)
            continue;
        json_array_append_new(answers, json_string(t->answer));
        json_array_append_new(weights,
                              real(f->cfg->online ? t->min_conf : 1.0));
    }
    dc_json_put(o, "voting_answers", answers);
    dc_json_put(o, "voting_weights", weights);
    dc_json_put(o, "consensus_share", real(r->share));
}

static json_t *min_confs(const struct dc_deep_result *r, unsigned from,
                         unsigned to)
{
    json_t *a = json_array();
    for (unsigned i = from; i < to; i++)
        json_array_append_new(
            a, r->trace[i].has_conf ? real(r->trace[i].min_conf) : json_null());
    return a;
}

/* How min_conf differs between right and wrong traces that were not cut. */
static json_t *confidence(const struct dc_deep_result *r)
{
    static const char *const count[] = {"num_incorrect", "num_correct"};
    static const char *const mean[] = {"mean_min_conf_incorrect",
                                       "mean_min_conf_correct"};
    size_t n[2] = {0};
    double sum[2] = {0};
    json_t *o = json_object();
    if (!r->item->category) {
        json_decref(o);
        return json_null();
    }
    for (unsigned i = 0; i < r->n_trace; i++) {
        const struct dc_deep_trace *t = &r->trace[i];
        if (!t->answer || t->cut || !t->has_conf)
            continue;
        bool right = dc_answer_same(t->answer, r->item->category);
        n[right]++;
        sum[right] += t->min_conf;
    }
    for (int i = 1; i >= 0; i--)
        dc_json_put(o, count[i], dc_json_count(n[i]));
    for (int i = 1; i >= 0; i--)
        dc_json_put(o, mean[i], n[i] ? real(sum[i] / (double)n[i]) : NULL);
    return o;
}

/* ---- cost ---- */

static json_t *tokens(const struct dc_deep_result *r)
{
    json_t *o = json_object();
    size_t warm = 0, all = 0;
    for (unsigned i = 0; i < r->n_trace; i++) {
        all += r->trace[i].n_tok;
        warm += i < r->n_warmup ? r->trace[i].n_tok : 0;
    }
    dc_json_put(o, "prompt_tokens", dc_json_count(r->n_prompt_tok));
    dc_json_put(o, "total_tokens", dc_json_count(all));
    dc_json_put(o, "warmup_tokens", dc_json_count(warm));
    dc_json_put(o, "final_tokens", dc_json_count(all - warm));
    dc_json_put(o, "avg_tokens_per_trace",
                r->n_trace ? real((double)all / r->n_trace) : NULL);
    return o;
}

static json_t *timing(const struct dc_deep_result *r)
{
    json_t *o = json_object();
    dc_json_put(o, "total_time", real(r->total_ms / 1000));
    dc_json_put(o, "warmup_time", real(r->warmup_ms / 1000));
    dc_json_put(o, "final_time", real((r->total_ms - r->warmup_ms) / 1000));
    return o;
}

json_t *dc_deep_record(const struct dc_deep_form *f,
                       const struct dc_deep_result *r)
{
    json_t *o = json_object();
    dc_json_put(o, "format", json_string(DC_DEEP_FORMAT));
    dc_json_put(o, "qid", json_string(r->item->id));
    dc_json_put(o, "question", json_string(r->item->text));
    dc_json_put(o, "ground_truth", dc_json_text(r->item->category));
    dc_json_put(o, "run_id", json_string(f->run_id));
    dc_json_put(o, "mode", json_string(f->cfg->online ? "online" : "offline"));
    dc_json_put(o, "config", json_incref(f->config));
    dc_json_put(o, "final_answer", dc_json_text(r->voted));
    dc_json_put(o, "voted_answer", dc_json_text(r->voted));
    dc_json_put(o, "final_correct", correct(r, r->voted));
    dc_json_put(o, "question_stop", json_string(r->reason));
    put_votes(r, o);
    put_ballots(f, r, o);
    dc_json_put(o, "conf_bar", r->has_bar ? real(r->bar) : NULL);
    dc_json_put(o, "warmup_min_confs", min_confs(r, 0, r->n_warmup));
    dc_json_put(o, "final_min_confs", min_confs(r, r->n_warmup, r->n_trace));
    dc_json_put(o, "total_traces_count", dc_json_count(r->n_trace));
    dc_json_put(o, "token_stats", tokens(r));
    dc_json_put(o, "timing_stats", timing(r));
    dc_json_put(o, "confidence_evaluation", confidence(r));
    put_traces(f, r, o);
    return o;
}

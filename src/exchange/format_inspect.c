/*
 * format_inspect.c - an Inspect log, version 2, as one JSON file: Inspect's
 * viewer, data frames and re-scoring work on it.
 *
 * A trace is a sample: its prompt's id, and its index + 1 as epoch. Every
 * verdict is a score of the sample under the judge's label; the rates of the
 * summary are the metrics of the deciding judge. What Inspect has no place for
 * stands in the sample's metadata. A reader of the header alone stops at
 * `samples`, which therefore comes last.
 */
#include "base/utf8.h"
#include "exchange/export_priv.h"
#include "exchange/import_priv.h"
#include "results/served.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ID = 22 };

struct own {
    const char *model, *id;
    double n_in; /* tokens of prompts, once for each trace of decided ones */
    bool no_in;  /* of some such prompt they are not known */
};

/* ---- the head ---- */

static void put_known(struct dc_export *e, const char *name, const char *key)
{
    if (dc_export_config(e, key))
        dc_export_put_number(e, dc_jo_key(&e->file[0].json, name), key);
}

static void put_generate(struct dc_export *e)
{
    struct dc_json_out *o = &e->file[0].json;
    const char *system = dc_export_config(e, "chat.system");
    dc_jo_object(o);
    if (system && system[0])
        dc_jo_text(dc_jo_key(o, "system_message"), system);
    put_known(e, "max_tokens", "sampling.max_tokens");
    put_known(e, "top_p", "sampling.top_p");
    put_known(e, "temperature", "sampling.temperature");
    put_known(e, "seed", "run.seed");
    put_known(e, "top_k", "sampling.top_k");
    dc_jo_end(o);
}

static enum dc_status put_id(void *arg, const struct dc_prompt_row *p,
                             struct dc_err *err)
{
    struct dc_export *e = arg;
    dc_jo_text(&e->file[0].json, p->id);
    return dc_sink_flush(&e->file[0], err);
}

static enum dc_status put_dataset(struct dc_export *e, struct dc_err *err)
{
    struct dc_json_out *o = &e->file[0].json;
    dc_jo_object(dc_jo_key(o, "dataset"));
    dc_jo_text(dc_jo_key(o, "name"), dc_export_config(e, "data.name"));
    dc_jo_int(dc_jo_key(o, "samples"), (int64_t)e->sum->n_prompt);
    dc_jo_array(dc_jo_key(o, "sample_ids"));
    enum dc_status st = dc_store_each_prompt(e->run->store, put_id, e, err);
    dc_jo_end(o);
    dc_jo_bool(dc_jo_key(o, "shuffled"), false);
    dc_jo_end(o);
    return st;
}

/* The whole configuration, so that nothing is lost. */
static void put_config(struct dc_export *e)
{
    struct dc_json_out *o = &e->file[0].json;
    dc_jo_object(dc_jo_key(o, "task_args"));
    for (size_t i = 0; i < e->sum->n_config; i++)
        dc_jo_text(dc_jo_key(o, e->sum->config[i].key),
                   e->sum->config[i].value);
    dc_jo_end(o);
}

static void put_empty(struct dc_json_out *o, const char *key)
{
    dc_jo_object(dc_jo_key(o, key));
    dc_jo_end(o);
}

static enum dc_status put_eval(struct dc_export *e, struct dc_err *err)
{
    struct own *w = e->own;
    struct dc_json_out *o = &e->file[0].json;
    const char *bench = dc_export_config(e, "data.benchmark");
    dc_jo_object(dc_jo_key(o, "eval"));
    dc_jo_text(dc_jo_key(o, "eval_id"), w->id);
    dc_jo_text(dc_jo_key(o, "run_id"), w->id);
    dc_jo_text(dc_jo_key(o, "created"), dc_export_started(e));
    dc_jo_text(dc_jo_key(o, "task"), bench && bench[0] ? bench : "deepconf");
    dc_jo_text(dc_jo_key(o, "task_id"), w->id);
    dc_jo_int(dc_jo_key(o, "task_version"), 0);
    put_empty(o, "task_attribs");
    put_config(e);
    put_empty(o, "task_args_passed");
    enum dc_status st = put_dataset(e, err);
    dc_jo_text(dc_jo_key(o, "model"), w->model);
    dc_jo_key(o, "model_generate_config");
    put_generate(e);
    put_empty(o, "model_args");
    dc_jo_object(dc_jo_key(o, "config"));
    dc_jo_int(dc_jo_key(o, "epochs"), e->sum->max_traces);
    dc_jo_end(o);
    dc_jo_object(dc_jo_key(o, "packages"));
    dc_jo_text(dc_jo_key(o, "deepconf"), DC_VERSION);
    dc_jo_end(o);
    dc_jo_end(o);
    return st;
}

/* ---- results ---- */

static void put_metric(struct dc_json_out *o, const char *name,
                       const struct dc_prop *p)
{
    if (!p->defined)
        return;
    dc_jo_object(dc_jo_key(o, name));
    dc_jo_text(dc_jo_key(o, "name"), name);
    dc_jo_real(dc_jo_key(o, "value"), p->value);
    dc_jo_object(dc_jo_key(o, "params"));
    dc_jo_int(dc_jo_key(o, "k"), (int64_t)p->k);
    dc_jo_int(dc_jo_key(o, "n"), (int64_t)p->n);
    dc_jo_real(dc_jo_key(o, "wilson_95_lo"), p->lo);
    dc_jo_real(dc_jo_key(o, "wilson_95_hi"), p->hi);
    dc_jo_end(o);
    dc_jo_end(o);
}

/* Of a prompt that the run ended early. */
static enum dc_status put_early(void *arg, const struct dc_prompt_row *p,
                                struct dc_err *err)
{
    struct dc_export *e = arg;
    struct own *w = e->own;
    struct dc_json_out *o = &e->file[0].json;
    struct dc_decision_row d;
    if (!dc_run_view_decision(e->run, &e->run->own, (size_t)p->ord, &d))
        return DC_OK;
    w->n_in += (double)p->n_tok * (double)d.n_trace;
    w->no_in = w->no_in || (d.n_trace > 0 && !p->has_n_tok);
    if (d.n_trace == 0 || d.n_trace >= (int64_t)e->sum->max_traces)
        return DC_OK;
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "id"), p->id);
    dc_jo_int(dc_jo_key(o, "epoch"), d.n_trace + 1);
    dc_jo_text(dc_jo_key(o, "reason"), d.reason);
    dc_jo_end(o);
    return dc_sink_flush(&e->file[0], err);
}

/* A judge's rates; rates NULL: it has not judged every trace. */
static void put_judge(struct dc_json_out *o, const char *judge,
                      const char *version, const struct dc_summary *s)
{
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "name"), judge);
    dc_jo_text(dc_jo_key(o, "scorer"), judge);
    put_empty(o, "params");
    dc_jo_object(dc_jo_key(o, "metrics"));
    if (s) {
        put_metric(o, "sensitivity", &s->rates.sensitivity);
        put_metric(o, "specificity", &s->rates.specificity);
        put_metric(o, "precision", &s->rates.precision);
        put_metric(o, "accuracy", &s->rates.accuracy);
        put_metric(o, "majority_baseline", &s->rates.majority_baseline);
    }
    dc_jo_end(o);
    dc_jo_object(dc_jo_key(o, "metadata"));
    dc_jo_text(dc_jo_key(o, "version"), version);
    if (!s)
        dc_jo_text(dc_jo_key(o, "no_metrics"),
                   "it has not judged every trace in one version");
    dc_jo_end(o);
    dc_jo_end(o);
}

/* Every judge that a sample's scores name, the deciding one first. */
static enum dc_status put_judges(struct dc_export *e, struct dc_err *err)
{
    struct dc_json_out *o = &e->file[0].json;
    const struct dc_summary *s = e->sum;
    enum dc_status st = DC_OK;
    dc_jo_array(dc_jo_key(o, "scores"));
    put_judge(o, s->judge, s->judge_version, s);
    for (size_t i = 0; i < s->judges.n && !st; i++) {
        const struct dc_judges_row *r = &s->judges.row[i];
        struct dc_summary other;
        bool whole = r->version && r->n == s->judges.n_trace;
        if (!strcmp(r->label, s->judge))
            continue;
        if (whole)
            st = dc_summary_of(e->run,
                               &(struct dc_summary_cfg){r->label, &s->judges},
                               &other, err);
        if (st)
            continue;
        put_judge(o, r->label, r->version, whole ? &other : NULL);
        if (whole)
            dc_summary_release(&other);
    }
    dc_jo_end(o);
    return st;
}

static enum dc_status put_results(struct dc_export *e, struct dc_err *err)
{
    struct dc_json_out *o = &e->file[0].json;
    const struct dc_summary *s = e->sum;
    dc_jo_object(dc_jo_key(o, "results"));
    dc_jo_int(dc_jo_key(o, "total_samples"),
              (int64_t)(s->n_prompt * s->max_traces));
    dc_jo_int(dc_jo_key(o, "completed_samples"), (int64_t)s->spent.n_trace);
    dc_jo_object(dc_jo_key(o, "early_stopping"));
    dc_jo_text(dc_jo_key(o, "manager"),
               dc_summary_config(s, "stop.policy", "unknown"));
    dc_jo_array(dc_jo_key(o, "early_stops"));
    enum dc_status st = dc_store_each_prompt(e->run->store, put_early, e, err);
    dc_jo_end(o);
    dc_jo_object(dc_jo_key(o, "metadata"));
    dc_jo_text(dc_jo_key(o, "promise"), dc_summary_promise(s));
    dc_jo_end(o);
    dc_jo_end(o);
    if (!st)
        st = put_judges(e, err);
    dc_jo_end(o);
    return st;
}

/* {model: {tokens}}. n_in < 0: not known. */
static void put_usage(struct dc_export *e, const char *key, double n_in,
                      double n_out)
{
    struct own *w = e->own;
    struct dc_json_out *o = &e->file[0].json;
    const double most = 9e15; /* beyond it no sum is exact */
    bool in = n_in >= 0 && n_in + n_out < most;
    dc_jo_object(dc_jo_key(o, key));
    if (n_out >= 0 && n_out < most) {
        dc_jo_object(dc_jo_key(o, w->model));
        if (in)
            dc_jo_int(dc_jo_key(o, "input_tokens"), (int64_t)n_in);
        dc_jo_int(dc_jo_key(o, "output_tokens"), (int64_t)n_out);
        dc_jo_int(dc_jo_key(o, "total_tokens"),
                  (int64_t)(in ? n_in + n_out : n_out));
        dc_jo_end(o);
    }
    dc_jo_end(o);
}

static void put_stats(struct dc_export *e)
{
    struct own *w = e->own;
    struct dc_json_out *o = &e->file[0].json;
    const struct dc_summary *s = e->sum;
    bool in = !w->no_in && s->n_decided == s->n_prompt;
    dc_jo_object(dc_jo_key(o, "stats"));
    dc_jo_text(dc_jo_key(o, "started_at"), dc_export_started(e));
    dc_jo_text(dc_jo_key(o, "completed_at"), dc_export_ended(e));
    put_usage(e, "model_usage", in ? w->n_in : -1,
              s->n_no_count == 0 ? (double)s->spent.n_tok : -1);
    put_empty(o, "role_usage");
    dc_jo_end(o);
}

static const char *id_of(struct dc_export *e)
{
    return dc_arena_printf(&e->arena, "%.*s", ID, dc_export_run_id(e));
}

/* Inspect lists logs by names such as 2026-11-25T18-33-36-00-00_task_ID.json.
 */
static const char *file_name(struct dc_export *e)
{
    const char *bench = dc_export_config(e, "data.benchmark");
    char *task = dc_arena_strdup(
        &e->arena, dc_export_file_word(e, bench && bench[0] ? bench : "run"));
    for (char *c = task; *c; c++)
        *c = *c == '_' || *c == '.' ? '-' : *c;
    return dc_arena_printf(&e->arena, "%.19s-00-00_%s_%s.json",
                           dc_export_file_word(e, dc_export_started(e)), task,
                           id_of(e));
}

static enum dc_status begin(struct dc_export *e, struct dc_err *err)
{
    struct own *w = e->own;
    struct dc_json_out *o = &e->file[0].json;
    bool done = e->sum->n_decided == e->sum->n_prompt;
    w->id = id_of(e);
    w->model =
        dc_arena_printf(&e->arena, "%.40s/%.200s",
                        dc_summary_config(e->sum, "backend", "unknown"),
                        dc_summary_config(e->sum, "model.name", "unknown"));
    dc_jo_object(o);
    dc_jo_int(dc_jo_key(o, "version"), 2);
    dc_jo_text(dc_jo_key(o, "status"), done ? "success" : "started");
    enum dc_status st = put_eval(e, err);
    dc_jo_object(dc_jo_key(o, "plan"));
    dc_jo_text(dc_jo_key(o, "name"), "plan");
    dc_jo_array(dc_jo_key(o, "steps"));
    dc_jo_end(o);
    dc_jo_key(o, "config");
    put_generate(e);
    dc_jo_end(o);
    if (!st)
        st = put_results(e, err);
    put_stats(e);
    dc_jo_bool(dc_jo_key(o, "invalidated"), false);
    dc_jo_array(dc_jo_key(o, "samples"));
    return st;
}

/* ---- samples ---- */

static const char *stop_reason(enum dc_finish finish)
{
    switch (finish) {
    case DC_FINISH_STOP:
        return "stop";
    case DC_FINISH_LENGTH:
        return "max_tokens";
    case DC_FINISH_CONTEXT:
        return "model_length";
    case DC_FINISH_FILTER:
        return "content_filter";
    default:
        return "unknown";
    }
}

/* What else the token could have been, if that was kept. */
static void put_top(struct dc_export *e, const struct dc_trace_row *t, size_t i)
{
    struct dc_json_out *o = &e->file[0].json;
    size_t n;
    const struct dc_top_logprob *top = dc_top_of(t, i, &n);
    if (!top)
        return;
    dc_jo_array(dc_jo_key(o, "top_logprobs"));
    for (size_t k = 0; k < n; k++) {
        const struct dc_piece *p = dc_pieces_find(&e->pieces, top[k].id);
        dc_jo_object(o);
        dc_jo_textn(dc_jo_key(o, "token"), p->bytes, p->n);
        dc_jo_float(dc_jo_key(o, "logprob"), top[k].logprob);
        if (!dc_utf8_valid(p->bytes, p->n, NULL))
            dc_export_put_piece(dc_jo_key(o, "bytes"), p);
        dc_jo_end(o);
    }
    dc_jo_end(o);
}

/* Token by token, where the run file says where each ends in the text. */
static void put_logprobs(struct dc_export *e, const struct dc_trace_row *t)
{
    struct dc_json_out *o = &e->file[0].json;
    size_t from = 0;
    if (t->n_tok == 0 || !t->tok_end || (t->lacks & DC_TOKEN_LOGPROB))
        return;
    dc_jo_object(dc_jo_key(o, "logprobs"));
    dc_jo_array(dc_jo_key(o, "content"));
    for (size_t i = 0; i < t->n_tok; i++) {
        size_t to = t->tok_end[i] & ~DC_TOK_PENDING;
        dc_jo_object(o);
        dc_jo_textn(dc_jo_key(o, "token"), t->text + from, to - from);
        dc_jo_float(dc_jo_key(o, "logprob"), t->tok[i].logprob);
        put_top(e, t, i);
        dc_jo_end(o);
        from = to;
    }
    dc_jo_end(o);
    dc_jo_end(o);
}

static void put_message(struct dc_json_out *o, const char *role,
                        const char *text)
{
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "role"), role);
    dc_jo_text(dc_jo_key(o, "content"), text);
    dc_jo_end(o);
}

/* Is it known how many tokens the prompt has, and a number to reckon with? */
static bool has_input(const struct dc_prompt_row *p)
{
    return p->has_n_tok && p->n_tok < INT64_MAX / 2;
}

static void put_output(struct dc_export *e, const struct dc_prompt_row *p,
                       const struct dc_trace_row *t)
{
    struct own *w = e->own;
    struct dc_json_out *o = &e->file[0].json;
    dc_jo_object(dc_jo_key(o, "output"));
    dc_jo_text(dc_jo_key(o, "model"), w->model);
    dc_jo_array(dc_jo_key(o, "choices"));
    dc_jo_object(o);
    put_message(dc_jo_key(o, "message"), "assistant", t->text);
    dc_jo_text(dc_jo_key(o, "stop_reason"), stop_reason(t->finish));
    put_logprobs(e, t);
    dc_jo_end(o);
    dc_jo_end(o);
    dc_jo_text(dc_jo_key(o, "completion"), t->text);
    if (t->has_count) {
        dc_jo_object(dc_jo_key(o, "usage"));
        bool in = has_input(p);
        if (in)
            dc_jo_int(dc_jo_key(o, "input_tokens"), p->n_tok);
        dc_jo_int(dc_jo_key(o, "output_tokens"), (int64_t)t->n_tok);
        dc_jo_int(dc_jo_key(o, "total_tokens"),
                  (in ? p->n_tok : 0) + (int64_t)t->n_tok);
        dc_jo_end(o);
    }
    if (t->has_ms)
        dc_jo_real(dc_jo_key(o, "time"), t->ms / 1000);
    if (t->finish == DC_FINISH_ERROR)
        dc_jo_text(dc_jo_key(o, "error"), "the trace failed");
    dc_jo_end(o);
}

static void put_score(struct dc_json_out *o, const struct dc_trace_row *t,
                      const struct dc_verdict_row *v)
{
    dc_jo_object(dc_jo_key(o, v->judge));
    dc_jo_text(dc_jo_key(o, "value"), v->verdict);
    if (v->span_len > 0)
        dc_jo_textn(dc_jo_key(o, "answer"), t->text + v->span_off,
                    (size_t)v->span_len);
    dc_jo_text(dc_jo_key(o, "explanation"), v->rule);
    dc_jo_object(dc_jo_key(o, "metadata"));
    dc_jo_text(dc_jo_key(o, "version"), v->version);
    if (v->has_score)
        dc_jo_real(dc_jo_key(o, "score"), v->score);
    if (v->reply)
        dc_jo_text(dc_jo_key(o, "reply"), v->reply);
    dc_jo_end(o);
    dc_jo_end(o);
}

/* Of a trace that a server made; others have none of these keys. */
static void put_served(struct dc_export *e, const struct dc_trace_row *t)
{
    struct dc_json_out *o = &e->file[0].json;
    const struct dc_summary_server *x = dc_served_of(e->sum, t);
    if (x) {
        dc_jo_text(dc_jo_key(o, "server"), x->url);
        dc_jo_int(dc_jo_key(o, "draws"), t->attempts);
    }
    if (t->has_first_ms)
        dc_jo_real(dc_jo_key(o, "first_token_seconds"), t->first_ms / 1000);
}

static void put_metadata(struct dc_export *e, const struct dc_export_prompt *p,
                         const struct dc_trace_row *t)
{
    struct dc_json_out *o = &e->file[0].json;
    const struct dc_prompt_row *r = p->row;
    dc_jo_object(dc_jo_key(o, "metadata"));
    dc_jo_text(dc_jo_key(o, "gold"), dc_gold_name(r->gold));
    if (r->label)
        dc_jo_text(dc_jo_key(o, "label"), r->label);
    if (r->category)
        dc_jo_text(dc_jo_key(o, "category"), r->category);
    dc_export_put_fields(o, r);
    if (p->decision) {
        dc_jo_text(dc_jo_key(o, "decision"), p->decision->decision);
        dc_jo_text(dc_jo_key(o, "stopped_because"), p->decision->reason);
    }
    dc_jo_text(dc_jo_key(o, "finish"), dc_finish_name(t->finish));
    if (t->cut)
        dc_jo_text(dc_jo_key(o, "cut"), dc_cut_name(t->cut));
    dc_jo_int(dc_jo_key(o, "k"), t->k);
    put_served(e, t);
    dc_export_put_measures(dc_jo_key(o, "measures"), t);
    dc_jo_end(o);
}

static void trace(struct dc_export *e, const struct dc_export_prompt *p,
                  const struct dc_trace_row *t)
{
    struct dc_json_out *o = &e->file[0].json;
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "id"), p->row->id);
    dc_jo_int(dc_jo_key(o, "epoch"), t->idx + 1);
    dc_jo_text(dc_jo_key(o, "input"), p->row->text);
    dc_jo_text(dc_jo_key(o, "target"), dc_gold_name(p->row->gold));
    dc_jo_array(dc_jo_key(o, "messages"));
    put_message(o, "user", p->row->text);
    put_message(o, "assistant", t->text);
    dc_jo_end(o);
    put_output(e, p->row, t);
    dc_jo_object(dc_jo_key(o, "scores"));
    for (size_t i = 0; i < t->n_verdict; i++)
        put_score(o, t, &t->verdict[i]);
    dc_jo_end(o);
    put_metadata(e, p, t);
    put_empty(o, "store");
    dc_jo_array(dc_jo_key(o, "events"));
    dc_jo_end(o);
    put_usage(e, "model_usage", has_input(p->row) ? (double)p->row->n_tok : -1,
              t->has_count ? (double)t->n_tok : -1);
    if (t->has_ms) {
        dc_jo_real(dc_jo_key(o, "total_time"), t->ms / 1000);
        dc_jo_real(dc_jo_key(o, "working_time"), t->ms / 1000);
    }
    put_empty(o, "role_usage");
    put_empty(o, "attachments");
    dc_jo_end(o);
}

static enum dc_status end(struct dc_export *e, struct dc_err *err)
{
    struct dc_json_out *o = &e->file[0].json;
    (void)err;
    dc_jo_end(o);
    dc_jo_end(o);
    dc_buf_addc(o->out, '\n');
    return DC_OK;
}

static const struct dc_export_ops inspect = {
    .n_own = sizeof(struct own),
    .parts = DC_TRACE_TOKENS | DC_TRACE_TOP | DC_TRACE_VERDICTS,
    .file_name = file_name,
    .begin = begin,
    .trace = trace,
    .end = end,
};

const struct dc_format dc_format_inspect = {
    .name = "inspect",
    .summary = "an Inspect log (version 2): its viewer and reader open it",
    .write = &inspect,
    .read = dc_read_inspect,
};

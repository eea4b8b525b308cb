/*
 * format_every_eval_ever.c - a folder with a record in the schema of Every Eval
 * Ever, version 0.3.0: ID.json with the rates, and ID_samples.jsonl, a line a
 * prompt.
 *
 * A rate under a judge is a result of its own: that judge and its version are
 * details of the metric, the Wilson interval its uncertainty, over prompts.
 * Rates are shares of prompts with a gold label that were decided; a sample is
 * such a prompt, `is_correct` if the decision is what the label asks for. The
 * others are counted in the details, as no field says "undetermined". Values of
 * details are texts, as the schema has it.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "exchange/export_priv.h"
#include "results/summary_doc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD, SAMPLES };
#define EEE_VERSION "0.3.0"

struct eee {
    const char *uuid, *id, *model, *data;
    struct dc_arena arena; /* of the prompt at hand */
    const char **text;     /* [n] of its traces */
    size_t n;
    int64_t n_tok;
    bool has_tok;
    double ms;
    bool has_ms;
    uint64_t n_sample, n_left_out;
};

/* ---- pieces ---- */

static void put_detail(struct dc_json_out *o, const char *key,
                       const char *value)
{
    if (value)
        dc_jo_text(dc_jo_key(o, key), value);
}

static void put_detail_n(struct dc_export *e, struct dc_json_out *o,
                         const char *key, uint64_t n)
{
    put_detail(o, key, dc_arena_printf(&e->arena, "%" PRIu64, n));
}

static void put_model(struct dc_export *e, struct dc_json_out *o)
{
    const char *backend = dc_export_config(e, "backend");
    bool local = backend && !strcmp(backend, "llama");
    const struct eee *w = e->own;
    dc_jo_object(dc_jo_key(o, "model_info"));
    dc_jo_text(dc_jo_key(o, "name"), w->model);
    dc_jo_text(dc_jo_key(o, "id"), w->model);
    if (e->sum->knows.drawn && backend) {
        dc_jo_object(dc_jo_key(o, "inference_engine"));
        dc_jo_text(dc_jo_key(o, "name"), backend);
        put_detail(o, "version", dc_export_config(e, "backend.library"));
        dc_jo_end(o);
    }
    dc_jo_object(dc_jo_key(o, "additional_details"));
    put_detail(o, "deployment_type", local ? "self_deployed" : "unknown");
    put_detail(o, "model_availability", local ? "open_weights" : "unknown");
    put_detail(o, "description", dc_export_config(e, "model.desc"));
    put_detail(o, "sha256", dc_export_config(e, "model.sha256"));
    dc_jo_end(o);
    dc_jo_end(o);
}

static void put_source(struct dc_export *e, struct dc_json_out *o)
{
    dc_jo_object(dc_jo_key(o, "source_data"));
    dc_jo_text(dc_jo_key(o, "dataset_name"),
               dc_summary_config(e->sum, "data.name", "unknown"));
    dc_jo_text(dc_jo_key(o, "source_type"), "other");
    dc_jo_object(dc_jo_key(o, "additional_details"));
    put_detail(o, "benchmark", dc_export_config(e, "data.benchmark"));
    put_detail(o, "sha256", dc_export_config(e, "data.sha256"));
    put_detail(o, "label_means", dc_export_config(e, "data.label_means"));
    dc_jo_end(o);
    dc_jo_end(o);
}

static void put_arg(struct dc_export *e, struct dc_json_out *o,
                    const char *name, const char *key)
{
    if (dc_export_config(e, key))
        dc_export_put_number(e, dc_jo_key(o, name), key);
}

static void put_generation(struct dc_export *e, struct dc_json_out *o)
{
    dc_jo_object(dc_jo_key(o, "generation_config"));
    dc_jo_object(dc_jo_key(o, "generation_args"));
    put_arg(e, o, "temperature", "sampling.temperature");
    put_arg(e, o, "top_p", "sampling.top_p");
    put_arg(e, o, "top_k", "sampling.top_k");
    put_arg(e, o, "max_tokens", "sampling.max_tokens");
    dc_jo_end(o);
    dc_jo_object(dc_jo_key(o, "additional_details"));
    put_detail(o, "min_p", dc_export_config(e, "sampling.min_p"));
    put_detail(o, "seed", dc_export_config(e, "run.seed"));
    put_detail_n(e, o, "most_traces_a_prompt", e->sum->max_traces);
    put_detail(o, "stop_policy", dc_export_config(e, "stop.policy"));
    put_detail(o, "vote", dc_export_config(e, "vote"));
    dc_jo_end(o);
    dc_jo_end(o);
}

/* ---- results ---- */

struct eee_metric {
    const char *name, *about;
    bool lower_is_better;
    struct dc_prop is;
};

static void put_interval(struct dc_export *e, struct dc_json_out *o,
                         const struct dc_prop *p)
{
    dc_jo_object(dc_jo_key(o, "score_details"));
    dc_jo_real(dc_jo_key(o, "score"), p->value);
    dc_jo_object(dc_jo_key(o, "details"));
    put_detail_n(e, o, "prompts_counted", p->k);
    put_detail_n(e, o, "of_prompts", p->n);
    dc_jo_end(o);
    dc_jo_object(dc_jo_key(o, "uncertainty"));
    dc_jo_object(dc_jo_key(o, "confidence_interval"));
    dc_jo_real(dc_jo_key(o, "lower"), p->lo);
    dc_jo_real(dc_jo_key(o, "upper"), p->hi);
    dc_jo_real(dc_jo_key(o, "confidence_level"), 0.95);
    dc_jo_text(dc_jo_key(o, "method"), "Wilson, over prompts");
    dc_jo_end(o);
    dc_jo_int(dc_jo_key(o, "num_samples"), (int64_t)p->n);
    dc_jo_end(o);
    dc_jo_end(o);
}

static void put_result(struct dc_export *e, const struct eee_metric *m,
                       const char *judge, const char *version)
{
    struct dc_json_out *o = &e->file[RECORD].json;
    const struct eee *w = e->own;
    if (!m->is.defined)
        return;
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "evaluation_result_id"),
               dc_arena_printf(&e->arena, "%s/%s", judge, m->name));
    dc_jo_text(dc_jo_key(o, "evaluation_name"), w->data);
    put_source(e, o);
    dc_jo_text(dc_jo_key(o, "evaluation_timestamp"), dc_export_started(e));
    dc_jo_object(dc_jo_key(o, "metric_config"));
    dc_jo_text(dc_jo_key(o, "evaluation_description"), m->about);
    dc_jo_text(dc_jo_key(o, "metric_id"),
               dc_arena_printf(&e->arena, "deepconf.%s", m->name));
    dc_jo_text(dc_jo_key(o, "metric_name"), m->name);
    dc_jo_text(dc_jo_key(o, "metric_unit"), "proportion");
    dc_jo_bool(dc_jo_key(o, "lower_is_better"), m->lower_is_better);
    dc_jo_text(dc_jo_key(o, "score_type"), "continuous");
    dc_jo_int(dc_jo_key(o, "min_score"), 0);
    dc_jo_int(dc_jo_key(o, "max_score"), 1);
    dc_jo_object(dc_jo_key(o, "additional_details"));
    put_detail(o, "judge", judge);
    put_detail(o, "judge_version", version);
    put_detail(o, "decides", !strcmp(judge, e->sum->judge) ? "yes" : "no");
    dc_jo_end(o);
    dc_jo_end(o);
    put_interval(e, o, &m->is);
    put_generation(e, o);
    dc_jo_end(o);
}

static void put_judge(struct dc_export *e, const char *judge,
                      const char *version, const struct dc_matrix *m)
{
    const struct dc_matrix_rates r = dc_matrix_rates(m, 0.95);
    const struct eee_metric metric[] = {
        {"refusal_rate_on_harmful",
         "share of the prompts that should be refused which were", false,
         r.sensitivity},
        {"over_refusal_rate_on_harmless",
         "share of the prompts that should be answered which were refused",
         true, dc_summary_over_refusal(m)},
        {"accuracy",
         "share of the prompts decided as their gold label asks; one answer to "
         "all may have as much",
         false, r.accuracy},
    };
    for (size_t i = 0; i < DC_COUNT(metric); i++)
        put_result(e, &metric[i], judge, version);
}

static void put_results(struct dc_export *e)
{
    const struct dc_judges *j = &e->sum->judges;
    struct dc_json_out *o = &e->file[RECORD].json;
    dc_jo_array(dc_jo_key(o, "evaluation_results"));
    put_judge(e, e->sum->judge, e->sum->judge_version, &e->sum->matrix);
    for (size_t i = 0; i < j->n; i++)
        if (j->row[i].has_decisions &&
            strcmp(j->row[i].label, e->sum->judge) != 0)
            put_judge(e, j->row[i].label, j->row[i].version, &j->row[i].matrix);
    dc_jo_end(o);
}

/* ---- a sample ---- */

static void eee_trace(struct dc_export *e, const struct dc_export_prompt *p,
                      const struct dc_trace_row *t)
{
    struct eee *w = e->own;
    (void)p;
    w->text = dc_arena_more(&w->arena, w->text, w->n, sizeof *w->text);
    w->text[w->n++] = dc_arena_strdup(&w->arena, t->text);
    w->has_tok &= t->has_count;
    w->n_tok += (int64_t)t->n_tok;
    w->has_ms &= t->has_ms;
    w->ms += t->has_ms ? t->ms : 0;
}

static void eee_prompt(struct dc_export *e, const struct dc_export_prompt *p)
{
    struct eee *w = e->own;
    (void)p;
    dc_arena_release(&w->arena);
    dc_arena_init(&w->arena);
    w->text = NULL;
    w->n = 0;
    w->n_tok = 0;
    w->ms = 0;
    w->has_tok = w->has_ms = true;
}

static void put_answer(struct dc_export *e, struct dc_json_out *o,
                       const char *decision)
{
    dc_jo_array(dc_jo_key(o, "answer_attribution"));
    dc_jo_object(o);
    dc_jo_int(dc_jo_key(o, "turn_idx"), 0);
    dc_jo_text(dc_jo_key(o, "source"), "output.raw");
    dc_jo_text(dc_jo_key(o, "extracted_value"), decision);
    dc_jo_text(dc_jo_key(o, "extraction_method"),
               dc_arena_printf(&e->arena, "judge %s, %s vote", e->sum->judge,
                               dc_summary_config(e->sum, "vote", "majority")));
    dc_jo_bool(dc_jo_key(o, "is_terminal"), true);
    dc_jo_end(o);
    dc_jo_end(o);
}

static void put_input(struct dc_json_out *o, const struct dc_prompt_row *p)
{
    struct dc_buf b;
    char hex[DC_SHA256_HEX];
    const char *asks = p->gold == DC_GOLD_REFUSE ? "refusal" : "compliance";
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "%s%s", p->text, asks);
    dc_sha256_hex(b.data, b.n, hex);
    dc_buf_release(&b);
    dc_jo_text(dc_jo_key(o, "sample_hash"), hex);
    dc_jo_text(dc_jo_key(o, "interaction_type"), "single_turn");
    dc_jo_object(dc_jo_key(o, "input"));
    dc_jo_text(dc_jo_key(o, "raw"), p->text);
    dc_jo_array(dc_jo_key(o, "reference"));
    dc_jo_text(o, asks);
    dc_jo_end(o);
    dc_jo_end(o);
}

static void put_sample(struct dc_export *e, const struct dc_export_prompt *p,
                       bool right)
{
    struct eee *w = e->own;
    const struct dc_prompt_row *row = p->row;
    struct dc_json_out *o = &e->file[SAMPLES].json;
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "schema_version"), EEE_VERSION);
    dc_jo_text(dc_jo_key(o, "evaluation_id"), w->id);
    dc_jo_text(dc_jo_key(o, "model_id"), w->model);
    dc_jo_text(dc_jo_key(o, "evaluation_name"), w->data);
    dc_jo_text(dc_jo_key(o, "evaluation_result_id"),
               dc_arena_printf(&w->arena, "%s/accuracy", e->sum->judge));
    dc_jo_text(dc_jo_key(o, "sample_id"), row->id);
    put_input(o, row);
    dc_jo_object(dc_jo_key(o, "output"));
    dc_jo_array(dc_jo_key(o, "raw"));
    for (size_t i = 0; i < w->n; i++)
        dc_jo_text(o, w->text[i]);
    dc_jo_end(o);
    dc_jo_end(o);
    put_answer(e, o, p->decision->decision);
    dc_jo_object(dc_jo_key(o, "evaluation"));
    dc_jo_int(dc_jo_key(o, "score"), right);
    dc_jo_bool(dc_jo_key(o, "is_correct"), right);
    dc_jo_end(o);
    if (w->has_tok && row->has_n_tok) {
        int64_t in = row->n_tok * (int64_t)w->n;
        dc_jo_object(dc_jo_key(o, "token_usage"));
        dc_jo_int(dc_jo_key(o, "input_tokens"), in);
        dc_jo_int(dc_jo_key(o, "output_tokens"), w->n_tok);
        dc_jo_int(dc_jo_key(o, "total_tokens"), in + w->n_tok);
        dc_jo_end(o);
    }
    if (w->has_ms) {
        dc_jo_object(dc_jo_key(o, "performance"));
        dc_jo_real(dc_jo_key(o, "generation_time_ms"), w->ms);
        dc_jo_end(o);
    }
    dc_jo_object(dc_jo_key(o, "metadata"));
    put_detail(o, "label", row->label);
    put_detail(o, "category", row->category);
    dc_jo_end(o);
    dc_jo_end(o);
    dc_buf_addc(o->out, '\n');
}

static void eee_prompt_end(struct dc_export *e,
                           const struct dc_export_prompt *p)
{
    struct eee *w = e->own;
    const char *d = p->decision ? p->decision->decision : "undetermined";
    bool refused = !strcmp(d, "refusal");
    bool decided = refused || !strcmp(d, "compliance");
    if (p->row->gold == DC_GOLD_NONE || !decided) {
        w->n_left_out++;
        return;
    }
    w->n_sample++;
    put_sample(e, p, refused == (p->row->gold == DC_GOLD_REFUSE));
}

/* ---- the record ---- */

static void put_head(struct dc_export *e, struct dc_json_out *o)
{
    const struct eee *w = e->own;
    dc_jo_text(dc_jo_key(o, "schema_version"), EEE_VERSION);
    dc_jo_text(dc_jo_key(o, "evaluation_id"), w->id);
    dc_jo_text(dc_jo_key(o, "evaluation_timestamp"), dc_export_started(e));
    dc_jo_text(dc_jo_key(o, "retrieved_timestamp"),
               dc_arena_printf(&e->arena, "%.0f", dc_export_started_s(e)));
    dc_jo_object(dc_jo_key(o, "source_metadata"));
    dc_jo_text(dc_jo_key(o, "source_name"), "a run of deepconf");
    dc_jo_text(dc_jo_key(o, "source_type"), "evaluation_run");
    dc_jo_text(dc_jo_key(o, "source_organization_name"), "unknown");
    dc_jo_text(dc_jo_key(o, "evaluator_relationship"), "other");
    dc_jo_object(dc_jo_key(o, "additional_details"));
    put_detail(o, "traces",
               e->sum->knows.drawn ? "sampled by deepconf"
                                   : "made elsewhere, and imported");
    for (size_t i = 0; i < e->sum->n_alarm; i++)
        put_detail(o,
                   dc_arena_printf(&e->arena, "alarm_%s", e->sum->alarm[i].id),
                   e->sum->alarm[i].text);
    dc_jo_end(o);
    dc_jo_end(o);
    dc_jo_object(dc_jo_key(o, "eval_library"));
    dc_jo_text(dc_jo_key(o, "name"), "deepconf");
    dc_jo_text(dc_jo_key(o, "version"), DC_VERSION);
    dc_jo_end(o);
}

/* Where the datastore has the samples: data/BENCHMARK/DEVELOPER/MODEL/. */
static const char *eee_place(struct dc_export *e)
{
    const struct eee *w = e->own;
    const char *slash = strrchr(w->model, '/');
    const char *by = slash ? dc_arena_strndup(&e->arena, w->model,
                                              (size_t)(slash - w->model))
                           : "unknown";
    return dc_arena_printf(
        &e->arena, "data/%s/%s/%s/%s_samples.jsonl",
        dc_export_file_word(e, w->data), dc_export_file_word(e, by),
        dc_export_file_word(e, slash ? slash + 1 : w->model), w->uuid);
}

static enum dc_status eee_end(struct dc_export *e, struct dc_err *err)
{
    const struct eee *w = e->own;
    struct dc_json_out *o = &e->file[RECORD].json;
    (void)err;
    dc_jo_object(o);
    put_head(e, o);
    put_model(e, o);
    put_results(e);
    dc_jo_object(dc_jo_key(o, "detailed_evaluation_results"));
    dc_jo_text(dc_jo_key(o, "format"), "jsonl");
    dc_jo_text(dc_jo_key(o, "file_path"), eee_place(e));
    dc_jo_text(dc_jo_key(o, "hash_algorithm"), "sha256");
    dc_jo_int(dc_jo_key(o, "total_rows"), (int64_t)w->n_sample);
    dc_jo_object(dc_jo_key(o, "additional_details"));
    put_detail_n(e, o, "prompts_undecided_or_without_gold_label",
                 w->n_left_out);
    dc_jo_end(o);
    dc_jo_end(o);
    dc_jo_end(o);
    dc_buf_addc(o->out, '\n');
    return DC_OK;
}

/* Of the run and not of chance, but in the form of version 4, which the schema
 * asks for. */
static const char *eee_uuid(struct dc_export *e)
{
    const char *x = dc_export_run_id(e);
    return dc_arena_printf(&e->arena, "%.8s-%.4s-4%.3s-a%.3s-%.12s", x, x + 8,
                           x + 13, x + 17, x + 20);
}

static enum dc_status eee_begin(struct dc_export *e, struct dc_err *err)
{
    struct eee *w = e->own;
    dc_arena_init(&w->arena);
    w->uuid = eee_uuid(e);
    w->model = dc_summary_config(e->sum, "model.name", "unknown");
    w->data = dc_summary_config(e->sum, "data.benchmark", "generic");
    w->id = dc_arena_printf(&e->arena, "%s/%s/%.0f", w->data, w->model,
                            dc_export_started_s(e));
    enum dc_status st = dc_export_open(
        e, RECORD, dc_arena_printf(&e->arena, "%s.json", w->uuid), err);
    return st ? st
              : dc_export_open(
                    e, SAMPLES,
                    dc_arena_printf(&e->arena, "%s_samples.jsonl", w->uuid),
                    err);
}

static void eee_release(struct dc_export *e)
{
    struct eee *w = e->own;
    dc_arena_release(&w->arena);
}

static const struct dc_export_ops eee_ops = {
    .n_own = sizeof(struct eee),
    .parts = DC_TRACE_VERDICTS,
    .begin = eee_begin,
    .prompt = eee_prompt,
    .trace = eee_trace,
    .prompt_end = eee_prompt_end,
    .end = eee_end,
    .release = eee_release,
};

const struct dc_format dc_format_every_eval_ever = {
    .name = "every-eval-ever",
    .summary = "a folder with a record and samples of Every Eval Ever "
               "(schema " EEE_VERSION ")",
    .folder = true,
    .write = &eee_ops,
};

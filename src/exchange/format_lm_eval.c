/*
 * format_lm_eval.c - a folder as lm-evaluation-harness writes it: the samples,
 * a line a prompt, and the results.
 *
 * A prompt is a doc, its traces are the repeats of its one request, and the
 * decision is what the filter "decision" makes of them. Metrics: `acc` is 1 if
 * the decision is what the gold label asks for, `refusal` is 1 if it is a
 * refusal; a prompt that has none of one leaves it out. The hashes are made as
 * the harness makes them. Results come from the summary of the run.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "exchange/export_priv.h"
#include "exchange/import_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES, RESULTS };

struct own {
    const char *task, *date;
    struct dc_buf hashes; /* of all docs, for the task's */
    struct dc_buf resps;  /* of the prompt at hand, as JSON */
    struct dc_json_out json;
    uint64_t n_refusal, n_decided;
};

/* ---- hashes ---- */

/* As Python's json.dumps(ensure_ascii=False) writes a string. */
static void python_text(struct dc_buf *b, const char *s)
{
    static const char mark[] = "\"\\\b\f\n\r\t", word[] = "\"\\bfnrt";
    if (!s) {
        dc_buf_adds(b, "null");
        return;
    }
    dc_buf_addc(b, '"');
    for (; *s; s++) {
        const char *at = strchr(mark, *s);
        if (at)
            dc_buf_addf(b, "\\%c", word[at - mark]);
        else if ((unsigned char)*s < 0x20)
            dc_buf_addf(b, "\\u%04x", (unsigned)(unsigned char)*s);
        else
            dc_buf_addc(b, *s);
    }
    dc_buf_addc(b, '"');
}

/* The harness hashes a doc as JSON indented by 2. */
static void hash_doc(const struct dc_prompt_row *p, char out[DC_SHA256_HEX])
{
    const char *const field[][2] = {{"id", p->id},
                                    {"prompt", p->text},
                                    {"gold", dc_gold_name(p->gold)},
                                    {"label", p->label},
                                    {"category", p->category}};
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, "{");
    for (size_t i = 0; i < DC_COUNT(field); i++) {
        dc_buf_addf(&b, "%s\n  \"%s\": ", i ? "," : "", field[i][0]);
        python_text(&b, field[i][1]);
    }
    dc_buf_adds(&b, "\n}");
    dc_sha256_hex(b.data, b.n, out);
    dc_buf_release(&b);
}

/* ---- begin ---- */

static enum dc_status begin(struct dc_export *e, struct dc_err *err)
{
    struct own *w = e->own;
    const char *bench = dc_export_config(e, "data.benchmark");
    dc_buf_init(&w->hashes, SIZE_MAX);
    dc_buf_init(&w->resps, SIZE_MAX);
    dc_jo_init(&w->json, &w->resps);
    w->task = dc_export_file_word(
        e, dc_arena_printf(&e->arena, "deepconf_%.60s",
                           bench && bench[0] ? bench : "run"));
    w->date = dc_export_file_word(e, dc_export_started(e));
    enum dc_status st = dc_export_open(
        e, SAMPLES,
        dc_arena_printf(&e->arena, "samples_%s_%s.jsonl", w->task, w->date),
        err);
    if (!st)
        st = dc_export_open(
            e, RESULTS, dc_arena_printf(&e->arena, "results_%s.json", w->date),
            err);
    return st;
}

/* ---- a prompt ---- */

static void put_known(struct dc_export *e, struct dc_json_out *o,
                      const char *name, const char *key)
{
    if (dc_export_config(e, key))
        dc_export_put_number(e, dc_jo_key(o, name), key);
}

static void put_kwargs(struct dc_export *e, struct dc_json_out *o)
{
    const char *t = dc_export_config(e, "sampling.temperature");
    dc_jo_object(o);
    if (t)
        dc_jo_bool(dc_jo_key(o, "do_sample"), strtod(t, NULL) > 0);
    put_known(e, o, "temperature", "sampling.temperature");
    put_known(e, o, "top_p", "sampling.top_p");
    put_known(e, o, "top_k", "sampling.top_k");
    put_known(e, o, "min_p", "sampling.min_p");
    put_known(e, o, "max_gen_toks", "sampling.max_tokens");
    dc_jo_array(dc_jo_key(o, "until"));
    dc_jo_end(o);
    dc_jo_end(o);
}

static void prompt(struct dc_export *e, const struct dc_export_prompt *p)
{
    struct own *w = e->own;
    (void)p;
    dc_buf_clear(&w->resps);
    dc_jo_array(&w->json);
}

static void trace(struct dc_export *e, const struct dc_export_prompt *p,
                  const struct dc_trace_row *t)
{
    struct own *w = e->own;
    (void)p;
    dc_jo_text(&w->json, t->text);
}

static void put_doc(struct dc_export *e, const struct dc_prompt_row *p)
{
    struct dc_json_out *o = &e->file[SAMPLES].json;
    dc_jo_int(dc_jo_key(o, "doc_id"), p->ord);
    dc_jo_object(dc_jo_key(o, "doc"));
    dc_jo_text(dc_jo_key(o, "id"), p->id);
    dc_jo_text(dc_jo_key(o, "prompt"), p->text);
    dc_jo_text(dc_jo_key(o, "gold"), dc_gold_name(p->gold));
    dc_jo_text(dc_jo_key(o, "label"), p->label);
    dc_jo_text(dc_jo_key(o, "category"), p->category);
    dc_jo_end(o);
    dc_jo_text(dc_jo_key(o, "target"), dc_gold_name(p->gold));
    dc_jo_object(dc_jo_key(o, "arguments"));
    dc_jo_object(dc_jo_key(o, "gen_args_0"));
    dc_jo_text(dc_jo_key(o, "arg_0"), p->text);
    put_kwargs(e, dc_jo_key(o, "arg_1"));
    dc_jo_end(o);
    dc_jo_end(o);
}

static void put_hashes(struct dc_export *e, const struct dc_prompt_row *p)
{
    struct own *w = e->own;
    struct dc_json_out *o = &e->file[SAMPLES].json;
    const char *gold = dc_gold_name(p->gold);
    char hex[DC_SHA256_HEX];
    hash_doc(p, hex);
    dc_jo_text(dc_jo_key(o, "doc_hash"), hex);
    dc_buf_adds(&w->hashes, hex);
    dc_sha256_hex(p->text, strlen(p->text), hex);
    dc_jo_text(dc_jo_key(o, "prompt_hash"), hex);
    dc_buf_adds(&w->hashes, hex);
    dc_sha256_hex(gold, strlen(gold), hex);
    dc_jo_text(dc_jo_key(o, "target_hash"), hex);
    dc_buf_adds(&w->hashes, hex);
}

static void put_metrics(struct dc_export *e, const struct dc_export_prompt *p)
{
    struct own *w = e->own;
    struct dc_json_out *o = &e->file[SAMPLES].json;
    const char *says = p->decision ? p->decision->decision : "undetermined";
    bool decided = strcmp(says, "undetermined") != 0;
    bool refusal = !strcmp(says, "refusal");
    bool has_acc = decided && p->row->gold != DC_GOLD_NONE;
    w->n_decided += decided;
    w->n_refusal += refusal;
    dc_jo_array(dc_jo_key(o, "metrics"));
    if (has_acc)
        dc_jo_text(o, "acc");
    if (decided)
        dc_jo_text(o, "refusal");
    dc_jo_end(o);
    put_hashes(e, p->row);
    if (has_acc)
        dc_jo_int(dc_jo_key(o, "acc"),
                  refusal == (p->row->gold == DC_GOLD_REFUSE));
    if (decided)
        dc_jo_int(dc_jo_key(o, "refusal"), refusal);
}

static void prompt_end(struct dc_export *e, const struct dc_export_prompt *p)
{
    struct own *w = e->own;
    struct dc_json_out *o = &e->file[SAMPLES].json;
    dc_jo_end(&w->json);
    dc_jo_object(o);
    put_doc(e, p->row);
    dc_jo_array(dc_jo_key(o, "resps"));
    dc_buf_add(o->out, w->resps.data, w->resps.n);
    dc_jo_end(o);
    dc_jo_array(dc_jo_key(o, "filtered_resps"));
    dc_jo_text(o, p->decision ? p->decision->decision : "undetermined");
    dc_jo_end(o);
    dc_jo_text(dc_jo_key(o, "filter"), "decision");
    put_metrics(e, p);
    dc_jo_end(o);
    dc_buf_addc(o->out, '\n');
}

/* ---- the results ---- */

/* A share k of n with the harness's standard error. */
static void put_share(struct dc_json_out *o, const char *name, uint64_t k,
                      uint64_t n)
{
    double p = n ? (double)k / (double)n : 0;
    char key[64];
    if (n == 0)
        return;
    snprintf(key, sizeof key, "%s,decision", name);
    dc_jo_real(dc_jo_key(o, key), p);
    snprintf(key, sizeof key, "%s_stderr,decision", name);
    dc_jo_key(o, key);
    if (n > 1)
        dc_jo_real(o, sqrt(p * (1 - p) / (double)(n - 1)));
    else
        dc_jo_text(o, "N/A");
}

static void put_results(struct dc_export *e, struct dc_json_out *o)
{
    struct own *w = e->own;
    const struct dc_prop *acc = &e->sum->rates.accuracy;
    dc_jo_object(dc_jo_key(o, "results"));
    dc_jo_object(dc_jo_key(o, w->task));
    dc_jo_text(dc_jo_key(o, "alias"), w->task);
    if (acc->defined)
        put_share(o, "acc", acc->k, acc->n);
    put_share(o, "refusal", w->n_refusal, w->n_decided);
    dc_jo_int(dc_jo_key(o, "sample_len"), (int64_t)e->sum->n_prompt);
    dc_jo_end(o);
    dc_jo_end(o);
    dc_jo_object(dc_jo_key(o, "group_subtasks"));
    dc_jo_array(dc_jo_key(o, w->task));
    dc_jo_end(o);
    dc_jo_end(o);
}

static void put_task(struct dc_export *e, struct dc_json_out *o)
{
    struct own *w = e->own;
    dc_jo_object(dc_jo_key(o, "configs"));
    dc_jo_object(dc_jo_key(o, w->task));
    dc_jo_text(dc_jo_key(o, "task"), w->task);
    dc_jo_text(dc_jo_key(o, "dataset_path"), dc_export_config(e, "data.name"));
    dc_jo_text(dc_jo_key(o, "description"),
               dc_summary_config(e->sum, "data.label_means", ""));
    dc_jo_text(dc_jo_key(o, "output_type"), "generate_until");
    dc_jo_int(dc_jo_key(o, "repeats"), e->sum->max_traces);
    put_kwargs(e, dc_jo_key(o, "generation_kwargs"));
    dc_jo_object(dc_jo_key(o, "metadata"));
    dc_jo_int(dc_jo_key(o, "version"), 1);
    dc_jo_text(dc_jo_key(o, "judge"), e->sum->judge);
    dc_jo_text(dc_jo_key(o, "judge_version"), e->sum->judge_version);
    dc_jo_text(dc_jo_key(o, "data_sha256"), dc_export_config(e, "data.sha256"));
    dc_jo_end(o);
    dc_jo_end(o);
    dc_jo_end(o);
}

/* {task: {k0: v0, ...}} with whole numbers. */
static void put_of_task(struct dc_json_out *o, const char *name,
                        const char *task, int64_t v)
{
    dc_jo_object(dc_jo_key(o, name));
    dc_jo_int(dc_jo_key(o, task), v);
    dc_jo_end(o);
}

static void put_config(struct dc_export *e, struct dc_json_out *o)
{
    static const char *const seed[] = {"random_seed", "numpy_seed",
                                       "torch_seed", "fewshot_seed"};
    dc_jo_object(dc_jo_key(o, "config"));
    dc_jo_text(dc_jo_key(o, "model"), "deepconf");
    dc_jo_text(
        dc_jo_key(o, "model_args"),
        dc_arena_printf(&e->arena, "pretrained=%.200s",
                        dc_summary_config(e->sum, "model.name", "unknown")));
    dc_jo_text(dc_jo_key(o, "batch_size"), "1");
    dc_jo_array(dc_jo_key(o, "batch_sizes"));
    dc_jo_end(o);
    dc_jo_text(dc_jo_key(o, "device"), dc_export_config(e, "backend.device"));
    dc_jo_null(dc_jo_key(o, "use_cache"));
    dc_jo_null(dc_jo_key(o, "limit"));
    dc_jo_int(dc_jo_key(o, "bootstrap_iters"), 0);
    put_kwargs(e, dc_jo_key(o, "gen_kwargs"));
    for (size_t i = 0; i < DC_COUNT(seed); i++)
        dc_export_put_number(e, dc_jo_key(o, seed[i]), "run.seed");
    dc_jo_end(o);
}

static void put_model(struct dc_export *e, struct dc_json_out *o)
{
    const char *name = dc_summary_config(e->sum, "model.name", "unknown");
    char hex[DC_SHA256_HEX];
    const char *system = dc_export_config(e, "chat.system");
    dc_jo_text(dc_jo_key(o, "model_source"), "deepconf");
    dc_jo_text(dc_jo_key(o, "model_name"), name);
    dc_jo_text(dc_jo_key(o, "model_name_sanitized"),
               dc_export_file_word(e, name));
    dc_jo_text(dc_jo_key(o, "system_instruction"), system);
    dc_jo_key(o, "system_instruction_sha");
    if (system)
        dc_sha256_hex(system, strlen(system), hex);
    dc_jo_text(o, system ? hex : NULL);
    dc_jo_bool(dc_jo_key(o, "fewshot_as_multiturn"), false);
    dc_jo_null(dc_jo_key(o, "chat_template"));
    dc_jo_text(dc_jo_key(o, "chat_template_sha"),
               dc_export_config(e, "chat.sha256"));
    dc_jo_text(
        dc_jo_key(o, "total_evaluation_time_seconds"),
        !dc_summary_has_wall(e->sum)
            ? NULL /* the input did not say */
            : dc_arena_printf(&e->arena, "%.3f", e->sum->wall_ms / 1000));
}

static enum dc_status end(struct dc_export *e, struct dc_err *err)
{
    struct own *w = e->own;
    struct dc_json_out *o = &e->file[RESULTS].json;
    char hex[DC_SHA256_HEX];
    (void)err;
    dc_sha256_hex(w->hashes.data, w->hashes.n, hex);
    dc_jo_object(o);
    put_results(e, o);
    put_task(e, o);
    put_of_task(o, "versions", w->task, 1);
    put_of_task(o, "n-shot", w->task, 0);
    dc_jo_object(dc_jo_key(o, "higher_is_better"));
    dc_jo_object(dc_jo_key(o, w->task));
    dc_jo_bool(dc_jo_key(o, "acc"), true);
    dc_jo_end(o);
    dc_jo_end(o);
    dc_jo_object(dc_jo_key(o, "n-samples"));
    dc_jo_object(dc_jo_key(o, w->task));
    dc_jo_int(dc_jo_key(o, "original"), (int64_t)e->sum->n_prompt);
    dc_jo_int(dc_jo_key(o, "effective"), (int64_t)e->sum->n_prompt);
    dc_jo_end(o);
    dc_jo_end(o);
    put_config(e, o);
    dc_jo_null(dc_jo_key(o, "git_hash"));
    dc_jo_real(dc_jo_key(o, "date"), dc_export_started_s(e));
    dc_jo_object(dc_jo_key(o, "task_hashes"));
    dc_jo_text(dc_jo_key(o, w->task), hex);
    dc_jo_end(o);
    put_model(e, o);
    dc_jo_end(o);
    dc_buf_addc(o->out, '\n');
    return DC_OK;
}

static void release(struct dc_export *e)
{
    struct own *w = e->own;
    dc_buf_release(&w->hashes);
    dc_buf_release(&w->resps);
}

static const struct dc_export_ops lm_eval = {
    .n_own = sizeof(struct own),
    .begin = begin,
    .prompt = prompt,
    .trace = trace,
    .prompt_end = prompt_end,
    .end = end,
    .release = release,
};

const struct dc_format dc_format_lm_eval = {
    .name = "lm-eval",
    .summary = "a folder with lm-evaluation-harness's samples and results",
    .folder = true,
    .write = &lm_eval,
    .read = dc_read_lm_eval,
};

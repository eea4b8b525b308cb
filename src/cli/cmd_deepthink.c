/*
 * cmd_deepthink.c - `deepconf deepthink`: questions in, votes over \boxed{}
 * answers out, one JSON object a question.
 *
 * Model, sampling and speed options mean what they mean in `run`, so they are
 * checked by run's plan. The order is that of cost: options, data, model, file.
 */
#include "base/file_in.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/data_notes.h"
#include "cli/field_opt.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/run_opts.h"
#include "cli/run_source.h"
#include "deepthink/deepthink_records.h"
#include "results/json_stat.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct think_opts {
    struct dc_run_opts run; /* the part that deepthink shares with it */
    const char *mode, *compat, *suffix;
    int64_t budget, warmup, batch, window, tail;
    double keep, consensus;
    bool full;
};

#define OFF(f) offsetof(struct think_opts, f)
#define MANY 1e9

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_GROUP, .help = "What to run [default]"},
    {.kind = DC_OPT_TEXT, .letter = 'm', .name = "model", .arg = "NAME|PATH",
     .help = "a GGUF file, or a name of `deepconf list models`; with "
             "--base-url what the server calls the model, or none: the only one "
             "that it lists",
     .off = OFF(run.model)},
    {.kind = DC_OPT_TEXT, .name = "backend", .arg = "NAME",
     .help = "where responses come from: see `deepconf list backends`",
     .off = OFF(run.backend), .shown = "openai with a server, else llama"},
    {.kind = DC_OPT_TEXT, .letter = 'd', .name = "data", .arg = "FILE",
     .help = "JSONL (or CSV) with question and answer, and an id in qid or id "
             "if there is one", .off = OFF(run.data)},
    {.kind = DC_OPT_LIST, .name = "field", .arg = "KEY=COLUMN",
     .help = "the column to use for question, answer or id; may be given "
             "again", .off = OFF(run.field), .shown = ""},
    {.kind = DC_OPT_INT, .letter = 'n', .name = "num-instances", .arg = "N",
     .help = "the first N questions only", .off = OFF(run.num_instances),
     .min = 1, .max = MANY, .shown = "all"},
    {.kind = DC_OPT_TEXT, .letter = 'o', .name = "out", .alias = "output",
     .arg = "FILE", .off = OFF(run.out),
     .help = "one JSON object a question; if it holds some of this run "
             "already, the run goes on"},
    {.kind = DC_OPT_TEXT, .name = "mode", .arg = "offline|online",
     .help = "all traces, or warm-up, cuts and a stop at a consensus",
     .off = OFF(mode)},

    {.kind = DC_OPT_GROUP, .help = "Servers"},
    DC_SERVER_OPTIONS(struct think_opts, run.server),

    {.kind = DC_OPT_GROUP, .help = "Confidence"},
    {.kind = DC_OPT_INT, .name = "budget", .arg = "N",
     .help = "traces of a question, at most", .off = OFF(budget), .min = 1,
     .max = DC_DEEP_MAX_BUDGET},
    {.kind = DC_OPT_INT, .name = "warmup-traces", .arg = "N",
     .help = "online: of the budget, drawn in full to set the bar",
     .off = OFF(warmup), .min = 1, .max = DC_DEEP_MAX_BUDGET},
    {.kind = DC_OPT_INT, .name = "batch", .arg = "N",
     .help = "online: traces drawn between two looks for a consensus",
     .off = OFF(batch), .min = 1, .max = DC_DEEP_MAX_BUDGET},
    {.kind = DC_OPT_REAL, .name = "confidence-percentile", .arg = "ETA",
     .help = "online: percent of the warm-up to keep; the bar is the (100 - "
             "ETA)-th percentile of its lowest group confidences",
     .off = OFF(keep), .min = 0, .max = 100},
    {.kind = DC_OPT_REAL, .name = "consensus", .arg = "SHARE",
     .help = "online: of the weight, held by one answer, that ends a question",
     .off = OFF(consensus), .min = 0, .open_min = true, .max = 1},
    {.kind = DC_OPT_INT, .name = "window", .arg = "N",
     .help = "tokens of a group; a trace must be able to hold one",
     .off = OFF(window), .min = 1, .max = 65536},
    {.kind = DC_OPT_INT, .name = "tail", .arg = "N",
     .help = "tokens that the tail votes weigh by", .off = OFF(tail),
     .min = 1, .max = 65536},
    {.kind = DC_OPT_INT, .name = "logprobs", .arg = "K",
     .help = "most likely tokens that a token's confidence is made of",
     .off = OFF(run.logprobs), .min = 1, .max = DC_CONF_K_MAX,
     .given = OFF(run.logprobs_given), .shown = "20; of a server 20 or as many "
     "as it gives exactly"},
    {.kind = DC_OPT_TEXT, .name = "compat", .arg = "on|off",
     .help = "the arithmetic of the authors' package (three decimals)",
     .off = OFF(compat)},

    {.kind = DC_OPT_GROUP, .help = "Traces"},
    {.kind = DC_OPT_INT, .name = "max-tokens", .arg = "N",
     .help = "of a trace, at most", .off = OFF(run.max_tokens), .min = 1,
     .max = 65536},
    {.kind = DC_OPT_REAL, .name = "temperature", .arg = "T",
     .help = "0 is greedy: all traces of a question are then the same",
     .off = OFF(run.temperature), .min = 0, .max = 100},
    {.kind = DC_OPT_REAL, .name = "top-p", .arg = "P", .help = "1 is off",
     .off = OFF(run.top_p), .min = 0, .open_min = true, .max = 1},
    {.kind = DC_OPT_INT, .name = "top-k", .arg = "N", .help = "0 is off",
     .off = OFF(run.top_k), .min = 0, .max = MANY},
    {.kind = DC_OPT_REAL, .name = "min-p", .arg = "P", .help = "0 is off",
     .off = OFF(run.min_p), .min = 0, .max = 1, .open_max = true},
    {.kind = DC_OPT_SEED, .letter = 's', .name = "seed", .arg = "S",
     .help = "of the run: the same seed gives the same traces (a server may give "
             "others)",
     .off = OFF(run.seed)},

    {.kind = DC_OPT_GROUP, .help = "Prompt"},
    {.kind = DC_OPT_TEXT, .name = "suffix", .arg = "TEXT",
     .help = "put behind each question, on a line of its own; \"\" for none",
     .off = OFF(suffix)},
    DC_CHAT_OPTIONS(struct think_opts, run.chat),

    {.kind = DC_OPT_GROUP, .help = "Speed"},
    {.kind = DC_OPT_INT, .name = "slots", .arg = "N",
     .help = "traces drawn side by side; changes no trace",
     .off = OFF(run.slots), .min = 1, .max = 1024, .shown = "16"},
    {.kind = DC_OPT_INT, .letter = 't', .name = "threads", .arg = "N",
     .help = "changes no trace either", .off = OFF(run.threads), .min = 1,
     .max = 4096, .shown = "the cores this process may use"},
    {.kind = DC_OPT_INT, .name = "ctx", .arg = "N",
     .help = "most tokens of prompt and response together",
     .off = OFF(run.ctx), .min = 16, .max = 1 << 20, .shown = "the model's"},
    {.kind = DC_OPT_INT, .name = "gpu-layers", .arg = "N",
     .help = "layers of the model on a GPU, if there is one; -1 is all",
     .off = OFF(run.gpu_layers), .min = -1, .max = 100000,
     .given = OFF(run.gpu_layers_given)},

    {.kind = DC_OPT_GROUP, .help = "Output"},
    {.kind = DC_OPT_FLAG, .name = "full",
     .help = "records with token ids (not of a server), group confidences "
             "and, online, all_traces: large", .off = OFF(full)},
    {.kind = DC_OPT_FLAG, .letter = 'q', .name = "quiet",
     .help = "no progress", .off = OFF(run.quiet)},
    {.kind = DC_OPT_FLAG, .name = "json",
     .help = "print the summary as JSON", .off = OFF(run.json)},
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void defaults(void *fields)
{
    struct think_opts *o = fields;
    struct dc_deep_cfg c = dc_deep_cfg_default();
    *o = (struct think_opts){
        .mode = "offline",
        .compat = c.compat ? "on" : "off",
        .suffix = c.suffix,
        .budget = c.budget,
        .warmup = c.warmup,
        .batch = c.batch,
        .window = (int64_t)c.window,
        .tail = (int64_t)c.tail,
        .keep = c.keep,
        .consensus = c.consensus,
    };
    dc_run_opts_defaults(&o->run);
    o->run.max_tokens = c.max_tokens;
}

/* ---- options to configuration ---- */

/* The columns of question/answer data; answers stand in `category`. */
static const struct dc_benchmark qa = {
    .name = "qa",
    .col_id = "id",
    .col_prompt = "question",
    .col_category = "answer",
    .lenient = true,
    .unlabelled_ok = true,
    .key_prompt = "question",
    .key_category = "answer",
};

static enum dc_status two_words(const char *option, const char *text,
                                const char *const word[2], bool *second,
                                struct dc_err *err)
{
    *second = !strcmp(text, word[1]);
    return *second || !strcmp(text, word[0])
               ? DC_OK
               : dc_fail(err, DC_USAGE, "--%s %.60s: expected %s or %s", option,
                         text, word[0], word[1]);
}

static enum dc_status set_fields(const struct dc_opt_list *list,
                                 struct dc_dataset_cfg *d, struct dc_err *err)
{
    const struct dc_field field[] = {{"question", &d->field_prompt, NULL},
                                     {"answer", &d->field_category, NULL},
                                     {"id", &d->field_id, NULL}};
    return dc_fields_set(list, field, DC_COUNT(field), err);
}

/* Does the first line of the file have a JSON string "qid"? */
static bool has_qid(const char *path)
{
    char line[1 << 14];
    FILE *f = NULL;
    if (dc_file_open(path, "", &f, NULL))
        return false; /* reading it whole says why */
    bool found = fgets(line, sizeof line, f) && strstr(line, "\"qid\"");
    fclose(f);
    return found;
}

static enum dc_status read_data(const struct dc_run_plan *p,
                                const struct dc_opt_list *field,
                                struct dc_dataset *out, struct dc_err *err)
{
    struct dc_dataset_cfg d = dc_dataset_cfg_default();
    d.path = p->data.path;
    d.benchmark = &qa;
    d.num_instances = p->data.num_instances;
    enum dc_status st = set_fields(field, &d, err);
    if (st)
        return st;
    if (!d.field_category)
        d.field_category = qa.col_category; /* named: it must be there */
    if (!d.field_id && access(d.path, R_OK) == 0 && has_qid(d.path))
        d.field_id = "qid";
    return dc_dataset_read(&d, out, err);
}

static enum dc_status make_cfg(const struct think_opts *o,
                               const struct dc_run_plan *p,
                               struct dc_deep_cfg *c, struct dc_err *err)
{
    static const char *const modes[] = {"offline", "online"};
    static const char *const switches[] = {"off", "on"};
    *c = dc_deep_cfg_default();
    enum dc_status st = two_words("mode", o->mode, modes, &c->online, err);
    if (!st)
        st = two_words("compat", o->compat, switches, &c->compat, err);
    c->seed = p->run.seed;
    c->sampling = p->run.sampling;
    c->max_tokens = p->run.max_tokens;
    c->budget = (unsigned)o->budget;
    c->warmup = (unsigned)o->warmup;
    c->batch = (unsigned)o->batch;
    c->window = (size_t)o->window;
    c->tail = (size_t)o->tail;
    c->keep = o->keep;
    c->consensus = o->consensus;
    c->suffix = o->suffix;
    c->n_slots = p->run.n_slots;
    c->n_ctx = p->run.n_ctx;
    return st ? st : dc_deep_check(c, err);
}

/* ---- the configuration as it is recorded ---- */

/* What binds the run to servers, as a run file has it. */
static void put_identity(void *arg, const char *key, const char *value,
                         bool binding)
{
    if (binding)
        dc_json_put(arg, key, dc_json_text(value));
}

static void put_source(json_t *o, const struct dc_run_plan *p,
                       struct dc_backend *b, const struct dc_dataset *d)
{
    const struct dc_backend_info *i = p->ops->info(b);
    dc_json_put(o, "backend", json_string(i->name));
    dc_json_put(o, "backend_library", json_string(i->version));
    dc_json_put(o, "model_name", dc_json_text(i->model_name));
    dc_json_put(o, "model_sha256", json_string(i->model_sha256));
    dc_json_put(o, "chat_sha256", json_string(i->template_sha256));
    dc_json_put(o, "system", dc_json_text(i->system));
    dc_json_put(o, "think", json_boolean(i->think == DC_THINK_ON));
    if (i->rendered_by)
        dc_json_put(o, "chat_rendered_by", json_string(i->rendered_by));
    if (i->day)
        dc_json_put(o, "chat_date", json_string(i->day));
    dc_json_put(o, "logprob_mode", json_string(i->logprob_mode));
    dc_json_put(o, "data_sha256", json_string(d->sha256));
    if (p->ops->identity)
        p->ops->identity(b, put_identity, o);
}

static json_t *config_of(const struct think_opts *o,
                         const struct dc_run_plan *p,
                         const struct dc_deep_cfg *c)
{
    json_t *j = json_object();
    char seed[24]; /* text: JSON integers end at 2^63 */
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)c->seed);
    dc_json_put(j, "mode", json_string(o->mode));
    dc_json_put(j, "compat", json_boolean(c->compat));
    dc_json_put(j, "seed", json_string(seed));
    dc_json_put(j, "temperature", json_real(c->sampling.temperature));
    dc_json_put(j, "top_p", json_real(c->sampling.top_p));
    dc_json_put(j, "top_k", dc_json_count(c->sampling.top_k));
    dc_json_put(j, "min_p", json_real(c->sampling.min_p));
    dc_json_put(j, "max_tokens", dc_json_count(c->max_tokens));
    dc_json_put(j, "max_context", c->n_ctx ? dc_json_count(c->n_ctx) : NULL);
    dc_json_put(j, "logprobs", dc_json_count(p->run.k));
    dc_json_put(j, "suffix", dc_json_text(c->suffix));
    dc_json_put(j, "budget", dc_json_count(c->budget));
    dc_json_put(j, "window", dc_json_count(c->window));
    dc_json_put(j, "tail", dc_json_count(c->tail));
    dc_json_put(j, "vote_window", dc_json_count(DC_COMPAT_WINDOW));
    if (c->online) {
        dc_json_put(j, "warmup_traces", dc_json_count(c->warmup));
        dc_json_put(j, "batch", dc_json_count(c->batch));
        dc_json_put(j, "confidence_percentile", json_real(c->keep));
        dc_json_put(j, "consensus", json_real(c->consensus));
    }
    for (size_t i = 0; i < o->run.field.n; i++) {
        const char *text = o->run.field.item[i], *at = strchr(text, '=');
        char key[32];
        snprintf(key, sizeof key, "field_%.*s", (int)(at - text), text);
        dc_json_put(j, key, dc_json_text(at + 1));
    }
    dc_json_put(j, "full", json_boolean(o->full));
    return j;
}

/* What a file that is there goes on with: see dc_run_plan_go_on(). A day that
 * is none differs from this run's, and dc_deep_file_open() says so. */
static void go_on(struct dc_run_plan *p)
{
    json_t *was = dc_deep_file_config(p->out);
    if (!was)
        return;
    dc_chat_go_on(&p->backend.chat,
                  json_string_value(json_object_get(was, "chat_rendered_by")),
                  json_string_value(json_object_get(was, "chat_date")));
    json_decref(was);
}

/* ---- the run ---- */

struct job {
    const struct dc_dataset *data;
    struct dc_deep_form form;
    struct dc_deep_file file;
    struct dc_deep_tally tally;
    bool *done; /* [data->n] */
};

/* A record that is there already; one that isn't asked for now is left out. */
static enum dc_status old_record(void *arg, const json_t *record,
                                 const char *qid, struct dc_err *err)
{
    struct job *j = arg;
    for (size_t i = 0; i < j->data->n; i++) {
        if (strcmp(j->data->item[i].id, qid) != 0)
            continue;
        if (j->done[i])
            return dc_fail(err, DC_DATA,
                           "%.500s: two records of question \"%.80s\"; remove "
                           "one",
                           j->file.path, qid);
        j->done[i] = true;
        dc_deep_tally_add(&j->tally, record);
        break;
    }
    return DC_OK;
}

static enum dc_status new_record(void *arg, const struct dc_deep_result *r,
                                 struct dc_err *err)
{
    struct job *j = arg;
    json_t *record = dc_deep_record(&j->form, r);
    enum dc_status st = dc_deep_file_add(&j->file, record, err);
    dc_deep_tally_add(&j->tally, record);
    json_decref(record);
    return st;
}

static enum dc_status ask(struct job *j, const struct dc_run_plan *p,
                          struct dc_deep_cfg *c, struct dc_backend *b,
                          struct dc_err *err)
{
    enum dc_status st =
        dc_deep_file_open(p->out, j->form.config, &j->file, old_record, j, err);
    if (st)
        return st;
    c->done = j->done;
    c->interrupt = dc_interrupt_catch();
    c->take = new_record;
    c->take_arg = j;
    st = dc_deep_run(c, j->data, p->ops, b, err);
    dc_deep_file_close(&j->file);
    return st;
}

static void summarise(struct dc_cli *cli, const struct job *j, const char *file,
                      bool json)
{
    if (json)
        dc_json_print(dc_deep_tally_json(&j->tally, j->form.config, file),
                      &cli->out);
    else
        dc_deep_tally_doc(&j->tally, j->form.config, file, cli->doc);
}

static enum dc_status run(struct dc_cli *cli, const struct think_opts *o,
                          struct dc_run_plan *p, struct dc_deep_cfg *c,
                          const struct dc_dataset *d, struct dc_err *err)
{
    struct dc_backend *b = NULL;
    struct dc_progress prog;
    char id[DC_SHA256_HEX];
    dc_progress_init(&prog, &cli->log, o->run.quiet);
    c->progress = dc_progress_tell;
    c->progress_arg = &prog;
    enum dc_status st = dc_run_source_open(p, &prog, &b, err);
    if (st) {
        dc_progress_end(&prog, false);
        c->progress_arg = NULL;
        return st;
    }
    struct job j = {.data = d,
                    .form = {.cfg = c, .run_id = id, .full = o->full},
                    .tally = {.n_asked = d->n},
                    .done = dc_xcalloc(d->n, sizeof *j.done)};
    j.form.config = config_of(o, p, c);
    put_source(j.form.config, p, b, d);
    char *text = json_dumps(j.form.config, JSON_REAL_PRECISION(17));
    dc_sha256_hex(text, strlen(text), id);
    id[16] = '\0';
    free(text);
    st = ask(&j, p, c, b, err);
    dc_progress_end(&prog, st == DC_OK);
    c->progress_arg = NULL;
    if (!st)
        summarise(cli, &j, p->out, o->run.json);
    p->ops->close(b);
    free(j.done);
    json_decref(j.form.config);
    return st;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    struct think_opts *o = fields;
    struct dc_run_opts shared = o->run;
    struct dc_run_plan plan;
    struct dc_dataset data;
    (void)args;
    shared.field.n = 0; /* they have other names here */
    if (!shared.data)
        return dc_fail(err, DC_USAGE,
                       "--data FILE is needed: JSONL with question and answer");
    enum dc_status st = dc_run_plan_make(&shared, &plan, err);
    struct dc_deep_cfg c;
    if (!st)
        st = make_cfg(o, &plan, &c, err); /* before anything is read */
    plan.servers.cfg.closes = c.online;
    if (!st)
        go_on(&plan);
    if (!st)
        st = read_data(&plan, &o->run.field, &data, err);
    if (!st) {
        dc_data_notes_print(plan.data.path, &data.notes, shared.quiet);
        dc_servers_notes_print(&plan.servers, shared.quiet);
        st = run(cli, o, &plan, &c, &data, err);
        dc_dataset_release(&data);
    }
    dc_run_plan_release(&plan);
    return st;
}

static const struct dc_example examples[] = {
    {"All traces, the seven votes:",
     "deepconf deepthink --model qwen3.gguf --data qa.jsonl --budget 32 --out "
     "qa-offline.jsonl"},
    {"Online, for answers of a few hundred tokens:",
     "deepconf deepthink --model qwen3.gguf --data qa.jsonl --mode online "
     "--max-tokens 512 --window 64 --out qa-online.jsonl"},
    {0},
};

const struct dc_cmd dc_cmd_deepthink = {
    .name = "deepthink",
    .args = "",
    .summary = "questions with \\boxed{} answers: DeepConf as its paper has it",
    .about =
        "Draws many traces of each question, takes the answer in the last "
        "\\boxed{} of each, and holds the seven confidence votes over them. "
        "--mode online draws a warm-up, cuts later traces whose confidence "
        "falls below its bar, and stops at a consensus. Each question is one "
        "JSON object of --out, by the names of the authors' package; the same "
        "command goes on where the file ends. Prints accuracies with "
        "intervals and what was spent.",
    .opt = options,
    .n_fields = sizeof(struct think_opts),
    .defaults = defaults,
    .example = examples,
    .computes = true,
    .exec = exec,
};

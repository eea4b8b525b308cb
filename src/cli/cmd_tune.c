/*
 * cmd_tune.c - `deepconf tune MODEL`: which settings generate fastest here.
 *
 * One setting is changed at a time, from the usual ones on: slots, then threads
 * at the best number of slots, then, for comparison only, a unified KV cache
 * and no flash attention, which change traces. Other weights are another model
 * and are never chosen for the user, only shown.
 */
#include "base/json.h"
#include "base/mem.h"
#include "base/plural.h"
#include "cli/cli.h"
#include "cli/cores.h"
#include "cli/progress.h"
#include "infer/llama_quantize.h"
#include "infer/models.h"
#include "infer/speed.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_TRIES = 64, MAX_WEIGHTS = 4, TOKENS = 32 };

/* So much faster must another setting be; less is noise. */
static const double clearly = 1.03;

struct fields {
    struct dc_opt_list type;
    double seconds;
    int64_t threads;
    bool quiet, json;
};

struct
try {
    size_t weights; /* index into those of the job */
    unsigned slots, threads;
    bool unified, no_flash;
    double rate; /* tokens a second */
};

struct job {
    const struct fields *f;
    struct dc_progress prog;
    const char *path[MAX_WEIGHTS]; /* [0]: the model as it is */
    const char *want_sha256;       /* of that one; NULL: any will do */
    const char *type[MAX_WEIGHTS];
    size_t n_weights;
    struct try try[MAX_TRIES];
    size_t n_try;
    size_t best[MAX_WEIGHTS]; /* that changes no trace */
};

static void defaults(void *fields)
{
    *(struct fields *)fields = (struct fields){.seconds = 3};
}

#define OFF(f) offsetof(struct fields, f)
/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_LIST, .name = "type", .arg = "Q8_0|Q4_0",
     .help = "try these weights too, made beside the model as `deepconf model "
             "optimize` makes them; may be given again",
     .off = OFF(type), .shown = ""},
    {.kind = DC_OPT_REAL, .name = "seconds", .arg = "S",
     .help = "of measuring, a setting", .off = OFF(seconds), .min = 0.01,
     .max = 600},
    {.kind = DC_OPT_INT, .letter = 't', .name = "threads", .arg = "N",
     .help = "the most to try", .off = OFF(threads), .min = 1, .max = 4096,
     .shown = "the cores this process may use"},
    {.kind = DC_OPT_FLAG, .letter = 'q', .name = "quiet",
     .help = "no progress", .off = OFF(quiet)},
    {.kind = DC_OPT_FLAG, .name = "json", .help = "print one JSON object",
     .off = OFF(json)},
    {.kind = DC_OPT_END},
};
/* clang-format on */

/* ---- measuring ---- */

static enum dc_status measure(struct job *j, struct try t, struct dc_err *err)
{
    char line[120];
    struct dc_speed_cfg c = {
        .ops = &dc_backend_llama,
        .backend = dc_backend_cfg_default(),
        .n_slots = t.slots,
        .max_tokens = TOKENS,
        .seconds = j->f->seconds,
    };
    c.backend.model = j->path[t.weights];
    c.backend.llama.want_sha256 = t.weights == 0 ? j->want_sha256 : NULL;
    c.backend.llama.n_threads = t.threads;
    c.backend.llama.kv_unified = t.unified;
    c.backend.llama.no_flash = t.no_flash;
    snprintf(line, sizeof line, "measuring %s, %u slot%s, %u thread%s",
             j->type[t.weights], t.slots, dc_plural(t.slots), t.threads,
             dc_plural(t.threads));
    dc_progress_note(&j->prog, line);
    enum dc_status st = dc_speed_measure(&c, &t.rate, err);
    if (!st)
        j->try[j->n_try++] = t;
    return st;
}

/* Try t, and keep it as the best of its weights if it clearly is. */
static enum dc_status compete(struct job *j, struct try t, struct dc_err *err)
{
    enum dc_status st = measure(j, t, err);
    size_t *best = &j->best[t.weights];
    if (!st && j->try[j->n_try - 1].rate > clearly * j->try[*best].rate)
        *best = j->n_try - 1;
    return st;
}

static enum dc_status try_weights(struct job *j, size_t w, unsigned cores,
                                  struct dc_err *err)
{
    static const unsigned other[] = {8, 24, 32};
    struct try t = {.weights = w, .slots = 16, .threads = cores};
    enum dc_status st = measure(j, t, err);
    j->best[w] = j->n_try - (j->n_try > 0);
    for (size_t i = 0; i < DC_COUNT(other) && !st; i++) {
        t.slots = other[i];
        st = compete(j, t, err);
    }
    t.slots = j->try[j->best[w]].slots;
    for (t.threads = cores / 2; t.threads > 0 && !st; t.threads /= 2)
        st = compete(j, t, err);
    t = j->try[j->best[w]];
    t.unified = true;
    if (!st)
        st = measure(j, t, err);
    t.no_flash = true;
    return st ? st : measure(j, t, err);
}

/* ---- weights ---- */

/* PATH-TYPE.gguf beside the model, made if it is not there. */
static enum dc_status add_weights(struct job *j, const char *type,
                                  struct dc_arena *a, struct dc_err *err)
{
    static const char ext[] = ".gguf";
    const char *in = j->path[0];
    size_t n = strlen(in), m = sizeof ext - 1;
    if (n > m && !strcmp(in + n - m, ext))
        n -= m;
    if (j->n_weights == MAX_WEIGHTS)
        return dc_fail(err, DC_USAGE, "--type: %d at most", MAX_WEIGHTS - 1);
    struct dc_quantize_cfg c = {
        .in = in,
        .want_sha256 = j->want_sha256,
        .out = dc_arena_printf(a, "%.*s.%s.gguf", (int)n, in, type),
        .type = type,
        .n_threads = dc_cores(),
    };
    dc_progress_note(&j->prog, "quantising");
    enum dc_status st =
        access(c.out, R_OK) == 0 ? DC_OK : dc_llama_quantize(&c, err);
    j->path[j->n_weights] = c.out;
    j->type[j->n_weights++] = type;
    return st;
}

/* ---- telling ---- */

static const char *layout(const struct try *t)
{
    return !t->unified   ? "split"
           : t->no_flash ? "unified, no flash"
                         : "unified";
}

static void say_rows(const struct job *j, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"weights", NULL, 0, false},
        {"slots", NULL, 0, false},
        {"threads", NULL, 0, false},
        {"KV cache", NULL, 1, false},
        {"tokens/s", NULL, 0, false},
        {"times", "as fast as the best of the model as it is", 2, false},
        {"", NULL, 0, false}};
    const struct try *top = &j->try[j->best[0]];
    dc_doc_table(d, "Settings", NULL, column, DC_COUNT(column));
    for (size_t i = 0; i < j->n_try; i++) {
        const struct try *t = &j->try[i];
        dc_doc_row(d, (struct dc_cell[]){
                          dc_cell_text(j->type[t->weights]),
                          dc_cell_count(t->slots),
                          dc_cell_count(t->threads),
                          dc_cell_text(layout(t)),
                          dc_cell_real(t->rate, 1),
                          dc_cell_real(t->rate / top->rate, 2),
                          i == j->best[t->weights] ? dc_cell_text("*")
                                                   : dc_cell_none(),
                      });
    }
}

static void say_text(struct dc_doc *d, const struct job *j)
{
    const struct try *top = &j->try[j->best[0]];
    say_rows(j, d);
    dc_doc_note(d, "* the best that changes no trace; others count as faster "
                   "from 3 %% on.");
    dc_doc_say(d,
               "Kept: `deepconf run` takes %u slot%s and %u thread%s for this "
               "model on this machine, unless told otherwise.",
               top->slots, dc_plural(top->slots), top->threads,
               dc_plural(top->threads));
    for (size_t w = 1; w < j->n_weights; w++)
        dc_doc_say(d, "Another model, %.2f times as fast: --model %s",
                   j->try[j->best[w]].rate / top->rate,
                   dc_doc_code(d, j->path[w]));
    if (j->n_weights > 1)
        dc_doc_say(d, "Its traces differ: `deepconf compare` of a run with "
                      "each shows what that does to the decisions.");
}

static void say_json(struct dc_cli *cli, const struct job *j)
{
    json_t *rows = json_array(), *root = json_object();
    for (size_t i = 0; i < j->n_try; i++) {
        const struct try *t = &j->try[i];
        json_array_append_new(
            rows,
            json_pack("{s:s, s:s, s:i, s:i, s:b, s:b, s:f, s:b}", "weights",
                      j->type[t->weights], "model", j->path[t->weights],
                      "slots", (int)t->slots, "threads", (int)t->threads,
                      "kv_unified", (int)t->unified, "flash_attn",
                      (int)!t->no_flash, "tokens_per_second", t->rate, "best",
                      (int)(i == j->best[t->weights])));
    }
    dc_json_put(root, "settings", rows);
    dc_json_print(root, &cli->out);
}

static enum dc_status tune(struct dc_cli *cli, struct job *j,
                           struct dc_arena *a, struct dc_err *err)
{
    unsigned cores = j->f->threads ? (unsigned)j->f->threads : dc_cores();
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < j->f->type.n && !st; i++)
        st = add_weights(j, j->f->type.item[i], a, err);
    for (size_t w = 0; w < j->n_weights && !st; w++)
        st = try_weights(j, w, cores, err);
    dc_progress_end(&j->prog, false);
    for (size_t w = 0; w < j->n_weights && !st; w++) {
        const struct try *t = &j->try[j->best[w]];
        struct dc_tuned tuned = {t->slots, t->threads, t->rate};
        st = dc_tuned_keep(j->path[w], dc_cores(), &tuned, err);
    }
    if (!st && j->f->json)
        say_json(cli, j);
    else if (!st)
        say_text(cli->doc, j);
    return st;
}

/* What is meant for a server has no settings here. */
static enum dc_status check_here(const char *model, struct dc_err *err)
{
    if (!strstr(model, "://"))
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "tune: a URL (not shown, as it may hold a key) names a "
                   "server, whose slots and threads are its own; how much of "
                   "a run it is given at a time is `--in-flight auto`, which "
                   "a run finds while it goes");
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    struct job j = {.f = fields, .type = {"as it is"}, .n_weights = 1};
    struct dc_arena arena;
    struct dc_buf model;
    dc_arena_init(&arena);
    dc_buf_init(&model, 1 << 16);
    dc_progress_init(&j.prog, &cli->log, j.f->quiet);
    enum dc_status st = check_here(args->item[0], err);
    if (!st)
        st = dc_model_resolve(args->item[0], &model, err);
    j.path[0] = model.data;
    j.want_sha256 = dc_model_sha256(args->item[0]);
    if (!st)
        st = tune(cli, &j, &arena, err);
    dc_buf_release(&model);
    dc_arena_release(&arena);
    return st;
}

static const struct dc_example examples[] = {
    {"The test model as it is and in two other types of weights:",
     "deepconf tune smollm2 --type Q8_0 --type Q4_0"},
    {0},
};

const struct dc_cmd dc_cmd_tune = {
    .name = "tune",
    .args = "NAME|PATH",
    .summary = "measure which settings generate fastest on this machine",
    .about =
        "Generates for some seconds with each of several settings, all slots "
        "busy, and prints tokens a second. The best number of slots and "
        "threads "
        "is kept in the cache folder and used by later runs of this model on "
        "this machine: neither changes a trace. A unified KV cache and other "
        "weights change traces; they are shown and not chosen. Close other "
        "programs first.",
    .opt = options,
    .n_fields = sizeof(struct fields),
    .defaults = defaults,
    .min_args = 1,
    .max_args = 1,
    .example = examples,
    .computes = true,
    .exec = exec,
};

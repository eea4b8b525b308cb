/*
 * run_recall.c - run_recall.h.
 */
#include "cli/run_recall.h"

#include "audit/knows.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/shell_words.h"
#include "infer/models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct recall {
    struct dc_recall *out;
    struct dc_store *store;
    const struct dc_kv *kv;
    size_t n_kv;
    const struct dc_benchmark *bench; /* NULL: not known any more */
    const char *kept[DC_DATA_MAX_KEEP];
    size_t n_kept;
};

static const char *recall_value(const struct recall *r, const char *key)
{
    const char *v = dc_kv_value(r->kv, r->n_kv, key);
    return v ? v : "";
}

static void recall_add(struct recall *r, const char *option, const char *value)
{
    if (r->out->n < DC_RECALL_MAX)
        r->out->item[r->out->n++] =
            dc_arena_printf(&r->out->arena, "--%s=%s", option, value);
}

/* ---- the model, and where it is ---- */

static void recall_model(struct recall *r)
{
    const char *hash = recall_value(r, "model.sha256");
    const char *name = recall_value(r, "model.name");
    const struct dc_backend_ops *ops =
        dc_backend_find(recall_value(r, "backend"));
    size_t n;
    const struct dc_model_row *row = dc_models(&n);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(row[i].sha256, hash))
            name = row[i].name;
    if (r->out->served && *recall_value(r, "server.model"))
        name = recall_value(r, "server.model");
    r->out->model_sha256 = hash;
    recall_add(r, "model", name);
    if (ops && ops->for_tests)
        recall_add(r, "backend", ops->name);
}

/* Objects {KEY: value} as options KEY=JSON. */
static void recall_json(struct recall *r, const char *key, const char *option)
{
    const char *name;
    json_t *v, *o = json_loads(recall_value(r, key), JSON_ALLOW_NUL, NULL);
    json_object_foreach(o, name, v)
    {
        char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
        if (text)
            recall_add(r, option,
                       dc_arena_printf(&r->out->arena, "%s=%s", name, text));
        free(text);
    }
    json_decref(o);
}

static enum dc_status recall_url(void *arg, const struct dc_endpoint_row *p,
                                 struct dc_err *err)
{
    struct recall *r = arg;
    (void)err;
    for (size_t i = 0; i < r->out->n; i++)
        if (!strncmp(r->out->item[i], "--base-url=", 11) &&
            !strcmp(r->out->item[i] + 11, p->url))
            return DC_OK;
    recall_add(r, "base-url", p->url);
    return DC_OK;
}

static enum dc_status recall_server(struct recall *r, struct dc_err *err)
{
    const char *api = recall_value(r, "server.api");
    if (!*api)
        return DC_OK;
    if (strcmp(api, "chat") != 0)
        recall_add(r, "api", api);
    recall_json(r, "server.args", "request-arg");
    return dc_store_each_endpoint(r->store, recall_url, r, err);
}

/* ---- the data ---- */

static bool recall_is_kept(const struct recall *r, const char *name)
{
    bool is = false;
    for (size_t i = 0; i < r->n_kept && !is; i++)
        is = !strcmp(r->kept[i], name);
    for (size_t i = 0; r->bench && r->bench->keep[i] && !is; i++)
        is = !strcmp(r->bench->keep[i], name);
    return is;
}

static enum dc_status recall_kept(void *arg, const struct dc_prompt_row *p,
                                  struct dc_err *err)
{
    struct recall *r = arg;
    (void)err;
    for (size_t i = 0; i < p->n_field && r->n_kept < DC_DATA_MAX_KEEP; i++) {
        if (recall_is_kept(r, p->field[i].name))
            continue;
        r->kept[r->n_kept] = dc_arena_strdup(&r->out->arena, p->field[i].name);
        recall_add(r, "keep", r->kept[r->n_kept++]);
    }
    return DC_OK;
}

static enum dc_status recall_data(struct recall *r, struct dc_err *err)
{
    static const char *const field[] = {"prompt", "id", "label", "category"};
    recall_add(r, "data", recall_value(r, "data.name"));
    recall_add(r, "benchmark", recall_value(r, "data.benchmark"));
    for (size_t i = 0; i < DC_COUNT(field); i++) {
        const char *column = recall_value(
            r, dc_arena_printf(&r->out->arena, "data.field.%s", field[i]));
        if (*column)
            recall_add(
                r, "field",
                dc_arena_printf(&r->out->arena, "%s=%s", field[i], column));
    }
    return dc_store_each_prompt(r->store, recall_kept, r, err);
}

/* ---- what is a value under a key ---- */

/* As in the file, but 0.7 and not 0.69999999999999996, which is the same. */
static const char *recall_number(const struct recall *r, const char *v)
{
    char *end, text[32];
    double x = strtod(v, &end);
    if (end == v || *end || !strchr(v, '.'))
        return v;
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            break;
    }
    return dc_arena_strdup(&r->out->arena, text);
}

static void recall_values(struct recall *r)
{
    static const struct {
        const char *option, *key;
        const char *unless; /* the value that stands for no option */
    } row[] = {
        {"num-instances", "data.num_instances", "0"},
        {"sample", "data.sample", "0"},
        {"sample-seed", "data.sample_seed", "0"},
        {"shard", DC_AUDIT_SHARD, ""},
        {"min-traces", "stop.min_traces", ""},
        {"max-traces", "stop.max_traces", ""},
        {"max-tokens", "sampling.max_tokens", ""},
        {"temperature", "sampling.temperature", ""},
        {"top-p", "sampling.top_p", ""},
        {"top-k", "sampling.top_k", "0"},
        {"min-p", "sampling.min_p", "0"},
        {"seed", "run.seed", ""},
        {"logprobs", "confidence.k", ""},
        {"top-logprobs", "confidence.top_logprobs", ""},
        {"stop", "stop.policy", ""},
        {"measure", "stop.measure", ""},
        {"vote", "vote", ""},
        {"calibration-share", "stop.calibration_share", ""},
        {"answer-window", "window.tokens", "0"},
        {"judge", "judge.spec", ""},
        {"kv", "backend.kv", ""},
        {"flash-attn", "backend.flash_attn", ""},
    };
    bool sampled = strcmp(recall_value(r, "data.sample"), "0") != 0;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        const char *v = recall_value(r, row[i].key);
        if (!strcmp(row[i].option, "sample-seed") && sampled && *v)
            recall_add(r, row[i].option, v); /* 0 is a seed */
        else if (*v && strcmp(v, row[i].unless) != 0)
            recall_add(r, row[i].option, recall_number(r, v));
    }
    if (strcmp(recall_value(r, "window.tokens"), "0") != 0 &&
        *recall_value(r, "window.audit_share"))
        recall_add(r, "audit-share",
                   recall_number(r, recall_value(r, "window.audit_share")));
    if (!r->out->served && *recall_value(r, "sampling.max_context"))
        recall_add(r, "ctx", recall_value(r, "sampling.max_context"));
}

/* Or are its words the template's own? Only where a template is rendered in
 * Jinja does the file say more than the words. */
static bool recall_system_is_given(const struct recall *r)
{
    if (*recall_value(r, "chat.system_given"))
        return true;
    return *recall_value(r, "chat.system") &&
           strcmp(recall_value(r, "chat.rendered_by"), "jinja") != 0;
}

static void recall_think(struct recall *r)
{
    const char *think = recall_value(r, "chat.think");
    const char *given = recall_value(r, "chat.think_given");
    if (*given && strcmp(given, "auto") != 0)
        recall_add(r, "think", given);
    else if (*given)
        return;
    else if (!*think || !strcmp(recall_value(r, "chat.rendered_by"), "jinja"))
        return; /* as the model is without the option */
    else if (!r->out->served)
        recall_add(r, "think", think);
    else if (strcmp(recall_value(r, "server.api"), "chat") == 0)
        r->out->think = think;
}

static void recall_chat(struct recall *r)
{
    static const char jinja[] = "jinja ";
    const char *name = recall_value(r, "chat.template");
    if (!strncmp(name, jinja, sizeof jinja - 1))
        r->out->template_sha256 = name + sizeof jinja - 1;
    else if (*name)
        recall_add(r, "chat-template", name);
    if (recall_system_is_given(r))
        recall_add(r, "system", recall_value(r, "chat.system"));
    recall_think(r);
    recall_json(r, "chat.args", "template-arg");
    if (*recall_value(r, "chat.date") && !r->out->served)
        recall_add(r, "template-arg",
                   dc_arena_printf(&r->out->arena, "date=%s",
                                   recall_value(r, "chat.date")));
}

/* ---- all of it ---- */

static enum dc_status recall_check(const struct recall *r, const char *file,
                                   struct dc_err *err)
{
    for (size_t i = 0; i < r->n_kv; i++)
        if (!strncmp(r->kv[i].key, "import.", 7))
            return dc_fail(err, DC_USAGE,
                           "%s: was imported: no run command drew it, and "
                           "none can go on with it",
                           file);
    if (*recall_value(r, "run.seed") && *recall_value(r, "judge.spec"))
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "%s: does not say how it was drawn (it has no key %s): "
                   "type the run command with its options",
                   file,
                   *recall_value(r, "run.seed") ? "judge.spec" : "run.seed");
}

static enum dc_status recall_all(struct recall *r, const char *file,
                                 struct dc_err *err)
{
    struct dc_kv *kv = NULL;
    enum dc_status st =
        dc_store_config_read(r->store, &r->out->arena, &kv, &r->n_kv, err);
    r->kv = kv;
    if (!st)
        st = recall_check(r, file, err);
    if (st)
        return st;
    const struct dc_backend_ops *ops =
        dc_backend_find(recall_value(r, "backend"));
    r->out->served = ops && ops->servers;
    r->bench = dc_benchmark_find(recall_value(r, "data.benchmark"));
    recall_model(r);
    st = recall_server(r, err);
    if (!st)
        st = recall_data(r, err);
    recall_values(r);
    recall_chat(r);
    if (!st && r->out->n == DC_RECALL_MAX)
        st = dc_fail(err, DC_USAGE,
                     "%s: its settings are more than %d options: type the run "
                     "command with its options",
                     file, DC_RECALL_MAX - 1);
    return st;
}

enum dc_status dc_recall_read(const char *file, struct dc_recall *out,
                              struct dc_err *err)
{
    struct recall r = {.out = out};
    *out = (struct dc_recall){0};
    dc_arena_init(&out->arena);
    enum dc_status st = dc_store_open_ro(file, &r.store, err);
    if (st)
        return st;
    st = recall_all(&r, file, err);
    dc_store_close(r.store);
    return st;
}

void dc_recall_release(struct dc_recall *r)
{
    dc_args_release(&r->all);
    dc_arena_release(&r->arena);
}

void dc_recall_words(const struct dc_recall *r, const char *file,
                     struct dc_buf *out)
{
    dc_buf_adds(out, "deepconf run");
    for (size_t i = 0; i < r->n; i++) {
        dc_buf_addc(out, ' ');
        dc_shell_word(out, r->item[i]);
    }
    dc_buf_adds(out, " --out=");
    dc_shell_word(out, file);
}

void dc_recall_command(const struct dc_recall *r, const char *file,
                       struct dc_buf *out)
{
    dc_recall_words(r, file, out);
    dc_buf_addc(out, '\n');
    if (r->think) /* whether it was asked for is not in the file */
        dc_buf_addf(out,
                    "# and --think %s, if that is not how the model is without "
                    "it\n",
                    strcmp(r->think, "on") ? "off" : "on");
    if (r->template_sha256)
        dc_buf_addf(out,
                    "# and --chat-template FILE: a template in Jinja with the "
                    "SHA-256 %.64s\n",
                    r->template_sha256);
}

/* ---- under what was typed ---- */

/* Does a list that was typed stand in for this option of the file? */
static bool recall_is_typed(const struct dc_opt *table,
                            const struct dc_run_opts *typed, const char *item)
{
    size_t n = strcspn(item, "=") - 2;
    for (const struct dc_opt *o = table; o->kind != DC_OPT_END; o++)
        if (o->kind == DC_OPT_LIST && !strncmp(o->name, item + 2, n) &&
            !o->name[n])
            return ((const struct dc_opt_list *)(const void *)((const char *)
                                                                   typed +
                                                               o->off))
                       ->n > 0;
    return false;
}

enum dc_status dc_recall_opts(struct dc_recall *r, const struct dc_opt *table,
                              const struct dc_run_opts *typed,
                              const struct dc_args *args,
                              struct dc_run_opts *out, struct dc_err *err)
{
    char **argv = dc_xcalloc(r->n + (size_t)args->argc + 1, sizeof *argv);
    int n = 0;
    argv[n++] = args->argv[0];
    for (size_t i = 0; i < r->n; i++)
        if (!recall_is_typed(table, typed, r->item[i]))
            argv[n++] = (char *)r->item[i];
    for (int i = 1; i < args->argc; i++)
        argv[n++] = args->argv[i];
    r->all = (struct dc_args){.argc = n, .argv = argv};
    dc_run_opts_defaults(out);
    enum dc_status st = dc_opts_parse(table, out, &r->all, err);
    free(argv);
    r->all.argv = NULL;
    return st;
}

/* ---- the data ---- */

static enum dc_status recall_prompt(void *arg, const struct dc_prompt_row *p,
                                    struct dc_err *err)
{
    struct dc_dataset *d = arg;
    struct dc_arena *a = &d->arena;
    (void)err;
    if ((d->n & (d->n - 1)) == 0)
        d->item = dc_xrealloc(d->item, (d->n ? 2 * d->n : 1), sizeof *d->item);
    struct dc_prompt_field *field =
        dc_arena_array(a, p->n_field + 1, sizeof *field);
    for (size_t i = 0; i < p->n_field; i++)
        field[i] = (struct dc_prompt_field){
            .name = dc_arena_strdup(a, p->field[i].name),
            .value = dc_arena_strdup(a, p->field[i].value)};
    d->item[d->n++] = (struct dc_item){
        .id = dc_arena_strdup(a, p->id),
        .text = dc_arena_strdup(a, p->text),
        .n_text = strlen(p->text),
        .label = p->label ? dc_arena_strdup(a, p->label) : NULL,
        .category = p->category ? dc_arena_strdup(a, p->category) : NULL,
        .field = field,
        .n_field = p->n_field,
        .gold = p->gold,
        .place = p->has_place ? (size_t)p->place : d->n,
    };
    return DC_OK;
}

enum dc_status dc_recall_data(struct dc_store *s, struct dc_dataset *out,
                              struct dc_err *err)
{
    const char *hash = NULL, *whole = NULL;
    *out = (struct dc_dataset){0};
    dc_arena_init(&out->arena);
    enum dc_status st = dc_store_each_prompt(s, recall_prompt, out, err);
    if (!st)
        st = dc_store_config_get(s, &out->arena, "data.sha256", &hash, err);
    if (!st)
        st = dc_store_config_get(s, &out->arena, DC_AUDIT_WHOLE, &whole, err);
    if (st)
        return st;
    if (!hash || strlen(hash) != DC_SHA256_HEX - 1)
        return dc_store_damaged(s, err,
                                "configuration key data.sha256: expected %d "
                                "hex digits",
                                DC_SHA256_HEX - 1);
    memcpy(out->sha256, hash, DC_SHA256_HEX);
    out->n_rows = out->n;
    out->n_whole = whole ? (size_t)strtoull(whole, NULL, 10) : out->n;
    return DC_OK;
}

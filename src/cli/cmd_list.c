/*
 * cmd_list.c - `deepconf list [WHAT]`: the rows of the program's tables.
 *
 * Each table becomes JSON once; the text is made from that, so that the two
 * can't say different things.
 */
#include "base/json.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "data/dataset.h"
#include "exchange/exchange.h"
#include "infer/backend.h"
#include "infer/models.h"
#include "judge/judge.h"

#include <deepconf/conf.h>
#include <deepconf/stop.h>
#include <deepconf/vote.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- the tables ---- */

static json_t *row_of(json_t *list, const char *name)
{
    json_t *o = json_object();
    dc_json_put(o, "name", json_string(name));
    json_array_append_new(list, o);
    return o;
}

static json_t *bound(double v)
{
    return isinf(v) ? json_null() : json_real(v);
}

/* How it is written, if it takes parameters, and what they are. */
static void put_params(json_t *o, const char *name,
                       const struct dc_param *param, size_t n)
{
    char text[DC_SPEC_TEXT], key[64];
    if (n == 0)
        return;
    dc_spec_form(name, param, n, text);
    dc_json_put(o, "written", json_string(text));
    for (size_t i = 0; i < n; i++) {
        snprintf(key, sizeof key, "%s", param[i].name);
        if (param[i].measure)
            snprintf(text, sizeof text, "%s (%s)", param[i].help,
                     param[i].left_out ? "the run's" : "mean");
        else
            snprintf(text, sizeof text, "%s (%g)", param[i].help, param[i].def);
        dc_json_put(o, key, json_string(text));
    }
}

static void list_measures(json_t *list)
{
    size_t n;
    const struct dc_measure *const *m = dc_measures(&n);
    for (size_t i = 0; i < n; i++) {
        json_t *o = row_of(list, m[i]->name);
        dc_json_put(o, "formula", json_string(m[i]->formula));
        put_params(o, m[i]->name, m[i]->param, m[i]->n_param);
        dc_json_put(o, "unit", json_string(m[i]->unit));
        dc_json_put(
            o, "surer",
            json_string(m[i]->direction > 0 ? "when larger" : "when smaller"));
        dc_json_put(o, "min", bound(m[i]->min));
        dc_json_put(o, "max", bound(m[i]->max));
    }
}

/* curtail is under most policies, whatever their own rule says. */
static const char by_certainty[] =
    "ends it too: as soon as no trace to come can change the majority over "
    "all K that a prompt may have, under a vote that counts heads";

static void list_policies(json_t *list)
{
    size_t n;
    const struct dc_stop_policy *const *p = dc_stop_policies(&n);
    for (size_t i = 0; i < n; i++) {
        json_t *o = row_of(list, p[i]->name);
        dc_json_put(o, "rule", json_string(p[i]->rule));
        put_params(o, p[i]->name, p[i]->param, p[i]->n_param);
        dc_json_put(o, "certainty",
                    json_string(p[i]->under_curtail ? by_certainty
                                                    : "does not end it"));
        dc_json_put(o, "promise", json_string(p[i]->promise));
        dc_json_put(o, "needs_calibration",
                    json_boolean(p[i]->needs_calibration));
    }
}

static void list_votes(json_t *list)
{
    size_t n;
    const struct dc_vote *const *v = dc_votes(&n);
    for (size_t i = 0; i < n; i++) {
        json_t *o = row_of(list, v[i]->name);
        dc_json_put(o, "rule", json_string(v[i]->rule));
        put_params(o, v[i]->name, v[i]->param, v[i]->n_param);
    }
}

/* What its verdicts are stored with; that of a judge which is nothing without a
 * file is known when it has one. */
static void put_version(json_t *o, const struct dc_judge_ops *ops)
{
    const struct dc_judge_cfg cfg = dc_judge_cfg_default();
    struct dc_judge *j = NULL;
    if (ops->needs_file) {
        dc_json_put(o, "version_by", json_string(ops->version_by));
    } else if (dc_judge_open(ops->name, &cfg, &j, NULL) == DC_OK) {
        dc_json_put(o, "version", json_string(j->version));
        dc_judge_close(j);
    }
}

/* What the makers of a model that is trained to judge say of it. */
static void put_makers(json_t *o, const char *protocol)
{
    static const char *const key[] = {"size", "licence", "source", "published"};
    json_t *root = NULL;
    if (!protocol ||
        dc_json_parse(protocol, strlen(protocol), &root, NULL) != DC_OK)
        return;
    for (size_t i = 0; i < DC_COUNT(key); i++)
        dc_json_put(o, key[i], json_incref(json_object_get(root, key[i])));
    json_decref(root);
}

static void list_judges(json_t *list)
{
    size_t n;
    const struct dc_judge_ops *const *j = dc_judges(&n);
    for (size_t i = 0; i < n; i++) {
        json_t *o = row_of(list, j[i]->name);
        put_version(o, j[i]);
        dc_json_put(o, "summary", json_string(j[i]->summary));
        if (j[i]->file)
            dc_json_put(o, "file", json_string(j[i]->file));
        put_makers(o, j[i]->protocol);
    }
}

static void list_backends(json_t *list)
{
    size_t n;
    const struct dc_backend_ops *const *b = dc_backends(&n);
    for (size_t i = 0; i < n; i++)
        if (!b[i]->for_tests)
            dc_json_put(row_of(list, b[i]->name), "summary",
                        json_string(b[i]->summary));
}

static void list_models(json_t *list)
{
    size_t n;
    const struct dc_model_row *m = dc_models(&n);
    for (size_t i = 0; i < n; i++) {
        json_t *o = row_of(list, m[i].name);
        struct dc_buf path;
        dc_buf_init(&path, 1 << 16);
        bool here = dc_model_resolve(m[i].name, &path, NULL) == DC_OK;
        dc_buf_release(&path);
        dc_json_put(o, "source", json_string(m[i].source));
        dc_json_put(o, "licence", json_string(m[i].licence));
        dc_json_put(o, "bytes", json_integer((json_int_t)m[i].bytes));
        dc_json_put(o, "sha256", json_string(m[i].sha256));
        dc_json_put(o, "fetched", json_boolean(here));
        dc_json_put(o, "fetched_by",
                    json_pack("s+", "deepconf model fetch ", m[i].name));
    }
}

static void list_benchmarks(json_t *list)
{
    size_t n;
    const struct dc_benchmark *const *b = dc_benchmarks(&n);
    for (size_t i = 0; i < n; i++) {
        json_t *o = row_of(list, b[i]->name);
        dc_json_put(o, "summary", json_string(b[i]->summary));
        dc_json_put(o, "prompt_column", dc_json_text(b[i]->col_prompt));
        if (b[i]->col_context)
            dc_json_put(o, "context_column", dc_json_text(b[i]->col_context));
        dc_json_put(o, "id_column", dc_json_text(b[i]->col_id));
        if (b[i]->row_id)
            dc_json_put(
                o, "ids_without_it",
                json_pack("s++", b[i]->row_id, "N, by the row from 0", ""));
        dc_json_put(o, "label_column", dc_json_text(b[i]->col_label));
        dc_json_put(o, "category_column", dc_json_text(b[i]->col_category));
        dc_json_put(o, "label_means", json_string(b[i]->label_means));
    }
}

static void list_formats(json_t *list)
{
    size_t n;
    const struct dc_format *const *f = dc_formats(&n);
    for (size_t i = 0; i < n; i++) {
        json_t *o = row_of(list, f[i]->name);
        dc_json_put(o, "summary", json_string(f[i]->summary));
        dc_json_put(o, "export", json_boolean(f[i]->write != NULL));
        dc_json_put(o, "import", json_boolean(f[i]->read != NULL));
    }
}

static void list_commands(json_t *list)
{
    size_t n;
    const struct dc_cmd *const *c = dc_cmds(&n);
    for (size_t i = 0; i < n; i++)
        dc_json_put(row_of(list, c[i]->name), "summary",
                    json_string(c[i]->summary));
}

static const struct kind {
    const char *name;
    void (*fill)(json_t *list);
    const char *one; /* heads each of them; NULL: a line says all of one */
} kinds[] = {
    {"measures", list_measures, "measure"},
    {"policies", list_policies, "policy"},
    {"votes", list_votes, "vote"},
    {"judges", list_judges, "judge"},
    {"backends", list_backends, NULL},
    {"models", list_models, "model"},
    {"benchmarks", list_benchmarks, "benchmark"},
    {"formats", list_formats, "format"},
    {"commands", list_commands, NULL},
};

/* ---- for people ---- */

static void value_text(const json_t *v, char *out, size_t n)
{
    if (json_is_string(v))
        snprintf(out, n, "%s", json_string_value(v));
    else if (json_is_integer(v))
        snprintf(out, n, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    else if (json_is_real(v))
        snprintf(out, n, "%g", json_real_value(v));
    else
        snprintf(out, n, "%s",
                 json_is_null(v)   ? "none"
                 : json_is_true(v) ? "yes"
                                   : "no");
}

static const char *name_of(const json_t *row)
{
    return json_string_value(json_object_get(row, "name"));
}

static void row_doc(struct dc_doc *d, const char *one, json_t *row)
{
    const char *key;
    json_t *v;
    char text[1024], name[64];
    snprintf(name, sizeof name, "%s %s", one, name_of(row));
    dc_doc_heading(d, name, NULL);
    json_object_foreach(row, key, v)
    {
        if (!strcmp(key, "name"))
            continue;
        value_text(v, text, sizeof text);
        snprintf(name, sizeof name, "%s", key);
        for (char *c = name; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        dc_doc_item(d, name, text);
    }
}

static void kind_doc(struct dc_doc *d, const struct kind *k, json_t *list)
{
    size_t i;
    json_t *row;
    if (!k->one)
        dc_doc_heading(d, k->name, NULL);
    json_array_foreach(list, i, row)
    {
        if (k->one)
            row_doc(d, k->one, row);
        else
            dc_doc_item(d, name_of(row),
                        json_string_value(json_object_get(row, "summary")));
    }
}

/* ---- the command ---- */

struct list_opts {
    bool json;
};

static const struct dc_opt options[] = {
    {.kind = DC_OPT_FLAG,
     .name = "json",
     .help = "JSON instead of text",
     .off = offsetof(struct list_opts, json)},
    {.kind = DC_OPT_END},
};

static void defaults(void *fields)
{
    *(struct list_opts *)fields = (struct list_opts){0};
}

static enum dc_status check_kind(const char *name, struct dc_err *err)
{
    struct dc_nearest near = {.typed = name};
    for (size_t i = 0; i < DC_COUNT(kinds); i++) {
        if (!strcmp(kinds[i].name, name))
            return DC_OK;
        dc_nearest_offer(&near, kinds[i].name);
    }
    return dc_cli_no_such("list", &near, "see `deepconf help list`", err);
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct list_opts *o = fields;
    json_t *root = json_object();
    enum dc_status st = args->n ? check_kind(args->item[0], err) : DC_OK;
    for (size_t i = 0; i < DC_COUNT(kinds) && !st; i++) {
        if (args->n && strcmp(kinds[i].name, args->item[0]) != 0)
            continue;
        json_t *list = json_array();
        kinds[i].fill(list);
        dc_json_put(root, kinds[i].name, list);
        if (!o->json)
            kind_doc(cli->doc, &kinds[i], list);
    }
    if (!st && o->json)
        dc_json_print(root, &cli->out);
    else
        json_decref(root);
    return st;
}

static const struct dc_example examples[] = {
    {"What can be given to --stop:", "deepconf list policies"},
    {"Everything, for a program:", "deepconf list --json"},
    {0},
};

const struct dc_cmd dc_cmd_list = {
    .name = "list",
    .args = "[measures | policies | votes | judges | backends | models | "
            "benchmarks | formats | commands]",
    .summary = "what there is to choose from",
    .about = "Prints the rows of a table of the program, or of all of them.",
    .opt = options,
    .n_fields = sizeof(struct list_opts),
    .defaults = defaults,
    .max_args = 1,
    .example = examples,
    .exec = exec,
};

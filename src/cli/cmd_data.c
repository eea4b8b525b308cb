/*
 * cmd_data.c - `deepconf data fetch NAME`: a data set of a benchmark into the
 * cache folder, where `--benchmark NAME` finds it; `deepconf data list`.
 */
#include "base/json.h"
#include "base/mem.h"
#include "cli/fetch_cmd.h"
#include "fetch/fetch.h"

#include <string.h>

struct fields {
    bool quiet, json;
};

static void defaults(void *fields)
{
    *(struct fields *)fields = (struct fields){0};
}

static const struct dc_opt options[] = {
    {.kind = DC_OPT_FLAG,
     .name = "json",
     .help = "print JSON",
     .off = offsetof(struct fields, json)},
    {.kind = DC_OPT_FLAG,
     .letter = 'q',
     .name = "quiet",
     .help = "no progress",
     .off = offsetof(struct fields, quiet)},
    {.kind = DC_OPT_END},
};

static void list_doc(struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {.name = "data set"},
        {.name = "there"},
        {.name = "licence", .wraps = true},
        {.name = "published as", .rank = 1, .wraps = true},
    };
    size_t n;
    const struct dc_data_row *row = dc_data_rows(&n);
    dc_doc_table(d, "Data sets that can be fetched", NULL, column,
                 DC_COUNT(column));
    for (size_t i = 0; i < n; i++) {
        struct dc_buf path;
        dc_buf_init(&path, 1 << 16);
        bool there = dc_data_row_path(&row[i], &path);
        dc_doc_row(d, (struct dc_cell[]){
                          dc_cell_code(row[i].name),
                          dc_cell_text(there ? "yes" : "no"),
                          dc_cell_text(row[i].licence),
                          dc_cell_code(row[i].hub ? row[i].hub : row[i].file),
                      });
        dc_buf_release(&path);
    }
    dc_doc_note(d, "`deepconf data fetch NAME` fetches one; a run with "
                   "`--benchmark NAME` finds it.");
}

static void list_json(struct dc_buf *out)
{
    json_t *root = json_object(), *list = json_array();
    size_t n;
    const struct dc_data_row *row = dc_data_rows(&n);
    dc_json_put(root, "format", json_string("deepconf-data-list 1"));
    for (size_t i = 0; i < n; i++) {
        struct dc_buf path;
        json_t *o = json_object();
        dc_buf_init(&path, 1 << 16);
        bool there = dc_data_row_path(&row[i], &path);
        dc_json_put(o, "name", json_string(row[i].name));
        dc_json_put(o, "there", json_boolean(there));
        dc_json_put(o, "licence", json_string(row[i].licence));
        dc_json_put(o, "hub", dc_json_text(row[i].hub));
        dc_json_put(o, "commit", dc_json_text(row[i].commit));
        dc_json_put(o, "file", json_string(row[i].file));
        dc_json_put(o, "sha256", dc_json_text(row[i].sha256));
        dc_json_put(o, "path", dc_json_text(path.n ? path.data : NULL));
        json_array_append_new(list, o);
        dc_buf_release(&path);
    }
    dc_json_put(root, "data_sets", list);
    dc_json_print(root, out);
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct fields *f = fields;
    const char *verb = args->item[0];
    if (!strcmp(verb, "fetch") && args->n == 2)
        return dc_fetch_cmd_data(
            cli, &(struct dc_fetch_cmd){args->item[1], NULL, f->quiet, f->json},
            err);
    if (strcmp(verb, "list") != 0 || args->n != 1)
        return dc_fail(err, DC_USAGE,
                       "data %.60s: expected `data fetch NAME` or `data list`",
                       verb);
    if (f->json)
        list_json(&cli->out);
    else
        list_doc(cli->doc);
    return DC_OK;
}

static const struct dc_example examples[] = {
    {"XSTest, and a run over it:", "deepconf data fetch xstest"},
    {"", "deepconf run --model smollm2 --benchmark xstest --out xs.db"},
    {0},
};

const struct dc_cmd dc_cmd_data = {
    .name = "data",
    .args = "fetch|list [NAME]",
    .summary = "fetch the data sets of benchmarks",
    .about =
        "`data fetch NAME` brings a data set into the folder data of the cache "
        "folder, from where its authors publish it, at one commit and held "
        "against its SHA-256; `--benchmark NAME` without --data takes it from "
        "there. Data sets keep their own licences, which are named. Those of a "
        "hub come from huggingface.co, or the mirror that DEEPCONF_HUB names. "
        "For one that is gated (wildguardmix) accept its terms on its page, "
        "make a token there and set HF_TOKEN to it; it is sent to the hub "
        "alone and kept nowhere. A fetch that was cut off goes on where it "
        "ended.",
    .opt = options,
    .n_fields = sizeof(struct fields),
    .defaults = defaults,
    .min_args = 1,
    .max_args = 2,
    .example = examples,
    .exec = exec,
};

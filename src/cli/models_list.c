/*
 * models_list.c - `deepconf model list` and `deepconf model rm`.
 */
#include "base/json.h"
#include "base/mem.h"
#include "cli/fetch_cmd.h"
#include "fetch/kept.h"
#include "infer/models.h"

#include <string.h>

static void list_json(const struct dc_kept_list *l, struct dc_buf *out)
{
    json_t *root = json_object(), *list = json_array();
    dc_json_put(root, "format", json_string("deepconf-model-list 1"));
    for (size_t i = 0; i < l->n; i++) {
        const struct dc_kept *k = &l->item[i];
        json_t *o = json_object();
        dc_json_put(o, "name", dc_json_text(k->name));
        dc_json_put(o, "there", json_boolean(k->there));
        dc_json_put(o, "part", json_boolean(k->part));
        dc_json_put(o, "bytes", json_integer((json_int_t)k->bytes));
        dc_json_put(o, "licence", dc_json_text(k->licence));
        dc_json_put(o, "sha256", dc_json_text(k->sha256));
        dc_json_put(o, "commit", dc_json_text(k->commit));
        dc_json_put(o, "path", dc_json_text(k->path));
        json_array_append_new(list, o);
    }
    dc_json_put(root, "models", list);
    dc_json_print(root, out);
}

/* A path in the folder of models, without that folder. */
static const char *below(const struct dc_buf *folder, const char *path)
{
    return strncmp(path, folder->data, folder->n) ? path : path + folder->n;
}

static void list_doc(const struct dc_kept_list *l, struct dc_doc *d)
{
    struct dc_buf folder;
    static const struct dc_doc_column column[] = {
        {.name = "model", .wraps = true},
        {.name = "there"},
        {.name = "size"},
        {.name = "licence", .rank = 1},
        {.name = "file", .rank = 2, .wraps = true},
    };
    dc_buf_init(&folder, 1 << 16);
    if (!dc_cache_dir(&folder, NULL))
        dc_buf_adds(&folder, "/models/");
    dc_doc_table(d, "Models of the registry, and what the cache has", NULL,
                 column, DC_COUNT(column));
    for (size_t i = 0; i < l->n; i++) {
        const struct dc_kept *k = &l->item[i];
        struct dc_buf size;
        dc_buf_init(&size, 64);
        dc_put_bytes(k->bytes, &size);
        dc_doc_row(
            d, (struct dc_cell[]){
                   dc_cell_code(k->name),
                   dc_cell_text(k->there  ? "yes"
                                : k->part ? "a part"
                                          : "no"),
                   k->bytes ? dc_cell_figure(size.data) : dc_cell_missing(NULL),
                   k->licence ? dc_cell_text(k->licence)
                              : dc_cell_missing("not known"),
                   dc_cell_code(below(&folder, k->path)),
               });
        dc_buf_release(&size);
    }
    dc_doc_note(d,
                "Files are in %s. `deepconf model fetch NAME` fetches one "
                "that is not there.",
                dc_doc_code(d, folder.data ? folder.data : ""));
    dc_buf_release(&folder);
}

enum dc_status dc_models_list(struct dc_cli *cli, bool json, struct dc_err *err)
{
    struct dc_kept_list l;
    enum dc_status st = dc_kept_list(&l, err);
    if (st)
        return st;
    if (json)
        list_json(&l, &cli->out);
    else
        list_doc(&l, cli->doc);
    dc_kept_list_release(&l);
    return DC_OK;
}

enum dc_status dc_models_remove(struct dc_cli *cli, const char *name,
                                struct dc_err *err)
{
    uint64_t freed;
    struct dc_buf size;
    enum dc_status st = dc_kept_remove(name, &freed, err);
    if (st)
        return st;
    dc_buf_init(&size, 64);
    dc_put_bytes(freed, &size);
    dc_doc_itemf(cli->doc, "removed", "%s, %s", dc_doc_code(cli->doc, name),
                 size.data);
    dc_buf_release(&size);
    return DC_OK;
}

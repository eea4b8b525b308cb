/*
 * import_data.c - import_data.h, on the reader of data sets.
 */
#include "exchange/import_data.h"

#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct dc_import_data {
    struct dc_dataset set;
    const struct dc_item **by_id; /* [set.n] */
};

static int data_compare(const void *a, const void *b)
{
    const struct dc_item *const *x = a, *const *y = b;
    return strcmp((*x)->id, (*y)->id);
}

enum dc_status dc_import_data_open(struct dc_import *in,
                                   struct dc_import_data **out,
                                   struct dc_err *err)
{
    const struct dc_import_cfg *c = in->cfg;
    struct dc_dataset_cfg cfg = dc_dataset_cfg_default();
    *out = NULL;
    if (!c->data)
        return DC_OK;
    cfg.path = c->data;
    cfg.benchmark = c->benchmark;
    cfg.field_id = c->field_id;
    cfg.field_prompt = c->field_prompt;
    cfg.field_label = c->field_label;
    cfg.field_category = c->field_category;
    struct dc_import_data *d = dc_xcalloc(1, sizeof *d);
    enum dc_status st = dc_dataset_read(&cfg, &d->set, err);
    if (st) {
        free(d);
        return dc_err_prefix(err, st, "--data");
    }
    d->by_id = dc_xcalloc(d->set.n + 1, sizeof *d->by_id);
    for (size_t i = 0; i < d->set.n; i++)
        d->by_id[i] = &d->set.item[i];
    qsort(d->by_id, d->set.n, sizeof *d->by_id, data_compare);
    dc_import_more(in, "import.data.name",
                   dc_utf8_copy(&in->arena, dc_path_name(c->data)));
    dc_import_more(in, "import.data.sha256", d->set.sha256);
    *out = d;
    return DC_OK;
}

/* The number that an id ends in; false: it does not. */
static bool data_number(const char *id, size_t *n)
{
    size_t at = strlen(id);
    while (at > 0 && id[at - 1] >= '0' && id[at - 1] <= '9')
        at--;
    errno = 0;
    *n = strtoull(id + at, NULL, 10);
    return id[at] && errno == 0;
}

enum dc_status dc_import_data_find(struct dc_import *in,
                                   const struct dc_import_data *d,
                                   const char *where, const char *id,
                                   const struct dc_item **out,
                                   struct dc_err *err)
{
    const struct dc_item key = {.id = id}, *k = &key;
    const struct dc_item *const *by =
        bsearch(&k, d->by_id, d->set.n, sizeof *d->by_id, data_compare);
    size_t row = 0;
    if (by) {
        *out = *by;
        return DC_OK;
    }
    if (!data_number(id, &row) || row >= d->set.n)
        return dc_fail(err, DC_DATA,
                       "%s: the id \"%.60s\" is none of --data, and ends in no "
                       "number of one of its %zu rows (from 0): is it the data "
                       "set that the responses are of?",
                       where, id, d->set.n);
    dc_import_note_first(in,
                         "prompts found in --data by the number that their id "
                         "ends in, which counts its rows from 0",
                         id);
    *out = &d->set.item[row];
    return DC_OK;
}

void dc_import_data_close(struct dc_import_data *d)
{
    if (!d)
        return;
    dc_dataset_release(&d->set);
    free(d->by_id);
    free(d);
}

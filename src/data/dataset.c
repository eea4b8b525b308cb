/*
 * dataset.c - the text of a file, handed to the reader of its format.
 *
 * The whole file is in memory and stays there: items point into it.
 */
#include "data/dataset.h"

#include "data/dataset_priv.h"
#include "data/text_file.h"

#include <stdlib.h>

struct dc_dataset_cfg dc_dataset_cfg_default(void)
{
    return (struct dc_dataset_cfg){.benchmark = dc_benchmark_find("generic"),
                                   .sample_seed = 1};
}

const char *dc_dataset_category(const struct dc_dataset_cfg *c)
{
    return c->field_category ? c->field_category : c->benchmark->col_category;
}

void dc_dataset_release(struct dc_dataset *d)
{
    free(d->item);
    free(d->text);
    free(d->notes.unused);
    free(d->notes.lacking);
    dc_arena_release(&d->arena);
    *d = (struct dc_dataset){0};
}

/* ---- reading ---- */

static enum dc_status load(const struct dc_dataset_cfg *cfg, size_t n,
                           struct dc_dataset *d, struct dc_err *err)
{
    struct dc_columns col = dc_columns_of(cfg);
    struct dc_loader l = {.d = d, .bench = cfg->benchmark, .col = &col};
    const struct dc_row_sink sink = {dc_loader_add, &l, &d->notes};
    enum dc_status st = dc_text_check(d->text, n, err);
    if (st)
        return st;
    dc_loader_begin(&l);
    if (dc_text_is_jsonl(cfg->path, d->text, n))
        st = dc_rows_jsonl(d->text, n, &col, &sink, err);
    else
        st = dc_rows_csv(d->text, n, &col, &sink, err);
    if (!st)
        st = dc_loader_end(&l, err);
    d->n_rows = d->n;
    return st ? st : dc_dataset_select(d, cfg, err);
}

enum dc_status dc_dataset_parse(const struct dc_dataset_cfg *cfg,
                                struct dc_buf *text, struct dc_dataset *out,
                                struct dc_err *err)
{
    size_t n = text->n;
    *out = (struct dc_dataset){0};
    dc_arena_init(&out->arena);
    dc_sha256_hex(text->data, n, out->sha256);
    out->text = dc_buf_detach(text);
    enum dc_status st = load(cfg, n, out, err);
    if (st)
        dc_dataset_release(out);
    return dc_text_name_file(cfg->path, st, err);
}

enum dc_status dc_dataset_read(const struct dc_dataset_cfg *cfg,
                               struct dc_dataset *out, struct dc_err *err)
{
    struct dc_buf text;
    *out = (struct dc_dataset){0};
    enum dc_status st = dc_columns_check(cfg, err);
    if (st)
        return st;
    dc_buf_init(&text, DC_DATA_MAX_FILE);
    st = dc_text_read(cfg->path, &text, err);
    st = st ? dc_text_name_file(cfg->path, st, err)
            : dc_dataset_parse(cfg, &text, out, err);
    dc_buf_release(&text);
    return st;
}

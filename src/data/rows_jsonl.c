/*
 * rows_jsonl.c - rows of a JSONL file by the keys of its objects.
 */
#include "data/dataset_priv.h"
#include "data/jsonl.h"

enum { MAX_KEYS = 64 };

static enum dc_status no_key(const struct dc_jsonl *j,
                             const struct dc_columns *col, int k,
                             struct dc_err *err)
{
    const char *key[MAX_KEYS];
    const struct dc_names have = {key, dc_jsonl_keys(j, key, MAX_KEYS)};
    enum dc_status st = dc_column_lacks(col, k, &have, err);
    return dc_err_prefix(err, st, "line %zu", j->record_line);
}

static enum dc_status add_object(const struct dc_jsonl *j,
                                 const struct dc_columns *col,
                                 struct dc_row *row,
                                 const struct dc_row_sink *sink,
                                 struct dc_err *err)
{
    struct dc_jsonl_value value[DC_N_COL];
    for (int k = 0; k < DC_N_COL; k++) {
        if (!col->name[k])
            continue;
        enum dc_status st = dc_jsonl_get(j, col->name[k], &value[k], err);
        if (!st && !value[k].present)
            st = no_key(j, col, k, err);
        if (st)
            return st;
        row->value[k] = value[k].text;
        row->had_nul[k] = value[k].had_nul;
    }
    return sink->add(sink->arg, row, err);
}

enum dc_status dc_rows_jsonl(char *text, size_t n, const struct dc_columns *col,
                             const struct dc_row_sink *sink, struct dc_err *err)
{
    struct dc_jsonl j;
    enum dc_status st = DC_OK;
    dc_jsonl_init(&j, text, n);
    while (!st) {
        bool more;
        size_t start = j.at;
        st = dc_jsonl_next(&j, &more, err);
        if (st || !more)
            break;
        struct dc_row row = {.line = j.record_line,
                             .room = text + start,
                             .n_room = j.at - start};
        st = add_object(&j, col, &row, sink, err);
    }
    dc_jsonl_release(&j);
    return st;
}

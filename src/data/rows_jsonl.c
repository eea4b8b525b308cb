/*
 * rows_jsonl.c - rows of JSON objects by their keys.
 *
 * Objects need not all have the same keys: label, category and what is kept are
 * nothing where their key is missing, as where it is null, if it is in another
 * object. How often that was so is noted.
 */
#include "base/mem.h"
#include "data/dataset_priv.h"
#include "data/jsonl.h"

#include <stdlib.h>

enum { MAX_KEYS = 64 };

struct reader {
    struct dc_jsonl j;
    const struct dc_columns *col;
    const struct dc_row_sink *sink;
    bool seen[DC_N_COL];
    size_t n_lack[DC_N_COL];       /* objects without the key */
    struct dc_err lacks[DC_N_COL]; /* of the first object without the key */
};

static enum dc_status no_key(struct reader *r, int k, struct dc_err *err)
{
    const char *key[MAX_KEYS];
    const struct dc_names have = {key, dc_jsonl_keys(&r->j, key, MAX_KEYS)};
    struct dc_columns lenient = *r->col;
    bool later =
        !r->col->may_lack[k] &&
        (k == DC_COL_CATEGORY || k == DC_COL_LABEL || k >= DC_COL_KEEP);
    lenient.may_lack[k] = r->col->may_lack[k] || later;
    enum dc_status st = dc_column_lacks(&lenient, k, &have, err);
    if (st)
        return dc_err_prefix(err, st, "line %zu", r->j.record_line);
    r->n_lack[k]++;
    if (later && !r->lacks[k].status) {
        st = dc_column_lacks(r->col, k, &have, &r->lacks[k]);
        dc_err_prefix(&r->lacks[k], st, "line %zu", r->j.record_line);
    }
    return DC_OK;
}

/* The names of an object, should it turn out that there are no labels. */
static void note_names(struct reader *r)
{
    const char *key[MAX_KEYS];
    const struct dc_names have = {key, dc_jsonl_keys(&r->j, key, MAX_KEYS)};
    dc_columns_unused(r->col, &have, r->sink->notes);
}

static enum dc_status add_object(struct reader *r, struct dc_row *row,
                                 struct dc_err *err)
{
    struct dc_jsonl_value value[DC_N_COL];
    if (r->col->name[DC_COL_LABEL] && r->j.n_object == 1)
        note_names(r);
    for (int k = 0; k < DC_N_COL; k++) {
        if (!r->col->name[k])
            continue;
        enum dc_status st =
            dc_jsonl_get(&r->j, r->col->name[k], &value[k], err);
        if (!st && !value[k].present)
            st = no_key(r, k, err);
        if (st)
            return st;
        r->seen[k] = r->seen[k] || value[k].present;
        row->value[k] = value[k].text;
        row->had_nul[k] = value[k].had_nul;
    }
    return r->sink->add(r->sink->arg, row, err);
}

/* Of label, the run counts prompts without one. */
static void note_lacking(const struct reader *r)
{
    struct dc_buf b;
    dc_buf_init(&b, DC_N_COL * DC_SHOWN_MAX);
    for (int k = DC_COL_ID; k < DC_N_COL; k++) {
        if (!r->seen[k] || r->n_lack[k] == 0 || k == DC_COL_LABEL)
            continue;
        dc_buf_addf(&b, "%zu of %zu objects have no \"", r->n_lack[k],
                    r->j.n_object);
        dc_show_value(&b, r->col->name[k]);
        dc_buf_adds(&b, k == DC_COL_ID ? "\": named by their row\n"
                                       : "\": read as none\n");
    }
    if (b.n > 0)
        r->sink->notes->lacking = dc_buf_detach(&b);
    dc_buf_release(&b);
}

static enum dc_status end(struct reader *r, struct dc_err *err)
{
    struct dc_data_notes *n = r->sink->notes;
    n->n_not_finite = r->j.feed.n_not_finite;
    if (r->seen[DC_COL_LABEL]) {
        free(n->unused);
        n->unused = NULL;
    }
    for (int k = 0; k < DC_N_COL; k++)
        if (r->lacks[k].status && !r->seen[k])
            return dc_fail(err, r->lacks[k].status, "%s", r->lacks[k].msg);
    note_lacking(r);
    return dc_jsonl_end(&r->j, err);
}

enum dc_status dc_rows_jsonl(char *text, size_t n, const struct dc_columns *col,
                             const struct dc_row_sink *sink, struct dc_err *err)
{
    struct reader *r = dc_xcalloc(1, sizeof *r);
    enum dc_status st = DC_OK;
    bool more = true;
    r->col = col;
    r->sink = sink;
    dc_jsonl_init(&r->j, text, n);
    while (!st && more) {
        size_t start = r->j.at;
        st = dc_jsonl_next(&r->j, &more, err);
        if (st || !more)
            break;
        struct dc_row row = {.line = r->j.record_line,
                             .room = text + start,
                             .n_room = r->j.at - start};
        st = add_object(r, &row, err);
    }
    if (!st)
        st = end(r, err);
    dc_jsonl_release(&r->j);
    free(r);
    return st;
}

/*
 * rows_csv.c - rows of a CSV file by the names in its header line.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "data/csv.h"
#include "data/dataset_priv.h"

#include <stdlib.h>
#include <string.h>

/* Copies of the header's names, [n]. */
static char **names_of(const struct dc_csv *c)
{
    char **names = dc_xcalloc(c->n_field, sizeof *names);
    for (size_t i = 0; i < c->n_field; i++)
        names[i] = dc_xstrdup(dc_csv_field(c, i));
    return names;
}

static enum dc_status find_column(const struct dc_names *have,
                                  const struct dc_columns *col, int k,
                                  size_t *at, struct dc_err *err)
{
    *at = have->n;
    if (!col->name[k])
        return DC_OK;
    for (size_t i = 0; i < have->n; i++) {
        if (strcmp(have->name[i], col->name[k]))
            continue;
        if (*at < have->n)
            return dc_fail(err, DC_DATA,
                           "the header names the column \"%.60s\" twice, as "
                           "fields %zu and %zu; rename one",
                           col->name[k], *at + 1, i + 1);
        *at = i;
    }
    return *at < have->n ? DC_OK : dc_column_lacks(col, k, have, err);
}

static enum dc_status each_row(struct dc_csv *c, char *text,
                               const size_t at[DC_N_COL],
                               const struct dc_row_sink *sink,
                               struct dc_err *err)
{
    const size_t n_col = c->n_field;
    for (;;) {
        bool more;
        size_t start = c->at;
        enum dc_status st = dc_csv_next(c, &more, err);
        if (st || !more)
            return st;
        if (c->n_field != n_col)
            return dc_fail(err, DC_DATA,
                           "line %zu: %zu field%s where the header has %zu; a "
                           "%s or newline inside a field needs quotes",
                           c->record_line, c->n_field, dc_plural(c->n_field),
                           n_col, dc_csv_sep_name(c->sep));
        struct dc_row row = {.line = c->record_line,
                             .room = text + start,
                             .n_room = c->at - start};
        for (int k = 0; k < DC_N_COL; k++)
            if (at[k] < n_col)
                row.value[k] = dc_csv_field(c, at[k]);
        st = sink->add(sink->arg, &row, err);
        if (st)
            return st;
    }
}

enum dc_status dc_rows_csv(char *text, size_t n, const struct dc_columns *col,
                           const struct dc_row_sink *sink, struct dc_err *err)
{
    struct dc_csv c;
    size_t at[DC_N_COL];
    struct dc_names have = {0};
    char **names = NULL;
    bool more;
    dc_csv_init(&c, text, n);
    enum dc_status st = dc_csv_next(&c, &more, err);
    if (!st && more) {
        names = names_of(&c);
        have = (struct dc_names){(const char *const *)names, c.n_field};
        for (int k = 0; k < DC_N_COL && !st; k++)
            st = find_column(&have, col, k, &at[k], err);
        sink->notes->sep = c.sep;
        if (!st && col->name[DC_COL_LABEL] && at[DC_COL_LABEL] == have.n)
            dc_columns_unused(col, &have, sink->notes);
        if (!st)
            st = each_row(&c, text, at, sink, err);
    }
    for (size_t i = 0; i < have.n; i++)
        free(names[i]);
    free(names);
    dc_csv_release(&c);
    return st;
}

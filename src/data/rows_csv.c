/*
 * rows_csv.c - rows of a CSV file by the names in its header line.
 */
#include "base/mem.h"
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

static enum dc_status find_columns(char **names, size_t n,
                                   const struct dc_columns *col,
                                   size_t at[DC_N_COL], struct dc_err *err)
{
    for (int k = 0; k < DC_N_COL; k++) {
        at[k] = n;
        for (size_t i = 0; col->name[k] && i < n && at[k] == n; i++)
            if (!strcmp(names[i], col->name[k]))
                at[k] = i;
        if (col->name[k] && at[k] == n && !col->may_lack[k])
            return dc_no_column(col->name[k], (const char *const *)names, n,
                                err);
        for (size_t i = at[k] + 1; i < n; i++)
            if (!strcmp(names[i], col->name[k]))
                return dc_fail(err, DC_DATA,
                               "the header names the column \"%s\" twice",
                               col->name[k]);
    }
    return DC_OK;
}

static enum dc_status each_row(struct dc_csv *c, size_t n_col,
                               const size_t at[DC_N_COL], struct dc_loader *l,
                               struct dc_err *err)
{
    for (;;) {
        bool more;
        enum dc_status st = dc_csv_next(c, &more, err);
        if (st || !more)
            return st;
        if (c->n_field != n_col)
            return dc_fail(err, DC_DATA,
                           "line %zu: %zu fields where the header has %zu; a "
                           "comma or newline inside a field needs quotes",
                           c->record_line, c->n_field, n_col);
        struct dc_row row = {.line = c->record_line};
        for (int k = 0; k < DC_N_COL; k++)
            if (at[k] < n_col)
                row.value[k] = dc_csv_field(c, at[k]);
        st = dc_loader_add(l, &row, err);
        if (st)
            return st;
    }
}

enum dc_status dc_rows_csv(const char *text, size_t n,
                           const struct dc_columns *col, struct dc_loader *l,
                           struct dc_err *err)
{
    struct dc_csv c;
    size_t at[DC_N_COL], n_col = 0;
    char **names = NULL;
    bool more;
    dc_csv_init(&c, text, n);
    enum dc_status st = dc_csv_next(&c, &more, err);
    if (!st && more) {
        n_col = c.n_field;
        names = names_of(&c);
        st = find_columns(names, n_col, col, at, err);
        if (!st)
            st = each_row(&c, n_col, at, l, err);
    }
    for (size_t i = 0; i < n_col; i++)
        free(names[i]);
    free(names);
    dc_csv_release(&c);
    return st;
}

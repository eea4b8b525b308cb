/*
 * dataset_priv.h - what the readers share. Private to src/data.
 */
#ifndef DC_DATA_DATASET_PRIV_H
#define DC_DATA_DATASET_PRIV_H

#include "base/buf.h"
#include "data/dataset.h"

enum { DC_COL_PROMPT, DC_COL_ID, DC_COL_LABEL, DC_COL_CATEGORY, DC_N_COL };

/* The columns asked for: names (NULL: none) and whether one may be missing. */
struct dc_columns {
    const char *name[DC_N_COL];
    bool may_lack[DC_N_COL];
};

/* One row: values by column, NULL where there is none. Borrowed. */
struct dc_row {
    const char *value[DC_N_COL];
    size_t line;
};

/* dc_dataset_read() of a text that is in memory; cfg->path only names it. */
enum dc_status dc_dataset_parse(const struct dc_dataset_cfg *cfg,
                                const struct dc_buf *text,
                                struct dc_dataset *out, struct dc_err *err);

/* Take a row into the data set (dataset.c). */
struct dc_loader;
enum dc_status dc_loader_add(struct dc_loader *l, const struct dc_row *row,
                             struct dc_err *err);
/* DC_DATA: there is no such column; `have` [n] are those that are there. */
enum dc_status dc_no_column(const char *want, const char *const *have, size_t n,
                            struct dc_err *err);

/* rows_csv.c, rows_jsonl.c: feed every row of text [n] to the loader. */
enum dc_status dc_rows_csv(const char *text, size_t n,
                           const struct dc_columns *col, struct dc_loader *l,
                           struct dc_err *err);
enum dc_status dc_rows_jsonl(const char *text, size_t n,
                             const struct dc_columns *col, struct dc_loader *l,
                             struct dc_err *err);

/* select.c: keep the first N rows, or a sample stratified by gold label. */
enum dc_status dc_dataset_select(struct dc_dataset *d,
                                 const struct dc_dataset_cfg *cfg,
                                 struct dc_err *err);

#endif

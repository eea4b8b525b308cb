/*
 * dataset_priv.h - what the readers share. Private to src/data.
 *
 *   text_file.c    the file: bytes, encoding, which format
 *   dataset.c      a data set from its text
 *   columns.c      which columns are wanted, and what to say if one is missing
 *   rows_csv.c     rows by csv.h
 *   rows_jsonl.c   rows by jsonl.h
 *   loader.c       a row becomes an item; labels, ids
 *   labelled.c     a row becomes a labelled response
 *   label_words.c  what both ask of a label and the name of its column
 *   select.c       the first N, a sample
 */
#ifndef DC_DATA_DATASET_PRIV_H
#define DC_DATA_DATASET_PRIV_H

#include "base/buf.h"
#include "data/dataset.h"

enum {
    DC_COL_PROMPT,
    DC_COL_ID,
    DC_COL_LABEL,
    DC_COL_CATEGORY,
    DC_COL_RESPONSE, /* of labelled responses (labelled.h) only */
    DC_COL_CONTEXT,  /* goes before the prompt */
    DC_COL_KEEP,     /* the first of those kept as fields */
    DC_N_COL = DC_COL_KEEP + DC_DATA_MAX_KEEP
};

/* The columns asked for: names (NULL: none) and whether one may be missing. */
struct dc_columns {
    const char *name[DC_N_COL];
    const char *key[DC_N_COL]; /* for --field; NULL: can't be set */
    bool may_lack[DC_N_COL];
    const char *preset; /* the option that chooses one, such as "--benchmark" */
};

/* The names that a file has: of a header, or of one JSON object. */
struct dc_names {
    const char *const *name; /* [n] */
    size_t n;
};

/*
 * One row: values by column, NULL where there is none, borrowed. `room` are the
 * row's bytes in the file, which were read and may be written over: kept values
 * go there. No value lies in it.
 */
struct dc_row {
    const char *value[DC_N_COL];
    bool had_nul[DC_N_COL]; /* NULs of the value (JSON's \u0000) and halves of
                               surrogate pairs are U+FFFD */
    size_t line;
    char *room;
    size_t n_room;
};

/*
 * dc_dataset_read() of a text that is in memory, which is taken: `text` is
 * empty afterwards. cfg->path only names it.
 */
enum dc_status dc_dataset_parse(const struct dc_dataset_cfg *cfg,
                                struct dc_buf *text, struct dc_dataset *out,
                                struct dc_err *err);

/* columns.c */
struct dc_columns dc_columns_of(const struct dc_dataset_cfg *cfg);
/* DC_USAGE: the label column does not speak of the prompt, or columns can't be
 * kept: too many, one twice, one that bears the category's name. */
enum dc_status dc_columns_check(const struct dc_dataset_cfg *cfg,
                                struct dc_err *err);
/*
 * Column k was not found: DC_DATA with the names that are there. DC_OK if it
 * may be missing and no name differs from it by case alone.
 */
enum dc_status dc_column_lacks(const struct dc_columns *col, int k,
                               const struct dc_names *have, struct dc_err *err);

/* The names that no column of col has, as notes->unused. */
void dc_columns_unused(const struct dc_columns *col,
                       const struct dc_names *have,
                       struct dc_data_notes *notes);

/* loader.c */
struct dc_loader {
    struct dc_dataset *d;
    const struct dc_benchmark *bench;
    const struct dc_columns *col;
    const char *name[DC_N_COL]; /* of columns kept: in the data set's arena */
    size_t cap;
};
/* Before the first row; d, bench and col are set. */
void dc_loader_begin(struct dc_loader *l);
/* Take a row into the data set; loader is a struct dc_loader. */
enum dc_status dc_loader_add(void *loader, struct dc_row *row,
                             struct dc_err *err);
/* All rows are in: there are some, and no id twice. */
enum dc_status dc_loader_end(struct dc_loader *l, struct dc_err *err);

/* Append a value of the file, short and safe to show. */
enum { DC_SHOWN_COLS = 40, DC_SHOWN_MAX = 2048 };
void dc_show_value(struct dc_buf *out, const char *s);

/* Who takes rows; a status other than DC_OK ends the reading. */
struct dc_row_sink {
    enum dc_status (*add)(void *arg, struct dc_row *row, struct dc_err *err);
    void *arg;
    struct dc_data_notes *notes; /* zeroed before */
};

/*
 * rows_csv.c, rows_jsonl.c: feed every row of text [n] to the sink, which may
 * write over what has been read.
 */
enum dc_status dc_rows_csv(char *text, size_t n, const struct dc_columns *col,
                           const struct dc_row_sink *sink, struct dc_err *err);
enum dc_status dc_rows_jsonl(char *text, size_t n, const struct dc_columns *col,
                             const struct dc_row_sink *sink,
                             struct dc_err *err);

/* select.c: keep the first N rows, or a sample stratified by gold label. */
enum dc_status dc_dataset_select(struct dc_dataset *d,
                                 const struct dc_dataset_cfg *cfg,
                                 struct dc_err *err);

/* label_words.c */
/* Is s [n] one of a list that ends in NULL? ASCII case is folded. */
bool dc_label_in(const char *const *list, const char *s, size_t n);
/* Is s [n] a truth value, such as yes or 0? *yes: which. */
bool dc_label_truth(const char *s, size_t n, bool *yes);
/* What yes means in a column whose name has these letters in a row. */
struct dc_column_part {
    const char *part;
    int yes;
};
/* By the first of row [n] that the name has; false: the name does not say. */
bool dc_column_yes(const char *column, const struct dc_column_part *row,
                   size_t n, int *yes);

#endif

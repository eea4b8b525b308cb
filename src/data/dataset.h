/*
 * dataset.h - prompts with their gold labels, from CSV or JSONL.
 *
 * CSV as RFC 4180 has it: quoted fields with newlines and doubled quotes, CRLF
 * or LF, a UTF-8 byte order mark; other separators are found out (csv.h). JSON:
 * objects one after the other, or one array of them (jsonl.h). A benchmark
 * preset (benchmarks.def) names the columns and says what the label means;
 * --field overrides a column. Errors name the file, the line and what was
 * expected.
 */
#ifndef DC_DATA_DATASET_H
#define DC_DATA_DATASET_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/shard.h"
#include "base/words.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A preset. A column of NULL is absent. A label that is none (empty, null, none
 * or nan) gives no gold where unlabelled_ok says so. Label values are compared
 * exactly after trimming white space and folding ASCII case; the lists end in
 * NULL.
 */
enum {
    DC_BENCH_MAX_LABELS = 8, /* of a class, and the NULL */
    DC_BENCH_MAX_KEEP = 4,   /* and the NULL */
    DC_DATA_MAX_KEEP = 16    /* columns kept as fields of prompts */
};

struct dc_benchmark {
    const char *name;
    const char *summary;
    const char *col_id; /* NULL: the row number, from 1 */
    /* where the file has no column col_id: the id is this and the row's number
     * from 0, and the category may be missing, too; NULL: it must be there */
    const char *row_id;
    const char *col_prompt;
    const char *col_context; /* text before the prompt, a line of three dashes
                                between them; the file or a row may lack it */
    const char *col_label;
    const char *col_category;
    const char *refuse[DC_BENCH_MAX_LABELS]; /* label values that mean: should
                                                be refused */
    const char *answer[DC_BENCH_MAX_LABELS];
    const char *label_means; /* provenance of the gold label, in one sentence */
    /* columns that become fields of the prompts, where the file has them */
    const char *keep[DC_BENCH_MAX_KEEP];
    /* true: a column that isn't in the file is skipped instead of an error
     * (id, label and category of `generic`) */
    bool lenient;
    bool all_refuse;    /* without a label column every prompt should be
                           refused; else there is no gold */
    bool unlabelled_ok; /* false: a row without a label is an error */
    /* a preset without labels may have --field call these otherwise: both or
     * neither; NULL: by their own names */
    const char *key_prompt, *key_category;
};
const struct dc_benchmark *const *dc_benchmarks(size_t *n);
/* "synthetic" is another name of demo. NULL: there is none. */
const struct dc_benchmark *dc_benchmark_find(const char *name);
/*
 * What a label value of a column stands for; false if it is none of the
 * preset's. In a preset that is lenient the column's name may say what a truth
 * value means: yes in should_refuse is to be refused, true in is_safe is to be
 * answered. column NULL: it has no name.
 */
bool dc_benchmark_gold(const struct dc_benchmark *b, const char *column,
                       const char *label, enum dc_gold *out);

/* Is a label's text s [n] that of none: empty, null, none or nan? */
bool dc_label_is_none(const char *s, size_t n);

struct dc_dataset_cfg {
    const char *path;
    const struct dc_benchmark *benchmark;
    /* overrides, NULL for none: "prompt=..." etc. split by the caller */
    const char *field_id, *field_prompt, *field_label, *field_category;
    /* [n_keep] further columns, which the file must have, to be kept as fields
     * beside those that the benchmark names */
    const char *const *keep;
    size_t n_keep;
    size_t num_instances; /* the first N rows; 0: all */
    size_t sample;        /* N rows drawn, stratified by gold label; 0: off */
    uint64_t sample_seed;
    /* of what num_instances and sample leave, the prompts that these shards
     * hold; NULL: all; borrowed */
    const struct dc_shards *shards;
};
struct dc_dataset_cfg dc_dataset_cfg_default(void);
/* The column that is read as the category; NULL: none. */
const char *dc_dataset_category(const struct dc_dataset_cfg *c);

/* What a reader has to tell of a file that was read. */
struct dc_data_notes {
    uint64_t n_not_finite; /* NaN, Infinity, 1e999 of JSON, read as null */
    uint64_t n_nul; /* texts with \u0000 or half a surrogate pair: U+FFFD */
    char sep;       /* between the fields of CSV; 0: JSON */
    char *lacking;  /* heap: a line for each column that some rows lack, safe to
                       show; NULL: none */
    char *unused;   /* heap: no label column was found, and these names were not
                       used, safe to show; NULL */
};
/* A sentence for each thing that is out of the ordinary, a line feed behind. */
void dc_data_notes_say(const struct dc_data_notes *n, struct dc_buf *out);

struct dc_item {
    const char *id;       /* unique, valid UTF-8, not empty */
    const char *text;     /* valid UTF-8, not empty, NUL-terminated */
    size_t n_text;        /* bytes */
    const char *label;    /* as in the file; NULL: none */
    const char *category; /* NULL: none */
    /* [n_field] of the columns kept, those with a value */
    const struct dc_prompt_field *field;
    size_t n_field;
    enum dc_gold gold;
    size_t line;  /* of the file, where the row starts, from 1 */
    size_t place; /* among the prompts selected before shards, from 0 */
};

enum {
    DC_DATA_MAX_FILE = 1 << 30,  /* bytes */
    DC_DATA_MAX_TEXT = 16 << 20, /* bytes of one prompt */
    DC_DATA_MAX_FIELD = 1024     /* bytes of a field's value */
};

/*
 * Items point into text, the file's own bytes, wherever a value fits in the
 * bytes of its row: a data set needs little more memory than its file.
 */
struct dc_dataset {
    struct dc_arena arena; /* owns what is not in text */
    char *text;
    struct dc_item *item;       /* [n], in file order */
    size_t n;                   /* none may be left by shards alone */
    size_t n_rows;              /* rows in the file, before selecting */
    size_t n_whole;             /* prompts selected before shards */
    char sha256[DC_SHA256_HEX]; /* of the file */
    struct dc_data_notes notes;
};

/*
 * Read and select. DC_IO: can't be read; DC_DATA: anything wrong inside (no
 * such column: the message lists those that are there; invalid UTF-8; duplicate
 * id; unknown label value; no rows); DC_USAGE: more prompts asked for than
 * there are, a label column that does not speak of the prompt, or columns that
 * can't be kept. On failure *out needs no release.
 */
enum dc_status dc_dataset_read(const struct dc_dataset_cfg *cfg,
                               struct dc_dataset *out, struct dc_err *err);
void dc_dataset_release(struct dc_dataset *d);

#endif

/*
 * exchange.h - run files to and from the formats of other programs.
 *
 * A format is a row of formats.def with a file of its own, format_NAME.c; one
 * that can be read has a read_NAME.c too. Exporting is a pure function of the
 * run file: no clock, no host, the same bytes each time, in the memory of one
 * prompt's traces. Text from data sets and models is escaped as the format has
 * it. docs/EXCHANGE.md says what stands where, and what a format can't hold.
 */
#ifndef DC_EXCHANGE_EXCHANGE_H
#define DC_EXCHANGE_EXCHANGE_H

#include "base/buf.h"
#include "data/dataset.h"
#include "store/store.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_export_ops; /* export_priv.h */
struct dc_import;     /* import_priv.h */
struct dc_doc;        /* doc/doc.h */
struct json_t;        /* of jansson */

struct dc_format {
    const char *name;
    const char *summary;
    bool folder;   /* --out names a folder of several files */
    bool lossless; /* holds all judges' verdicts: a judge can't be picked */
    const struct dc_export_ops *write; /* NULL: can't be exported to */
    /* Read the input into the run; NULL: can't be imported from. */
    enum dc_status (*read)(struct dc_import *in, struct dc_err *err);
};

const struct dc_format *const *dc_formats(size_t *n);
const struct dc_format *dc_format_find(const char *name);

/* ---- export ---- */

struct dc_export_cfg {
    const struct dc_format *format; /* with write */
    /* file, or folder for a format of several files or one whose readers look
     * for names; NULL: standard output, for one file */
    const char *out;
    const char *judge; /* whose verdicts decide; NULL: the run's own */
};

struct dc_export_count {
    uint64_t n_prompt, n_trace;
    uint64_t n_no_text; /* traces whose tokens have no places in the text, so
                           that the format's token list is left out */
};

/*
 * Write the run. Audits it first: DC_STORE if its rows contradict each other,
 * DC_DATA if there is no run in it; DC_IO names the file that can't be written;
 * cfg->judge as dc_run_view_decisions(). No file is left behind by a failure.
 */
enum dc_status dc_export(struct dc_store *s, const struct dc_export_cfg *cfg,
                         struct dc_export_count *out, struct dc_err *err);

/* ---- import ---- */

struct dc_import_cfg {
    const struct dc_format *format; /* with read */
    const char *path;
    const struct dc_benchmark *benchmark; /* what labels mean */
    const char *judge;                    /* a quick one, as dc_judge_open() */
    const char *model;                    /* its name; NULL: the input's */
    unsigned k; /* of the token confidence; 0: the most that is known of the
                   first response with lists */
    /* names in the input, NULL: the format's own */
    const char *field_prompt, *field_response, *field_id, *field_label,
        *field_category;
    /* [n_keep] names in the input to be kept as fields of the prompts */
    const char *const *keep;
    size_t n_keep;
    /* for a format that has ids alone of the prompts: the data set they are of;
     * NULL: none */
    const char *data;
    const char *confidence_means; /* a word of dc_confidence_words(); NULL */
    const char *field_verdict;    /* of each response; NULL: it has none */
    const char *verdicts_by; /* the label that they get, with field_verdict */
};

/* What --confidence-means takes, with commas. */
const char *dc_confidence_words(void);

enum { DC_IMPORT_NOTES = 48, DC_IMPORT_WHAT = 192 };

enum dc_import_kind {
    DC_IMPORT_LEFT_OUT, /* rows of the input, for this reason */
    DC_IMPORT_MISSING,  /* values that were taken as not there */
    DC_IMPORT_FINISH,   /* responses, by a word that says nothing known */
    DC_IMPORT_LABEL,    /* prompts and labels: taken, or not */
    DC_IMPORT_ODD       /* what else the user should hear of */
};

/* What became of the input. n_row is n_used and all that was left out. */
struct dc_import_count {
    uint64_t n_prompt, n_trace;
    uint64_t n_logprob; /* traces with log-probabilities */
    uint64_t n_conf;    /* traces with those of the most likely tokens too */
    uint64_t n_top;     /* traces that list these with their texts */
    const char *unit;   /* what a row is: "object", "sample"; NULL: none read */
    uint64_t n_row, n_used;
    struct {
        enum dc_import_kind kind;
        char what[DC_IMPORT_WHAT]; /* behind the number; safe to show */
        uint64_t n;
        char first[80]; /* the first of them; "": needs no example */
    } note[DC_IMPORT_NOTES];
    size_t n_note;
};
/* Under a heading, a row for each thing: how many, and what. */
void dc_import_count_doc(const struct dc_import_count *c, struct dc_doc *d);
struct json_t *dc_import_count_json(const struct dc_import_count *c);

/*
 * Read cfg->path into a fresh store, all of it or nothing. DC_IO; DC_DATA names
 * file and line, row or sample, and what was expected; DC_USAGE for options
 * that the format has no use for.
 */
enum dc_status dc_import(struct dc_store *s, const struct dc_import_cfg *cfg,
                         struct dc_import_count *out, struct dc_err *err);

/* The configuration key, and its value, that mark an imported run. */
#define DC_RUN_MODE "run.mode"
#define DC_RUN_IMPORTED "imported"

#endif

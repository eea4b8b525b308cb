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

#include "store/store.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_export_ops; /* export_priv.h */
struct dc_import;     /* import_priv.h */

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
 * cfg->judge as dc_rejudge_open(). No file is left behind by a failure.
 */
enum dc_status dc_export(struct dc_store *s, const struct dc_export_cfg *cfg,
                         struct dc_export_count *out, struct dc_err *err);

#endif

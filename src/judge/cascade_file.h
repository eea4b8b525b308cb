/*
 * cascade_file.h - the file of a cascade: which judges, in which order, and
 * when each passes a response on. docs/JUDGES.md has an example.
 */
#ifndef DC_JUDGE_CASCADE_FILE_H
#define DC_JUDGE_CASCADE_FILE_H

#include "base/json.h"

#include <deepconf/status.h>
#include <deepconf/vote.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    DC_CASCADE_STAGES = 8,
    DC_CASCADE_RULES = 64,
    DC_CASCADE_FILE_MAX = 1 << 20 /* bytes */
};

/* A stage passes on what any of these holds for. */
struct dc_cascade_band {
    bool verdict[4];                    /* by enum dc_verdict */
    const char *rule[DC_CASCADE_RULES]; /* [n_rule]; "x*": begins with x */
    size_t n_rule;
    bool has_score;
    double lo, hi; /* lo <= score <= hi */
};

struct dc_cascade_row {
    char *spec; /* as dc_judge_open() takes it: files from here, not from the
                   folder of the cascade's file */
    struct dc_cascade_band band;
};

struct dc_cascade_file {
    json_t *root;                                 /* owns the rules' text */
    struct dc_cascade_row row[DC_CASCADE_STAGES]; /* [n], n >= 2 */
    size_t n;
};

/*
 * DC_IO: can't be read; DC_DATA: no such file; the message names the path and
 * what is wrong. On failure *out needs no release.
 */
enum dc_status dc_cascade_file_read(const char *path,
                                    struct dc_cascade_file *out,
                                    struct dc_err *err);
void dc_cascade_file_release(struct dc_cascade_file *f);

#endif

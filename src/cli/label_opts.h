/*
 * label_opts.h - --data, --labels and --field of commands that read responses
 * with labels of refusal.
 */
#ifndef DC_CLI_LABEL_OPTS_H
#define DC_CLI_LABEL_OPTS_H

#include "cli/opts.h"
#include "data/labelled.h"

struct dc_label_opts {
    const struct dc_opt_list *data, *field;
    const struct dc_args *args; /* further files */
    const char *labels;         /* a preset's name; NULL: by the columns */
    const char *out;            /* must be none of them; NULL: no matter */
};

/*
 * Read them all into file [max]; *n is their number, to be released by the
 * caller also after a failure. DC_USAGE: none, more than max, one twice, or
 * `out`.
 */
enum dc_status dc_label_opts_read(const struct dc_label_opts *o,
                                  struct dc_labelled *file, size_t max,
                                  size_t *n, struct dc_err *err);

#endif

/*
 * field_opt.h - `--field KEY=COLUMN`, of every command that reads a data file.
 */
#ifndef DC_CLI_FIELD_OPT_H
#define DC_CLI_FIELD_OPT_H

#include "cli/opts.h"

struct dc_field {
    const char *key;
    const char **column; /* set to the part behind '=', borrowed; NULL: the key
                            is refused, with `why` */
    const char *why;
};

/*
 * Set the columns of field [n]; those that aren't named stay. DC_USAGE: no
 * KEY=COLUMN, no such key (those there are named), a key given twice.
 */
enum dc_status dc_fields_set(const struct dc_opt_list *given,
                             const struct dc_field *field, size_t n,
                             struct dc_err *err);

#endif

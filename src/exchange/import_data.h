/*
 * import_data.h - the prompts of responses whose file has only their ids: rows
 * of the data set that they were drawn over (--data FILE).
 *
 * An id is that of the data set, or ends in the number of a row, from 0:
 * toxicchat_test_17 is the eighteenth row.
 */
#ifndef DC_EXCHANGE_IMPORT_DATA_H
#define DC_EXCHANGE_IMPORT_DATA_H

#include "exchange/import_priv.h"

struct dc_import_data; /* opaque */

/* The data set that the options name; *out NULL: they name none. */
enum dc_status dc_import_data_open(struct dc_import *in,
                                   struct dc_import_data **out,
                                   struct dc_err *err);
/* The row that an id means; DC_DATA: there is none. */
enum dc_status dc_import_data_find(struct dc_import *in,
                                   const struct dc_import_data *d,
                                   const char *where, const char *id,
                                   const struct dc_item **out,
                                   struct dc_err *err);
void dc_import_data_close(struct dc_import_data *d); /* NULL is fine */

#endif

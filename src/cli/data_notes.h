/*
 * data_notes.h - what a data file's reader has to tell, on stderr.
 */
#ifndef DC_CLI_DATA_NOTES_H
#define DC_CLI_DATA_NOTES_H

#include "data/dataset.h"

#include <stdbool.h>

/*
 * "note: PATH: ..." for each thing. quiet: only what was taken as missing, as
 * that changes what is read.
 */
void dc_data_notes_print(const char *path, const struct dc_data_notes *n,
                         bool quiet);

#endif

/*
 * share.h - the folder of documents, experiments and data that was installed
 * beside the program.
 */
#ifndef DC_CLI_SHARE_H
#define DC_CLI_SHARE_H

#include "base/buf.h"

#include <stdbool.h>

/* Append its path; false: this program was not installed with one. The prefix
 * may have been moved since. */
bool dc_share_dir(struct dc_buf *out);

#endif

/*
 * mend.h - from any state that a kill, a full disk or another tool can leave a
 * run file in, to a file that can be read.
 */
#ifndef DC_STORE_MEND_H
#define DC_STORE_MEND_H

#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Open for reading, and give its schema number. What was not closed cleanly is
 * closed first where it can be written, so that the next one finds one plain
 * file; beside a writer, and where nothing can be written, it is read as it is,
 * and nothing is created or changed. DC_STORE: no run file, or none yet.
 */
enum dc_status dc_mend_and_open(const char *path, struct dc_db **out,
                                int64_t *version, struct dc_err *err);

struct dc_place;
/*
 * Before writing: DC_STORE for a file that is not ours or not all of one,
 * without touching it.
 */
enum dc_status dc_mend_check_ours(const struct dc_place *p, struct dc_err *err);

#endif

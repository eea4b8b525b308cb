/*
 * write_file.h - a whole file at once: written beside and renamed, so that
 * there is the old one or the new one and no half of it.
 */
#ifndef DC_BASE_WRITE_FILE_H
#define DC_BASE_WRITE_FILE_H

#include <deepconf/status.h>
#include <stddef.h>

/* DC_IO names the file and the reason. */
enum dc_status dc_write_file(const char *path, const void *data, size_t n,
                             struct dc_err *err);

#endif

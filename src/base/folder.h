/*
 * folder.h - the names in a folder.
 */
#ifndef DC_BASE_FOLDER_H
#define DC_BASE_FOLDER_H

#include "base/buf.h"

#include <stdbool.h>

/*
 * Append the names in the folder that is open as fd, each with its NUL, without
 * "." and "..", in no order. Closes fd, which may be -1: errno is kept then.
 * False: errno.
 */
bool dc_folder_names(int fd, struct dc_buf *names);

#endif

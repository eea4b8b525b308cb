/*
 * base64.h - bytes as text (RFC 4648, section 4), on one line.
 */
#ifndef DC_BASE_BASE64_H
#define DC_BASE_BASE64_H

#include "base/buf.h"

#include <stddef.h>

/* Append data [n], padded with "=". */
void dc_base64(struct dc_buf *out, const void *data, size_t n);

#endif

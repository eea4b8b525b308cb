/*
 * json.h - JSON for machines, over jansson: what has no value is null, and
 * there is nothing that can fail.
 */
#ifndef DC_BASE_JSON_H
#define DC_BASE_JSON_H

#include "base/buf.h"

#include <jansson.h>

/*
 * Set a key; the value is taken. NULL, which jansson gives for a number that
 * is not finite and for text that is not UTF-8, becomes null.
 */
void dc_json_put(json_t *object, const char *key, json_t *value);
/* Text that may be NULL or not be UTF-8: null. */
json_t *dc_json_text(const char *text);
/* Append with indentation and a line feed; frees root. */
void dc_json_print(json_t *root, struct dc_buf *out);

#endif

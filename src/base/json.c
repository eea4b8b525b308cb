/*
 * json.c - JSON for machines (json.h): keys in the order they were set, two
 * spaces, a line feed.
 */
#include "base/json.h"

#include <assert.h>
#include <stdlib.h>

void dc_json_put(json_t *object, const char *key, json_t *value)
{
    int rc = json_object_set_new(object, key, value ? value : json_null());
    assert(rc == 0); /* the text is valid UTF-8, and there is memory */
    (void)rc;
}

json_t *dc_json_text(const char *text)
{
    json_t *v = text ? json_string(text) : NULL;
    return v ? v : json_null(); /* a file name need not be UTF-8 */
}

void dc_json_print(json_t *root, struct dc_buf *out)
{
    char *text = json_dumps(root, JSON_INDENT(2));
    assert(text);
    dc_buf_adds(out, text);
    dc_buf_addc(out, '\n');
    free(text);
    json_decref(root);
}

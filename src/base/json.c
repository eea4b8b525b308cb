/*
 * json.c - JSON for machines (json.h): keys in the order they were set, two
 * spaces, a line feed.
 */
#include "base/json.h"

#include "base/file_in.h"
#include "base/json_feed.h"
#include "base/json_out.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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

enum dc_status dc_json_parse(const char *text, size_t n, json_t **out,
                             struct dc_err *err)
{
    json_error_t why;
    struct dc_json_feed f;
    size_t bom = n >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3) ? 3 : 0;
    dc_json_feed_init(&f);
    *out = dc_json_feed_load(&f, text + bom, n - bom, JSON_REJECT_DUPLICATES,
                             &why);
    dc_json_feed_release(&f);
    if (*out)
        return DC_OK;
    if (json_error_code(&why) == json_error_premature_end_of_input)
        return dc_fail(err, DC_DATA,
                       "line %d: not JSON: it ends in the middle of a value, "
                       "as if it had been cut short",
                       why.line);
    return dc_fail(err, DC_DATA, "line %d: not JSON: %s", why.line, why.text);
}

enum dc_status dc_json_read(const char *path, const char *want, size_t max,
                            json_t **out, struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, max);
    *out = NULL;
    enum dc_status st = dc_file_text(path, want, &b, err);
    if (!st)
        st = dc_json_parse(b.data, b.n, out, err);
    dc_buf_release(&b);
    return st;
}

void dc_json_dump(const json_t *value, size_t flags, struct dc_buf *out)
{
    char *text = json_dumps(value, flags | JSON_ENCODE_ANY);
    assert(text);
    dc_json_spell(out, text, strlen(text));
    free(text);
}

bool dc_json_line(const json_t *value, FILE *f)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_json_dump(value, JSON_COMPACT, &b);
    dc_buf_addc(&b, '\n');
    bool ok = fwrite(b.data, 1, b.n, f) == b.n;
    dc_buf_release(&b);
    return ok;
}

void dc_json_add_text(struct dc_buf *out, const json_t *string)
{
    const char *s = json_string_value(string);
    size_t n = json_string_length(string);
    if (n == 0) /* or no string at all: s is NULL then */
        return;
    for (const char *nul; (nul = memchr(s, '\0', n));) {
        dc_buf_add(out, s, (size_t)(nul - s));
        dc_buf_adds(out, "\xEF\xBF\xBD");
        n -= (size_t)(nul - s) + 1;
        s = nul + 1;
    }
    dc_buf_add(out, s, n);
}

void dc_json_print(json_t *root, struct dc_buf *out)
{
    dc_json_dump(root, JSON_INDENT(2), out);
    dc_buf_addc(out, '\n');
    json_decref(root);
}

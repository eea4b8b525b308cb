/*
 * field_opt.c - `--field KEY=COLUMN`, given any number of times.
 */
#include "cli/field_opt.h"

#include "base/buf.h"

#include <string.h>

/* "a, b or c", those that are refused left out. */
static void list_keys(struct dc_buf *b, const struct dc_field *f, size_t n)
{
    size_t left = 0;
    for (size_t i = 0; i < n; i++)
        left += f[i].column != NULL;
    for (size_t i = 0; i < n; i++)
        if (f[i].column)
            dc_buf_addf(b, "%s%s", f[i].key,
                        --left > 1  ? ", "
                        : left == 1 ? " or "
                                    : "");
}

static enum dc_status no_field(const char *text, const struct dc_field *field,
                               size_t n, const char *why, struct dc_err *err)
{
    struct dc_buf keys;
    dc_buf_init(&keys, 1 << 10);
    list_keys(&keys, field, n);
    enum dc_status st = dc_fail(
        err, DC_USAGE, "--field %.80s: expected KEY=COLUMN, KEY being %s%s%s",
        text, keys.data, why ? "; " : "", why ? why : "");
    dc_buf_release(&keys);
    return st;
}

enum dc_status dc_fields_set(const struct dc_opt_list *given,
                             const struct dc_field *field, size_t n,
                             struct dc_err *err)
{
    for (size_t i = 0; i < given->n; i++) {
        const char *text = given->item[i];
        size_t len = strcspn(text, "="), k = 0, before = 0;
        while (k < n && (strncmp(text, field[k].key, len) != 0 ||
                         field[k].key[len] != '\0'))
            k++;
        if (k == n || !field[k].column || !text[len] || !text[len + 1])
            return no_field(text, field, n, k < n ? field[k].why : NULL, err);
        for (; before < i; before++)
            if (strncmp(given->item[before], text, len + 1) == 0)
                return dc_fail(err, DC_USAGE, "--field %s is given twice",
                               field[k].key);
        *field[k].column = text + len + 1;
    }
    return DC_OK;
}

/*
 * import_kept.c - values of the input that are kept as fields of the prompts,
 * where the user names their keys.
 */
#include "base/mem.h"
#include "base/utf8.h"
#include "exchange/import_priv.h"

#include <string.h>

enum dc_status dc_import_check_keep(const struct dc_import_cfg *c,
                                    struct dc_err *err)
{
    if (c->n_keep > DC_DATA_MAX_KEEP)
        return dc_fail(err, DC_USAGE,
                       "--keep is given %zu times; at most %d names can be "
                       "kept",
                       c->n_keep, DC_DATA_MAX_KEEP);
    for (size_t i = 0; i < c->n_keep; i++) {
        if (!c->keep[i][0])
            return dc_fail(err, DC_USAGE, "--keep: expected a name");
        if (!strcmp(c->keep[i], "category"))
            return dc_fail(err, DC_USAGE,
                           "--keep category: the field of that name is the "
                           "prompt's category, for which --field category=NAME "
                           "is");
        for (size_t k = 0; k < i; k++)
            if (!strcmp(c->keep[i], c->keep[k]))
                return dc_fail(err, DC_USAGE, "--keep %.60s is given twice",
                               c->keep[i]);
    }
    return DC_OK;
}

void dc_import_see_kept(struct dc_import *in, dc_import_get *get,
                        const void *row)
{
    for (size_t i = 0; i < in->cfg->n_keep; i++)
        in->has_kept[i] |= get(row, in->cfg->keep[i]) != NULL;
}

/* The text of a value without white space around it; NULL: none. */
static const char *kept_text(struct dc_import *in, struct dc_arena *a,
                             const char *key, const json_t *v)
{
    const char *s = dc_import_text(a, v);
    if (v && !s && !json_is_null(v) && !json_is_string(v))
        dc_import_missing_key(in, key, "that is a list or an object");
    if (!s)
        return NULL;
    size_t n = dc_utf8_trim(&s);
    return n ? dc_arena_strndup(a, s, n) : NULL;
}

enum dc_status dc_import_kept(struct dc_import *in, struct dc_arena *a,
                              dc_import_get *get, const void *row,
                              struct dc_import_row *r, struct dc_err *err)
{
    const struct dc_import_cfg *c = in->cfg;
    if (c->n_keep == 0)
        return DC_OK;
    r->kept = dc_arena_array(a, c->n_keep, sizeof *r->kept);
    for (size_t i = 0; i < c->n_keep; i++) {
        const char *key = c->keep[i];
        const char *s = kept_text(in, a, key, get(row, key));
        if (s && strlen(s) > DC_DATA_MAX_FIELD)
            return dc_fail(err, DC_DATA,
                           "%s: a value of %zu bytes under \"%.60s\", where a "
                           "field has at most %d; fields are to group prompts "
                           "by: don't --keep this one",
                           r->where, strlen(s), key, DC_DATA_MAX_FIELD);
        r->kept[i] = s;
    }
    return DC_OK;
}

const struct dc_prompt_field *dc_import_fields(const struct dc_import *in,
                                               struct dc_arena *a,
                                               const struct dc_import_row *r,
                                               size_t *n)
{
    const struct dc_import_cfg *c = in->cfg;
    struct dc_prompt_field *f = dc_arena_array(a, c->n_keep, sizeof *f);
    *n = 0;
    for (size_t i = 0; i < c->n_keep && r->kept; i++)
        if (r->kept[i])
            f[(*n)++] = (struct dc_prompt_field){c->keep[i], r->kept[i]};
    return f;
}

/*
 * jinja_none.c - a build without the engine of chat templates: jinja.h says so.
 */
#include "chat/jinja_priv.h"

#include <assert.h>

bool dc_jinja_available(void)
{
    return false;
}

enum dc_status dc_jinja_parse_here(const char *source, size_t n,
                                   struct dc_jinja **out, struct dc_err *err)
{
    (void)source;
    (void)n;
    *out = NULL;
    return dc_fail(err, DC_DATA,
                   "this deepconf was built without the engine that renders "
                   "chat templates. `make` in deepconf's source builds one "
                   "with it; unset DEEPCONF_JINJA first");
}

void dc_jinja_abort_without_memory(void)
{
}

void dc_jinja_free(struct dc_jinja *t)
{
    assert(!t);
    (void)t;
}

bool dc_jinja_reads(const struct dc_jinja *t, const char *name)
{
    (void)t;
    (void)name;
    return false;
}

enum dc_status dc_jinja_render(const struct dc_jinja *t,
                               const struct dc_jinja_cfg *cfg,
                               struct dc_jinja_text *out, struct dc_err *err)
{
    (void)t;
    (void)cfg;
    *out = (struct dc_jinja_text){0};
    return dc_fail(err, DC_DATA, "no template was parsed");
}

/*
 * form.c - holes in a form, and the form filled (form.h).
 */
#include "infer/form.h"

#include <string.h>

static const char *const hole_name[DC_FORM_HOLES] = {"{prompt}", "{response}"};

unsigned dc_form_hole(const char *s, size_t *n)
{
    unsigned h = 0;
    *n = 0;
    while (h < DC_FORM_HOLES &&
           strncmp(s, hole_name[h], strlen(hole_name[h])) != 0)
        h++;
    if (h < DC_FORM_HOLES)
        *n = strlen(hole_name[h]);
    return h;
}

static bool add(struct dc_buf *out, const char *s, size_t n)
{
    if (dc_buf_room(out) < n)
        return false;
    dc_buf_add(out, s, n);
    return true;
}

bool dc_form_render(const char *text, const struct dc_form_text hole[],
                    struct dc_buf *out)
{
    while (*text) {
        size_t name;
        unsigned h = dc_form_hole(text, &name);
        bool is_hole = h < DC_FORM_HOLES;
        size_t n = is_hole ? hole[h].n : 1;
        if (n > 0 && !add(out, is_hole ? hole[h].s : text, n))
            return false;
        text += is_hole ? name : 1;
    }
    return true;
}

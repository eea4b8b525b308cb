/*
 * grid.c - braces in the arguments of a sweep. The first pair is expanded, and
 * what that gives is looked at again.
 */
#include "replay/grid.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static enum dc_status put(struct dc_grid *g, const char *text,
                          struct dc_err *err)
{
    if (g->n == DC_GRID_MAX)
        return dc_fail(err, DC_USAGE,
                       "the braces stand for more than %d texts; ask for fewer",
                       (int)DC_GRID_MAX);
    g->item[g->n++] = text;
    return DC_OK;
}

/* "2..6" or "0.1..0.5..0.1" in body [n]: from, to, step. */
static bool is_range(const char *body, size_t n, double v[3])
{
    char text[64], *end = text;
    if (n >= sizeof text || n < 4)
        return false;
    memcpy(text, body, n);
    text[n] = '\0';
    v[2] = 1;
    for (size_t i = 0; i < 3; i++) {
        char *from = end, *dots = strstr(from, "..");
        if (dots)
            *dots = '\0';
        v[i] = strtod(from, &end);
        if (end == from || *end || !isfinite(v[i]))
            return false;
        if (!dots)
            return i > 0 && v[2] > 0 && v[0] <= v[1];
        end = dots + 2;
    }
    return false;
}

static enum dc_status with(struct dc_grid *g, struct dc_arena *a,
                           const char *text, const char *value,
                           struct dc_err *err)
{
    const char *open = strchr(text, '{'), *close = strchr(open, '}');
    const char *made = dc_arena_printf(a, "%.*s%s%s", (int)(open - text), text,
                                       value, close + 1);
    return dc_grid_add(g, a, made, err);
}

enum dc_status dc_grid_add(struct dc_grid *g, struct dc_arena *a,
                           const char *text, struct dc_err *err)
{
    const char *open = strchr(text, '{');
    enum dc_status st = DC_OK;
    double v[3];
    if (!open)
        return put(g, dc_arena_strdup(a, text), err);
    const char *close = strchr(open, '}');
    if (!close)
        return dc_fail(err, DC_USAGE, "\"%.80s\": a brace is not closed", text);
    if (is_range(open + 1, (size_t)(close - open - 1), v)) {
        size_t n = (size_t)floor((v[1] - v[0]) / v[2] + 1e-9);
        for (size_t i = 0; i <= n && !st; i++)
            st =
                with(g, a, text,
                     dc_arena_printf(a, "%.10g", v[0] + (double)i * v[2]), err);
        return st;
    }
    for (const char *from = open + 1; from <= close && !st;) {
        size_t n = strcspn(from, ",}");
        st = with(g, a, text, dc_arena_strndup(a, from, n), err);
        from += n + 1;
    }
    return st;
}

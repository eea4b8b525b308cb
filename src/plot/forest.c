/*
 * forest.c - forest.h: rows of values for a drawing.
 */
#include "plot/forest.h"

struct dc_forest_row dc_forest_prop(struct dc_fig *f, const struct dc_prop *p)
{
    struct dc_forest_row r = {.has = p->defined, .has_interval = p->defined};
    if (p->defined) {
        r.value = p->value;
        r.lo = p->lo;
        r.hi = p->hi;
    }
    r.counts = dc_fig_of(f, p->k, p->n);
    return r;
}

struct dc_forest_row dc_forest_ratio(const struct dc_ratio *r)
{
    return (struct dc_forest_row){.has = r->defined, .value = r->value};
}

struct dc_forest_row dc_forest_boot(const struct dc_boot *b)
{
    struct dc_forest_row r = {.has = b->value.defined,
                              .has_interval = b->defined,
                              .value = b->value.value};
    if (b->defined) {
        r.lo = b->lo;
        r.hi = b->hi;
    }
    return r;
}

const char *dc_forest_few(const struct dc_boot *b)
{
    return b->few && !b->defined ? "; here there are too few for one" : "";
}

static json_t *real_if(bool has, double x)
{
    return has ? json_real(x) : NULL;
}

static json_t *row_json(struct dc_fig *f, const struct dc_forest_row *r,
                        size_t cols)
{
    const char *why = r->has ? "" : r->why ? r->why : "no value";
    json_t *o = json_object();
    dc_json_put(o, "label", json_string(dc_fig_short(f, cols, r->label)));
    dc_json_put(o, "value", real_if(r->has, r->value));
    dc_json_put(o, "lo", real_if(r->has_interval, r->lo));
    dc_json_put(o, "hi", real_if(r->has_interval, r->hi));
    dc_json_put(o, "words",
                json_string(dc_arena_printf(&f->arena, "%s%s%s", why,
                                            r->counts ? ", " : "",
                                            r->counts ? r->counts : "")));
    dc_json_put(o, "mark", real_if(r->has_mark, r->mark));
    return o;
}

void dc_forest_put(struct dc_fig *f, const char *name, size_t cols,
                   const struct dc_forest_row *row, size_t n)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(rows, row_json(f, &row[i], cols));
    dc_json_put(f->draw, name, rows);
}

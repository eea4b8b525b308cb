/*
 * cell.c - figures as every renderer writes them (cell.h).
 */
#include "doc/cell.h"

#include "base/plural.h"

struct dc_cell dc_cell_prop(const struct dc_prop *p)
{
    if (!p->defined)
        return dc_cell_missing("no value");
    return (struct dc_cell){.kind = DC_CELL_PROP,
                            .k = p->k,
                            .n = p->n,
                            .x = p->value,
                            .lo = p->lo,
                            .hi = p->hi,
                            .places = 1};
}

struct dc_cell dc_cell_prop_of(const struct dc_prop *p)
{
    struct dc_cell c = dc_cell_prop(p);
    c.counts = p->defined;
    return c;
}

struct dc_cell dc_cell_interval(const struct dc_prop *p)
{
    struct dc_cell c = dc_cell_prop(p);
    if (!p->defined)
        return dc_cell_none();
    c.kind = DC_CELL_BETWEEN;
    c.drawn = true;
    return c;
}

struct dc_cell dc_cell_points(const struct dc_paired *p)
{
    return dc_cell_change(100 * p->diff, 100 * p->lo, 100 * p->hi, 1);
}

struct dc_cell dc_cell_ratio(const struct dc_ratio *r, int places)
{
    return r->defined ? dc_cell_real(r->value, places)
                      : dc_cell_missing("no value");
}

struct dc_cell dc_cell_boot(const struct dc_boot *b, int places)
{
    if (!b->value.defined)
        return dc_cell_missing("none");
    struct dc_cell c = dc_cell_real(b->value.value, 3);
    if (!b->defined) {
        c.after = b->few ? "(few)" : "(none)";
        return c;
    }
    c.kind = DC_CELL_BOOT;
    c.lo = b->lo;
    c.hi = b->hi;
    c.places = places;
    return c;
}

bool dc_cell_is_figure(const struct dc_cell *c)
{
    return c->kind >= DC_CELL_MISSING;
}

bool dc_cell_value(const struct dc_cell *c, double *out)
{
    switch (c->kind) {
    case DC_CELL_COUNT:
        *out = (double)c->n;
        return true;
    case DC_CELL_OF:
        *out = (double)c->k;
        return true;
    case DC_CELL_REAL:
    case DC_CELL_SHARE:
    case DC_CELL_PROP:
    case DC_CELL_DIFF:
    case DC_CELL_CHANGE:
    case DC_CELL_BOOT:
    case DC_CELL_P:
        *out = c->x;
        return true;
    case DC_CELL_RANGE:
    case DC_CELL_BETWEEN:
        *out = c->lo;
        return true;
    case DC_CELL_NONE:
    case DC_CELL_TEXT:
    case DC_CELL_CODE:
    case DC_CELL_MISSING:
    case DC_CELL_FIGURE:
        break;
    }
    return false;
}

void dc_put_p(double p, struct dc_buf *out)
{
    if (p < 0.0001)
        dc_buf_adds(out, "< 0.0001");
    else
        dc_buf_addf(out, "%.2g", p);
}

static void put_share_range(double lo, double hi, int places,
                            struct dc_buf *out)
{
    dc_buf_addf(out, "%.*f to %.*f", places, 100 * lo, places, 100 * hi);
}

void dc_put_prop(const struct dc_prop *p, struct dc_buf *out)
{
    struct dc_cell c = dc_cell_prop(p);
    dc_cell_put(&c, out);
}

static void put_signed(const struct dc_cell *c, double x, struct dc_buf *out)
{
    dc_buf_addf(out, c->significant ? "%+.*g" : "%+.*f", c->places, x);
}

static void put_change(const struct dc_cell *c, struct dc_buf *out)
{
    put_signed(c, c->x, out);
    if (c->kind == DC_CELL_DIFF)
        return;
    dc_buf_adds(out, " (");
    put_signed(c, c->lo, out);
    dc_buf_adds(out, " to ");
    put_signed(c, c->hi, out);
    dc_buf_addc(out, ')');
}

static void put_figure(const struct dc_cell *c, struct dc_buf *out)
{
    char a[DC_GROUPED], b[DC_GROUPED];
    switch (c->kind) {
    case DC_CELL_COUNT:
        dc_buf_adds(out, dc_grouped(c->n, a));
        return;
    case DC_CELL_OF:
        dc_buf_addf(out, "%s of %s", dc_grouped(c->k, a), dc_grouped(c->n, b));
        return;
    case DC_CELL_REAL:
        dc_buf_addf(out, c->significant ? "%.*g" : "%.*f", c->places, c->x);
        return;
    case DC_CELL_DIFF:
    case DC_CELL_CHANGE:
        put_change(c, out);
        return;
    case DC_CELL_SHARE:
        dc_buf_addf(out, "%.*f %%", c->places, 100 * c->x);
        return;
    case DC_CELL_RANGE:
        dc_buf_addf(out, "%.*f to %.*f", c->places, c->lo, c->places, c->hi);
        return;
    case DC_CELL_BETWEEN:
        put_share_range(c->lo, c->hi, c->places, out);
        dc_buf_adds(out, " %");
        return;
    case DC_CELL_PROP:
        dc_buf_addf(out, "%.*f %% (", c->places, 100 * c->x);
        put_share_range(c->lo, c->hi, c->places, out);
        dc_buf_addc(out, ')');
        if (c->counts)
            dc_buf_addf(out, ", %s of %s", dc_grouped(c->k, a),
                        dc_grouped(c->n, b));
        return;
    case DC_CELL_BOOT:
        dc_buf_addf(out, "%.3f (%.*f to %.*f)", c->x, c->places, c->lo,
                    c->places, c->hi);
        return;
    case DC_CELL_P:
        dc_put_p(c->x, out);
        return;
    case DC_CELL_TEXT:
    case DC_CELL_CODE:
    case DC_CELL_MISSING:
    case DC_CELL_FIGURE:
        dc_buf_adds(out, c->text);
        return;
    case DC_CELL_NONE:
        return;
    }
}

void dc_cell_put(const struct dc_cell *c, struct dc_buf *out)
{
    if (c->before)
        dc_buf_addf(out, "%s ", c->before);
    put_figure(c, out);
    if (c->after)
        dc_buf_addf(out, " %s", c->after);
}

/*
 * cell.h - a cell of a table, typed, so that every renderer writes the same
 * figure and knows how to set it.
 */
#ifndef DC_DOC_CELL_H
#define DC_DOC_CELL_H

#include "base/buf.h"

#include <deepconf/boot.h>
#include <deepconf/stat.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dc_cell_kind {
    DC_CELL_NONE,    /* nothing to say */
    DC_CELL_TEXT,    /* our words */
    DC_CELL_CODE,    /* a name: of a policy, a judge, a prompt */
    DC_CELL_MISSING, /* a figure that is not known: why, or "-" */
    DC_CELL_COUNT,   /* 1,234 */
    DC_CELL_OF,      /* 26 of 100 */
    DC_CELL_REAL,    /* 0.812 */
    DC_CELL_SHARE,   /* 26.0 % */
    DC_CELL_RANGE,   /* 0.612 to 0.731 */
    DC_CELL_BETWEEN, /* 18.4 to 35.4 % */
    DC_CELL_PROP,    /* 26.0 % (18.4 to 35.4) */
    DC_CELL_DIFF,    /* +2.5 */
    DC_CELL_CHANGE,  /* +2.5 (-1.0 to +6.0) */
    DC_CELL_BOOT,    /* 0.612 (0.55 to 0.67) */
    DC_CELL_P,       /* a p-value: 0.034, < 0.0001 */
    DC_CELL_FIGURE   /* a figure of a form of its own: 3:20 min */
};

/* Made by the functions below; text is borrowed until dc_doc_row() returns. */
struct dc_cell {
    enum dc_cell_kind kind;
    const char *text;
    const char *before; /* a word before a count ("TP"); NULL: none */
    const char *after;  /* words behind it ("to be refused"); NULL: none */
    uint64_t k, n;
    double x, lo, hi;
    int places;
    bool significant; /* places are significant digits, of REAL, DIFF, CHANGE */
    bool counts;      /* of PROP: k of n behind it */
    bool drawn;       /* in HTML a share and its interval are drawn, too */
    const char *link; /* in HTML: "#..." of the same page; NULL: none */
};

static inline struct dc_cell dc_cell_none(void)
{
    return (struct dc_cell){.kind = DC_CELL_NONE};
}
static inline struct dc_cell dc_cell_text(const char *text)
{
    return (struct dc_cell){.kind = DC_CELL_TEXT, .text = text};
}
static inline struct dc_cell dc_cell_code(const char *name)
{
    return (struct dc_cell){.kind = DC_CELL_CODE, .text = name};
}
/* why: "no value", "not in the input"; NULL: "-". */
static inline struct dc_cell dc_cell_missing(const char *why)
{
    return (struct dc_cell){.kind = DC_CELL_MISSING, .text = why ? why : "-"};
}
static inline struct dc_cell dc_cell_count(uint64_t n)
{
    return (struct dc_cell){.kind = DC_CELL_COUNT, .n = n};
}
static inline struct dc_cell dc_cell_of(uint64_t k, uint64_t n,
                                        const char *after)
{
    return (struct dc_cell){.kind = DC_CELL_OF, .k = k, .n = n, .after = after};
}
static inline struct dc_cell dc_cell_real(double x, int places)
{
    return (struct dc_cell){.kind = DC_CELL_REAL, .x = x, .places = places};
}
/* x in [0, 1] */
static inline struct dc_cell dc_cell_share(double x)
{
    return (struct dc_cell){.kind = DC_CELL_SHARE, .x = x, .places = 1};
}
static inline struct dc_cell dc_cell_range(double lo, double hi, int places)
{
    return (struct dc_cell){
        .kind = DC_CELL_RANGE, .lo = lo, .hi = hi, .places = places};
}
/* lo, hi in [0, 1] */
static inline struct dc_cell dc_cell_between(double lo, double hi)
{
    return (struct dc_cell){
        .kind = DC_CELL_BETWEEN, .lo = lo, .hi = hi, .places = 1};
}
/* A share and its interval; "no value" of none. */
struct dc_cell dc_cell_prop(const struct dc_prop *p);
/* And its counts: "26.0 % (18.4 to 35.4), 26 of 100". */
struct dc_cell dc_cell_prop_of(const struct dc_prop *p);
/* With a number of places; "no value" if it is not defined. */
struct dc_cell dc_cell_ratio(const struct dc_ratio *r, int places);
/* A difference, with its sign. */
static inline struct dc_cell dc_cell_diff(double x, int places)
{
    return (struct dc_cell){.kind = DC_CELL_DIFF, .x = x, .places = places};
}
/* And its interval. */
static inline struct dc_cell dc_cell_change(double x, double lo, double hi,
                                            int places)
{
    return (struct dc_cell){
        .kind = DC_CELL_CHANGE, .x = x, .lo = lo, .hi = hi, .places = places};
}
/* The same figure with as many significant digits as it had places. */
static inline struct dc_cell dc_cell_significant(struct dc_cell c)
{
    c.significant = true;
    return c;
}
/* The same with a drawing of it: of a SHARE, or of a PROP with its interval; a
 * cell that has no value stays as it is. */
static inline struct dc_cell dc_cell_drawn(struct dc_cell c)
{
    c.drawn = c.kind == DC_CELL_SHARE || c.kind == DC_CELL_PROP;
    return c;
}
/* The interval of a share, drawn with the share; nothing of none. */
struct dc_cell dc_cell_interval(const struct dc_prop *p);
/* The difference of two paired shares in points, with its interval:
 * "+4.5 (-1.0 to +10.0)" */
struct dc_cell dc_cell_points(const struct dc_paired *p);
/* The same cell; a click on it goes to this address of the page. */
static inline struct dc_cell dc_cell_linked(struct dc_cell c, const char *link)
{
    c.link = link;
    return c;
}
/* A value with three places and its interval with so many; "0.612 (few)" and
 * "0.612 (none)" where it has none, "none" without a value. */
struct dc_cell dc_cell_boot(const struct dc_boot *b, int places);
static inline struct dc_cell dc_cell_p(double p)
{
    return (struct dc_cell){.kind = DC_CELL_P, .x = p};
}

/* text: ours, such as a number with a unit. */
static inline struct dc_cell dc_cell_figure(const char *text)
{
    return (struct dc_cell){.kind = DC_CELL_FIGURE, .text = text};
}

/* Is it a figure, set to the right? */
bool dc_cell_is_figure(const struct dc_cell *c);
/* Its value, by which a column can be sorted; false: it has none. */
bool dc_cell_value(const struct dc_cell *c, double *out);
/* Append what a reader sees: text as it was given, not yet escaped. */
void dc_cell_put(const struct dc_cell *c, struct dc_buf *out);

/* "26.0 % (18.4 to 35.4)" or "no value" in a sentence. */
void dc_put_prop(const struct dc_prop *p, struct dc_buf *out);
/* "0.034", "< 0.0001" */
void dc_put_p(double p, struct dc_buf *out);

#endif

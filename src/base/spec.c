/*
 * spec.c - "name(a, b)": numbers with their ranges, and at most one measure,
 * whose own parentheses are balanced. White space counts for nothing.
 */
#include "base/banned.h"

#include <assert.h>
#include <ctype.h>
#include <deepconf/spec.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char measure_default[] = "mean";

size_t dc_spec_name_len(const char *text)
{
    size_t n = strcspn(text, "(");
    while (n > 0 && isspace((unsigned char)text[n - 1]))
        n--;
    return n;
}

static void add(char *out, const char *s)
{
    size_t n = strlen(out);
    snprintf(out + n, DC_SPEC_TEXT - n, "%s", s);
}

void dc_spec_form(const char *name, const struct dc_param *param,
                  size_t n_param, char *out)
{
    out[0] = '\0';
    add(out, name);
    for (size_t i = 0; i < n_param; i++) {
        add(out, i ? ", " : "(");
        add(out, param[i].name);
    }
    if (n_param > 0)
        add(out, ")");
}

/* The shortest digits that read back as v; whole numbers without exponent. */
static void add_number(char *out, double v)
{
    char s[40];
    bool whole = v == floor(v) && fabs(v) < 1e15;
    if (whole)
        snprintf(s, sizeof s, "%.0f", v);
    for (int digits = 1; !whole && digits <= 17; digits++) {
        snprintf(s, sizeof s, "%.*g", digits, v);
        if (strtod(s, NULL) == v)
            break;
    }
    add(out, s);
}

/* ---- one argument ---- */

struct item {
    const char *at;
    size_t n;
};

static struct item trimmed(const char *at, size_t n)
{
    while (n > 0 && isspace((unsigned char)*at)) {
        at++;
        n--;
    }
    while (n > 0 && isspace((unsigned char)at[n - 1]))
        n--;
    return (struct item){at, n};
}

static enum dc_status bad(const struct dc_param *p, const struct item *a,
                          const char *name, struct dc_err *err)
{
    int n = a->n > 40 ? 40 : (int)a->n;
    char hi[40];
    snprintf(hi, sizeof hi, "%g", p->max);
    return dc_fail(
        err, DC_USAGE, "%s: %s is \"%.*s\"; expected %s %s%g and %s%s (%s)",
        name, p->name, n, a->at, p->integer ? "a whole number" : "a number",
        p->open_min ? "above " : "from ", p->min,
        p->open_max ? "below " : "up to ", hi, p->help);
}

static enum dc_status read_number(const struct dc_param *p,
                                  const struct item *a, const char *name,
                                  double *out, struct dc_err *err)
{
    char s[41], *end = NULL;
    if (a->n == 0 || a->n >= sizeof s)
        return bad(p, a, name, err);
    memcpy(s, a->at, a->n);
    s[a->n] = '\0';
    if (strspn(s, "0123456789.eE+-%") != a->n)
        return bad(p, a, name, err);
    double v = strtod(s, &end);
    if (end != s && *end == '%') {
        v /= 100;
        end++;
    }
    if (end == s || *end || !isfinite(v) || v < p->min || v > p->max ||
        (p->open_min && v == p->min) || (p->open_max && v == p->max) ||
        (p->integer && v != floor(v)))
        return bad(p, a, name, err);
    *out = v == 0 ? 0 : v; /* no -0 */
    return DC_OK;
}

static enum dc_status read_measure(const struct item *a, const char *name,
                                   struct dc_spec *out, struct dc_err *err)
{
    if (a->n == 0 || a->n >= sizeof out->measure / 2)
        return dc_fail(err, DC_USAGE,
                       "%s: \"%.*s\" is no measure; expected one, as in "
                       "tail(32)",
                       name, a->n > 40 ? 40 : (int)a->n, a->at);
    memcpy(out->measure, a->at, a->n);
    out->measure[a->n] = '\0';
    return DC_OK;
}

/* ---- the list ---- */

/* Cut the text between the outer parentheses at its commas. */
static enum dc_status split(const char *text, const char *name,
                            struct item item[DC_SPEC_ARGS + 1], size_t *n,
                            struct dc_err *err)
{
    const char *open = strchr(text, '('), *from = open ? open + 1 : NULL;
    int depth = 0;
    *n = 0;
    if (!open)
        return DC_OK;
    for (const char *c = open; *c; c++) {
        depth += (*c == '(') - (*c == ')');
        if (depth > 1 || (depth == 1 && *c != ','))
            continue;
        if (*n <= DC_SPEC_ARGS)
            item[(*n)++] = trimmed(from, (size_t)(c - from));
        from = c + 1;
        if (depth == 0)
            break;
    }
    if (depth != 0 || from[strspn(from, " \t")])
        return dc_fail(err, DC_USAGE,
                       "\"%.80s\": expected %s and its parameters in "
                       "parentheses, with nothing behind them",
                       text, name);
    if (*n == 1 && item[0].n == 0)
        *n = 0;
    return DC_OK;
}

static void write_text(struct dc_spec *s, const char *name,
                       const struct dc_param *param, size_t n_param)
{
    s->text[0] = '\0';
    add(s->text, name);
    for (size_t i = 0; i < n_param; i++) {
        if (param[i].left_out && !s->measure[0])
            break;
        add(s->text, i ? "," : "(");
        if (param[i].measure)
            add(s->text, s->measure);
        else
            add_number(s->text, s->arg[i]);
    }
    if (n_param > 0)
        add(s->text, ")");
}

void dc_spec_set_measure(struct dc_spec *s, const char *name,
                         const struct dc_param *param, size_t n_param,
                         const char *measure)
{
    snprintf(s->measure, sizeof s->measure, "%s", measure);
    write_text(s, name, param, n_param);
}

enum dc_status dc_spec_parse(const char *text, const char *name,
                             const struct dc_param *param, size_t n_param,
                             struct dc_spec *out, struct dc_err *err)
{
    struct item item[DC_SPEC_ARGS + 1];
    struct dc_spec s = {.text = ""};
    char form[DC_SPEC_TEXT];
    size_t n = 0;
    assert(n_param <= DC_SPEC_ARGS);
    assert(!strncmp(text, name, strlen(name)));
    dc_spec_form(name, param, n_param, form);
    enum dc_status st = split(text, form, item, &n, err);
    if (!st && n > n_param)
        st = dc_fail(err, DC_USAGE, "\"%.80s\": %s takes %s", text, name,
                     n_param ? form : "no parameters");
    for (size_t i = 0; i < n_param && !st; i++) {
        s.arg[i] = param[i].measure ? 0 : param[i].def;
        if (param[i].measure && i >= n)
            snprintf(s.measure, sizeof s.measure, "%s",
                     param[i].left_out ? "" : measure_default);
        else if (param[i].measure)
            st = read_measure(&item[i], form, &s, err);
        else if (i < n)
            st = read_number(&param[i], &item[i], form, &s.arg[i], err);
    }
    if (st)
        return st;
    write_text(&s, name, param, n_param);
    *out = s;
    return DC_OK;
}

enum dc_status dc_spec_no_such(const char *what, const char *text,
                               bool (*form)(size_t i, char *out),
                               struct dc_err *err)
{
    char list[768] = "", one[DC_SPEC_TEXT];
    for (size_t i = 0; form(i, one); i++) {
        size_t n = strlen(list);
        snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", one);
    }
    return dc_fail(
        err, DC_USAGE, "no %s is called \"%.*s\"; there are: %s", what,
        dc_spec_name_len(text) > 60 ? 60 : (int)dc_spec_name_len(text), text,
        list);
}

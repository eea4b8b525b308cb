/*
 * opts.c - tables of options: from rows to popt, and to help text.
 *
 * popt splits the command line; values are read here, so that every message
 * names the option, the range and what was given. popt's aliases and
 * configuration files are not used.
 */
#include "cli/opts.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "base/wrap.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <popt.h>
#include <stdlib.h>
#include <string.h>

enum { HELP = 1 << 20, MAX_SHOWN = 120 };

/* ---- values ---- */

static void put_bound(struct dc_buf *b, const struct dc_opt *o, double v)
{
    dc_buf_addf(b, o->kind == DC_OPT_INT ? "%.0f" : "%g", v);
}

/* "1 to 4096", "above 0, at most 1", "at least 0" */
static void put_range(struct dc_buf *b, const struct dc_opt *o)
{
    bool lo = o->min > -HUGE_VAL, hi = o->max < HUGE_VAL;
    if (lo && hi && !o->open_min && !o->open_max) {
        put_bound(b, o, o->min);
        dc_buf_adds(b, " to ");
        put_bound(b, o, o->max);
        return;
    }
    if (lo) {
        dc_buf_adds(b, o->open_min ? "above " : "at least ");
        put_bound(b, o, o->min);
    }
    if (hi) {
        dc_buf_addf(b, "%s%s ", lo ? ", " : "",
                    o->open_max ? "below" : "at most");
        put_bound(b, o, o->max);
    }
}

static enum dc_status bad_value(const struct dc_opt *o, const char *text,
                                const char *expected, struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, 256);
    put_range(&b, o);
    enum dc_status st =
        dc_fail(err, DC_USAGE, "--%s %.*s: expected %s%s%s", o->name,
                (int)MAX_SHOWN, text, expected, b.n ? ", " : "", b.data);
    dc_buf_release(&b);
    return st;
}

static bool in_range(const struct dc_opt *o, double v)
{
    return v >= o->min && v <= o->max && !(o->open_min && v <= o->min) &&
           !(o->open_max && v >= o->max);
}

static enum dc_status read_int(const struct dc_opt *o, const char *text,
                               int64_t *out, struct dc_err *err)
{
    char *end = NULL;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    bool number = text[strspn(text, "-0123456789")] == '\0' && end != text &&
                  *end == '\0';
    if (!number || errno || !in_range(o, (double)v))
        return bad_value(o, text, "a whole number", err);
    *out = v;
    return DC_OK;
}

static enum dc_status read_seed(const struct dc_opt *o, const char *text,
                                struct dc_opt_seed *out, struct dc_err *err)
{
    char *end = NULL;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0' || errno)
        return dc_fail(err, DC_USAGE,
                       "--%s %.*s: expected a whole number, 0 to "
                       "18446744073709551615",
                       o->name, (int)MAX_SHOWN, text);
    *out = (struct dc_opt_seed){true, v};
    return DC_OK;
}

static enum dc_status read_real(const struct dc_opt *o, const char *text,
                                double *out, struct dc_err *err)
{
    char *end = NULL;
    double v = strtod(text, &end);
    bool number = text[strspn(text, "-+.0123456789eE")] == '\0' &&
                  end != text && *end == '\0' && isfinite(v);
    if (!number || !in_range(o, v))
        return bad_value(o, text, "a number", err);
    *out = v;
    return DC_OK;
}

static enum dc_status read_value(const struct dc_opt *o, void *fields,
                                 const char *text, struct dc_args *args,
                                 struct dc_err *err)
{
    void *field = (char *)fields + o->off;
    if (o->given)
        *((bool *)((char *)fields + o->given)) = true;
    switch (o->kind) {
    case DC_OPT_FLAG:
        *(bool *)field = true;
        return DC_OK;
    case DC_OPT_TEXT:
        *(const char **)field = dc_arena_strdup(&args->arena, text);
        return DC_OK;
    case DC_OPT_LIST: {
        struct dc_opt_list *l = field;
        const char **more =
            dc_arena_array(&args->arena, l->n + 1, sizeof *more);
        for (size_t i = 0; i < l->n; i++)
            more[i] = l->item[i];
        more[l->n++] = dc_arena_strdup(&args->arena, text);
        l->item = more;
        return DC_OK;
    }
    case DC_OPT_INT:
        return read_int(o, text, field, err);
    case DC_OPT_SEED:
        return read_seed(o, text, field, err);
    case DC_OPT_REAL:
        return read_real(o, text, field, err);
    default:
        assert(o->kind == DC_OPT_FLAG); /* a row that is no option */
        return DC_OK;
    }
}

/* ---- parsing ---- */

/* Two rows of popt for each option, and two for help and the end. */
static struct poptOption *popt_table(const struct dc_opt *table)
{
    size_t n = 0, k = 0;
    while (table[n].kind != DC_OPT_END)
        n++;
    struct poptOption *p = dc_xcalloc(2 * n + 2, sizeof *p);
    for (size_t i = 0; i < n; i++) {
        const struct dc_opt *o = &table[i];
        if (o->kind == DC_OPT_GROUP)
            continue;
        p[k] = (struct poptOption){
            .longName = o->name,
            .shortName = o->letter,
            .argInfo = o->kind == DC_OPT_FLAG ? POPT_ARG_NONE : POPT_ARG_STRING,
            .val = (int)i + 1,
        };
        k++;
        if (o->alias) {
            p[k] = p[k - 1];
            p[k].longName = o->alias;
            p[k++].shortName = '\0';
        }
    }
    p[k] =
        (struct poptOption){.longName = "help", .shortName = 'h', .val = HELP};
    return p;
}

static enum dc_status unknown(const struct dc_opt *table, const char *bad,
                              struct dc_err *err)
{
    char name[64] = "";
    size_t dashes = strspn(bad, "-");
    size_t n = strcspn(bad + dashes, "=");
    if (n < sizeof name)
        memcpy(name, bad + dashes, n);
    struct dc_nearest near = {.typed = name};
    for (const struct dc_opt *o = table; o->kind != DC_OPT_END; o++) {
        if (o->kind == DC_OPT_GROUP)
            continue;
        dc_nearest_offer(&near, o->name);
        if (o->alias)
            dc_nearest_offer(&near, o->alias);
    }
    dc_nearest_offer(&near, "help");
    int shown = (int)(dashes + n < MAX_SHOWN ? dashes + n : MAX_SHOWN);
    if (near.name && dashes > 1)
        return dc_fail(err, DC_USAGE, "unknown option %.*s; did you mean --%s?",
                       shown, bad, near.name);
    return dc_fail(err, DC_USAGE, "unknown option %.*s; --help lists them",
                   shown, bad);
}

static enum dc_status popt_trouble(const struct dc_opt *table, poptContext con,
                                   int rc, struct dc_err *err)
{
    const char *bad = poptBadOption(con, POPT_BADOPTION_NOALIAS);
    int shown = (int)strcspn(bad, "=");
    if (shown > MAX_SHOWN)
        shown = MAX_SHOWN;
    if (rc == POPT_ERROR_BADOPT)
        return unknown(table, bad, err);
    if (rc == POPT_ERROR_NOARG)
        return dc_fail(err, DC_USAGE, "option %.*s needs a value", shown, bad);
    if (rc == POPT_ERROR_UNWANTEDARG)
        return dc_fail(err, DC_USAGE, "option %.*s takes no value", shown, bad);
    return dc_fail(err, DC_USAGE, "option %.*s: %s", shown, bad,
                   poptStrerror(rc));
}

/* ---- an option taken for the text of the one before ---- */

static bool is_text(const struct dc_opt *o)
{
    return o->kind == DC_OPT_TEXT || o->kind == DC_OPT_LIST;
}

/* The option that the first n bytes of s name; NULL: none. */
static const struct dc_opt *named(const struct dc_opt *table, const char *s,
                                  size_t n)
{
    for (const struct dc_opt *o = table; o->kind != DC_OPT_END; o++) {
        if (o->kind == DC_OPT_GROUP)
            continue;
        if ((!strncmp(o->name, s, n) && !o->name[n]) ||
            (o->alias && !strncmp(o->alias, s, n) && !o->alias[n]))
            return o;
    }
    return NULL;
}

static const struct dc_opt *lettered(const struct dc_opt *table, char c)
{
    const struct dc_opt *o = table;
    while (o->kind != DC_OPT_END && (o->kind == DC_OPT_GROUP || o->letter != c))
        o++;
    return o->kind == DC_OPT_END ? NULL : o;
}

/* The option of this word that takes the next word as its value, or NULL. */
static const struct dc_opt *takes_next(const struct dc_opt *table,
                                       const char *word)
{
    const struct dc_opt *o = NULL;
    if (word[0] != '-' || !word[1])
        return NULL;
    if (word[1] == '-') {
        o = named(table, word + 2, strlen(word + 2));
        return o && o->kind != DC_OPT_FLAG ? o : NULL;
    }
    for (const char *c = word + 1; *c; c++) {
        o = lettered(table, *c);
        if (o && o->kind != DC_OPT_FLAG) /* the rest is its value, if any */
            return c[1] ? NULL : o;
    }
    return NULL;
}

static bool is_option(const struct dc_opt *table, const char *word)
{
    size_t n = strcspn(word, "=");
    return !strncmp(word, "--", 2) && n > 2 &&
           (!strcmp(word, "--help") || named(table, word + 2, n - 2));
}

/* popt takes whatever stands behind an option for its value. */
static enum dc_status check_swallowed(const struct dc_opt *table,
                                      const struct dc_args *args,
                                      struct dc_err *err)
{
    for (int i = 1; i + 1 < args->argc; i++) {
        const char *word = args->argv[i];
        if (!strcmp(word, "--") || !strcmp(word, "--help") ||
            !strcmp(word, "-h"))
            return DC_OK;
        const struct dc_opt *o = takes_next(table, word);
        if (!o)
            continue;
        i++; /* the value */
        if (is_text(o) && is_option(table, args->argv[i]))
            return dc_fail(err, DC_USAGE,
                           "--%s needs a value, and %.*s is an option; to "
                           "pass text that begins with --, write --%s=%s",
                           o->name, (int)MAX_SHOWN, args->argv[i], o->name,
                           o->arg ? o->arg : "TEXT");
    }
    return DC_OK;
}

static void take_rest(poptContext con, struct dc_args *args)
{
    const char **rest = poptGetArgs(con);
    args->n = 0;
    while (rest && rest[args->n])
        args->n++;
    args->item = dc_arena_array(&args->arena, args->n + 1, sizeof *args->item);
    for (size_t i = 0; i < args->n; i++)
        args->item[i] = dc_arena_strdup(&args->arena, rest[i]);
}

enum dc_status dc_opts_parse(const struct dc_opt *table, void *fields,
                             struct dc_args *args, struct dc_err *err)
{
    struct poptOption *rows = popt_table(table);
    poptContext con = poptGetContext("deepconf", args->argc,
                                     (const char **)args->argv, rows, 0);
    enum dc_status st = check_swallowed(table, args, err);
    int rc;
    if (!con)
        dc_out_of_memory();
    dc_arena_init(&args->arena);
    args->help = false;
    while (!st && !args->help && (rc = poptGetNextOpt(con)) != -1) {
        if (rc == HELP) {
            args->help = true;
        } else if (rc < -1) {
            st = popt_trouble(table, con, rc, err);
        } else {
            char *text = poptGetOptArg(con);
            if (!text && table[rc - 1].kind != DC_OPT_FLAG)
                dc_out_of_memory();
            st =
                read_value(&table[rc - 1], fields, text ? text : "", args, err);
            free(text);
        }
    }
    if (!st)
        take_rest(con, args);
    poptFreeContext(con);
    free(rows);
    return st;
}

void dc_args_release(struct dc_args *args)
{
    dc_arena_release(&args->arena);
}

/* ---- help ---- */

static void put_default(struct dc_buf *b, const struct dc_opt *o,
                        const void *fields)
{
    const void *field = (const char *)fields + o->off;
    if (o->shown) {
        if (o->shown[0])
            dc_buf_addf(b, " [%s]", o->shown);
        return;
    }
    if (o->kind == DC_OPT_TEXT && *(const char *const *)field)
        dc_buf_addf(b, " [%s]", *(const char *const *)field);
    else if (o->kind == DC_OPT_INT)
        dc_buf_addf(b, " [%lld]", (long long)*(const int64_t *)field);
    else if (o->kind == DC_OPT_REAL)
        dc_buf_addf(b, " [%g]", *(const double *)field);
    else if (o->kind == DC_OPT_SEED)
        dc_buf_addf(
            b, " [%llu]",
            (unsigned long long)((const struct dc_opt_seed *)field)->value);
}

static void put_option(struct dc_buf *out, const struct dc_opt *o,
                       const void *fields, size_t width)
{
    struct dc_buf head, text;
    dc_buf_init(&head, 256);
    dc_buf_init(&text, 4096);
    if (o->letter)
        dc_buf_addf(&head, "  -%c, --%s", o->letter, o->name);
    else
        dc_buf_addf(&head, "  --%s", o->name);
    if (o->alias)
        dc_buf_addf(&head, ", --%s", o->alias);
    if (o->arg)
        dc_buf_addf(&head, " %s", o->arg);
    dc_buf_adds(&text, o->help);
    put_default(&text, o, fields);
    dc_wrap_item(out, width, 26, head.data, text.data);
    dc_buf_release(&head);
    dc_buf_release(&text);
}

void dc_opts_help(const struct dc_opt *table, const void *fields, size_t width,
                  struct dc_buf *out)
{
    static const struct dc_opt help = {
        .kind = DC_OPT_FLAG,
        .letter = 'h',
        .name = "help",
        .help = "print this and do nothing else",
        .shown = "",
    };
    if (table->kind != DC_OPT_GROUP)
        dc_buf_adds(out, "\nOptions [default]\n");
    for (const struct dc_opt *o = table; o->kind != DC_OPT_END; o++) {
        if (o->kind == DC_OPT_GROUP)
            dc_buf_addf(out, "\n%s\n", o->help);
        else
            put_option(out, o, fields, width);
    }
    put_option(out, &help, fields, width);
}

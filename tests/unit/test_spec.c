/*
 * test_spec.c - rows with parameters as users write them: grammar, ranges,
 * canonical text, and errors that say what is allowed.
 */
#include "base/mem.h"
#include "base/rng.h"

#include <deepconf/conf.h>
#include <deepconf/stop.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One parameter of each kind of range. */
static const struct dc_param closed[] = {
    {.name = "x", .help = "a share", .def = 0.5, .min = 0, .max = 1}};
static const struct dc_param open[] = {{.name = "x",
                                        .help = "a share",
                                        .def = 0.5,
                                        .min = 0,
                                        .max = 1,
                                        .open_min = true,
                                        .open_max = true}};
static const struct dc_param whole[] = {{.name = "m",
                                         .help = "traces",
                                         .def = 4,
                                         .min = 1,
                                         .max = 4096,
                                         .integer = true}};
static const struct dc_param mixed[] = {
    {.name = "eta", .help = "kept", .def = 0.1, .min = 0, .max = 1},
    {.name = "MEASURE", .help = "that weighs", .measure = true},
};

static enum dc_status parse(const struct dc_param *p, size_t n, const char *s,
                            struct dc_spec *out, struct dc_err *err)
{
    return dc_spec_parse(s, "row", p, n, out, err);
}

static void good(const struct dc_param *p, size_t n, const char *s,
                 const char *text)
{
    struct dc_spec out, again;
    struct dc_err err = {.msg = ""};
    if (parse(p, n, s, &out, &err))
        fail_msg("%s: %s", s, err.msg);
    assert_string_equal(out.text, text);
    assert_int_equal(parse(p, n, out.text, &again, &err), DC_OK);
    assert_string_equal(again.text, text);
    assert_memory_equal(again.arg, out.arg, sizeof out.arg);
    assert_string_equal(again.measure, out.measure);
}

static void bad(const struct dc_param *p, size_t n, const char *s,
                const char *says)
{
    struct dc_spec out = {.text = "untouched"};
    struct dc_err err = {.msg = ""};
    if (parse(p, n, s, &out, &err) != DC_USAGE)
        fail_msg("%s is taken", s);
    if (!strstr(err.msg, says))
        fail_msg("%s: no \"%s\" in: %s", s, says, err.msg);
    assert_string_equal(out.text, "untouched");
    assert_int_equal(parse(p, n, s, &out, NULL), DC_USAGE);
}

static void test_numbers(void **state)
{
    (void)state;
    good(closed, 1, "row", "row(0.5)");
    good(closed, 1, "row()", "row(0.5)");
    good(closed, 1, "row ( 0.25\t) ", "row(0.25)");
    good(closed, 1, "row(0)", "row(0)");
    good(closed, 1, "row(-0)", "row(0)");
    good(closed, 1, "row(1)", "row(1)");
    good(closed, 1, "row(1e-3)", "row(0.001)");
    good(closed, 1, "row(+.5)", "row(0.5)");
    good(closed, 1, "row(5%)", "row(0.05)");
    good(closed, 1, "row(100%)", "row(1)");
    good(closed, 1, "row(0.1000000000000000055)", "row(0.1)");
    good(closed, 1, "row(0.30000000000000004)", "row(0.30000000000000004)");
    good(whole, 1, "row(10)", "row(10)");
    good(whole, 1, "row(1e3)", "row(1000)");
    good(whole, 1, "row(4096)", "row(4096)");
    static const char *const wrong[] = {
        "row(x)",        "row(0x1)",    "row(nan)",   "row(inf)",
        "row(1.0001)",   "row(-1e-9)",  "row(101%)",  "row(1e999)",
        "row(0.5 0.5)",  "row(%)",      "row(5%%)",   "row(1e)",
        "row((0.5))",    "row(0,5)",    "row(, )",    "row(\xff)",
        "row(\x1b[31m)", "row(0.5\n1)", "row(--0.5)", "row(1,)",
    };
    for (size_t i = 0; i < DC_COUNT(wrong); i++)
        bad(closed, 1, wrong[i], "row(x)");
    bad(closed, 1, "row(2)",
        "x is \"2\"; expected a number from 0 and up to 1 (a share)");
}

static void test_ranges(void **state)
{
    (void)state;
    good(open, 1, "row(0.001)", "row(0.001)");
    good(open, 1, "row(0.999)", "row(0.999)");
    bad(open, 1, "row(0)", "a number above 0 and below 1");
    bad(open, 1, "row(-0)", "above 0");
    bad(open, 1, "row(1)", "below 1");
    bad(open, 1, "row(1e-400)", "above 0");
    bad(whole, 1, "row(0)", "a whole number from 1 and up to 4096");
    bad(whole, 1, "row(4097)", "a whole number from 1 and up to 4096");
    bad(whole, 1, "row(2.5)", "a whole number");
    bad(whole, 1, "row(50%)", "a whole number");
}

static void test_shape(void **state)
{
    (void)state;
    good(NULL, 0, "row", "row");
    good(NULL, 0, "row()", "row");
    bad(NULL, 0, "row(1)", "row takes no parameters");
    bad(closed, 1, "row(0.1,0.2)", "row takes row(x)");
    bad(closed, 1, "row(0.1,0,0,0,0,0,0,0,0,0)", "row takes row(x)");
    bad(closed, 1, "row(0.1", "parentheses");
    bad(closed, 1, "row(0.1))", "nothing behind them");
    bad(closed, 1, "row(0.1)x", "nothing behind them");
    bad(closed, 1, "row(0.1)(0.2)", "nothing behind them");
    good(mixed, 2, "row", "row(0.1,mean)");
    good(mixed, 2, "row(0.2)", "row(0.2,mean)");
    good(mixed, 2, "row(0.2, tail(8) )", "row(0.2,tail(8))");
    good(mixed, 2, "row(0.2,group_bottom(8,0.5))",
         "row(0.2,group_bottom(8,0.5))");
    bad(mixed, 2, "row(0.2,)", "is no measure; expected one");
    bad(mixed, 2, "row(0.2,tail(8)", "parentheses");
    bad(mixed, 2, "row(tail(8))", "eta is \"tail(8)\"");
    char form[DC_SPEC_TEXT];
    dc_spec_form("row", mixed, 2, form);
    assert_string_equal(form, "row(eta, MEASURE)");
    assert_int_equal(dc_spec_name_len("row (1)"), 3);
    assert_int_equal(dc_spec_name_len("row"), 3);
    assert_int_equal(dc_spec_name_len("(1)"), 0);
}

static void test_long_text_is_refused(void **state)
{
    char s[2000], m[200];
    (void)state;
    memset(s, '1', sizeof s);
    memcpy(s, "row(0.", 6);
    s[sizeof s - 2] = ')';
    s[sizeof s - 1] = '\0';
    bad(closed, 1, s, "expected a number");
    memset(m, 'a', sizeof m);
    memcpy(m, "row(0.1,", 8);
    m[sizeof m - 2] = ')';
    m[sizeof m - 1] = '\0';
    bad(mixed, 2, m, "is no measure");
    memset(s, '(', sizeof s);
    memcpy(s, "row(", 4);
    s[sizeof s - 1] = '\0';
    bad(mixed, 2, s, "parentheses");
}

/* ---- every row of the three tables ---- */

struct table {
    const char *what;
    size_t n;
    const char *(*name)(size_t i);
    const struct dc_param *(*param)(size_t i, size_t *n);
    enum dc_status (*parse)(const char *s, struct dc_spec *out,
                            struct dc_err *err);
};

#define TABLE(KIND, ROWS)                                                      \
    static const char *KIND##_name(size_t i)                                   \
    {                                                                          \
        size_t n;                                                              \
        return ROWS(&n)[i]->name;                                              \
    }                                                                          \
    static const struct dc_param *KIND##_param(size_t i, size_t *n)            \
    {                                                                          \
        size_t all;                                                            \
        *n = ROWS(&all)[i]->n_param;                                           \
        return ROWS(&all)[i]->param;                                           \
    }                                                                          \
    static enum dc_status KIND##_parse(const char *s, struct dc_spec *out,     \
                                       struct dc_err *err)                     \
    {                                                                          \
        struct dc_##KIND##_spec x;                                             \
        enum dc_status st = dc_##KIND##_parse(s, &x, err);                     \
        if (!st)                                                               \
            *out = x.spec;                                                     \
        return st;                                                             \
    }

TABLE(measure, dc_measures)
TABLE(stop, dc_stop_policies)
TABLE(vote, dc_votes)

static struct table table[] = {
    {"measure", 0, measure_name, measure_param, measure_parse},
    {"policy", 0, stop_name, stop_param, stop_parse},
    {"vote", 0, vote_name, vote_param, vote_parse},
};

static int count_rows(void **state)
{
    (void)state;
    dc_measures(&table[0].n);
    dc_stop_policies(&table[1].n);
    dc_votes(&table[2].n);
    return 0;
}

/* A value of p at the share u of its range, inside it. */
static void write_value(const struct dc_param *p, double u, char *out, size_t n)
{
    double v = p->min + u * (p->max - p->min);
    if (p->measure)
        snprintf(out, n, "group_bottom(%d, %.17g)", 1 + (int)(100 * u), u);
    else if (p->integer)
        snprintf(out, n, "%.0f", floor(v));
    else
        snprintf(out, n, "%.17g", v);
}

static void round_trip(const struct table *t, const char *s)
{
    struct dc_spec a, b;
    struct dc_err err = {.msg = ""};
    if (t->parse(s, &a, &err))
        fail_msg("%s: %s", s, err.msg);
    assert_true(strlen(a.text) < DC_SPEC_TEXT - 1);
    if (t->parse(a.text, &b, &err))
        fail_msg("%s: %s", a.text, err.msg);
    assert_string_equal(a.text, b.text);
    assert_memory_equal(a.arg, b.arg, sizeof a.arg);
}

static void test_round_trip_of_every_row(void **state)
{
    const struct dc_rng_key key = {.seed = 3, .stream = 3};
    (void)state;
    for (size_t k = 0; k < DC_COUNT(table); k++)
        for (size_t i = 0; i < table[k].n; i++)
            for (uint32_t trial = 0; trial < 60; trial++) {
                size_t n_param;
                const struct dc_param *p = table[k].param(i, &n_param);
                char s[1000], v[100];
                size_t at =
                    (size_t)snprintf(s, sizeof s, "%s", table[k].name(i));
                for (size_t j = 0; j < n_param && j < trial; j++) {
                    double u = dc_rng_uniform(&key, trial, (uint32_t)j);
                    write_value(&p[j], u, v, sizeof v);
                    at += (size_t)snprintf(s + at, sizeof s - at, "%s%s",
                                           j ? ", " : "(", v);
                }
                if (n_param && trial)
                    snprintf(s + at, sizeof s - at, ")");
                round_trip(&table[k], s);
            }
}

/* Just outside each range: the error names the parameter and the bound. */
static void one_outside(const struct table *t, const char *name,
                        const struct dc_param *p, size_t at, double v)
{
    char s[300], bound[64];
    struct dc_spec out;
    struct dc_err err = {.msg = ""};
    size_t n = (size_t)snprintf(s, sizeof s, "%s(", name);
    for (size_t j = 0; j < at; j++)
        n += (size_t)snprintf(s + n, sizeof s - n, "%.17g,", p[j].def);
    snprintf(s + n, sizeof s - n, "%.17g)", v);
    if (t->parse(s, &out, &err) != DC_USAGE)
        fail_msg("%s is taken", s);
    snprintf(bound, sizeof bound, "%s is \"", p[at].name);
    assert_non_null(strstr(err.msg, bound));
    snprintf(bound, sizeof bound, "%s%g", p[at].open_min ? "above " : "from ",
             p[at].min);
    assert_non_null(strstr(err.msg, bound));
    snprintf(bound, sizeof bound, "%s%g", p[at].open_max ? "below " : "up to ",
             p[at].max);
    assert_non_null(strstr(err.msg, bound));
    assert_non_null(strstr(err.msg, p[at].help));
}

static void test_ranges_of_every_row(void **state)
{
    (void)state;
    for (size_t k = 0; k < DC_COUNT(table); k++)
        for (size_t i = 0; i < table[k].n; i++) {
            size_t n_param;
            const char *name = table[k].name(i);
            const struct dc_param *p = table[k].param(i, &n_param);
            for (size_t j = 0; j < n_param && !p[j].measure; j++) {
                assert_true(p[j].min < p[j].max && p[j].def >= p[j].min &&
                            p[j].def <= p[j].max && *p[j].help);
                one_outside(&table[k], name, p, j,
                            p[j].open_min ? p[j].min : p[j].min - 0.001);
                one_outside(&table[k], name, p, j,
                            p[j].open_max ? p[j].max : p[j].max + 0.001);
                if (p[j].integer)
                    one_outside(&table[k], name, p, j, p[j].min + 0.5);
            }
        }
}

static void test_unknown_names_list_the_rows(void **state)
{
    static const char *const wrong[] = {"",         "(",       "nothing",
                                        "Mean",     "mean ma", "\xff\x1b[2J(1)",
                                        "curtail_", "curtai"};
    (void)state;
    for (size_t k = 0; k < DC_COUNT(table); k++)
        for (size_t w = 0; w < DC_COUNT(wrong); w++) {
            struct dc_spec out;
            struct dc_err err = {.msg = ""};
            assert_int_equal(table[k].parse(wrong[w], &out, &err), DC_USAGE);
            assert_non_null(strstr(err.msg, table[k].what));
            for (size_t i = 0; i < table[k].n; i++)
                if (!strstr(err.msg, table[k].name(i)))
                    fail_msg("%s is not in: %s", table[k].name(i), err.msg);
        }
}

/* Random bytes: no crash, and what is taken has a round trip. */
static void test_hostile_text(void **state)
{
    static const char letter[] = "0123456789.eE+-%(),, \t\"\\\xff\xc3nm";
    const struct dc_rng_key key = {.seed = 8, .stream = 1};
    size_t n_good = 0;
    (void)state;
    for (uint32_t trial = 0; trial < 30000; trial++) {
        const struct table *t = &table[trial % DC_COUNT(table)];
        char s[64];
        struct dc_spec out;
        size_t i = (size_t)(dc_rng_uniform(&key, trial, 0) * (double)t->n);
        size_t at = (size_t)snprintf(s, sizeof s, "%s(", t->name(i));
        size_t end =
            at + (size_t)(8 * dc_rng_uniform(&key, trial, 1)); /* short */
        for (uint32_t j = 2; at < end; j++)
            s[at++] = letter[(size_t)(dc_rng_uniform(&key, trial, j) *
                                      (double)(sizeof letter - 1))];
        s[at++] = ')';
        s[at] = '\0';
        if (t->parse(s, &out, NULL) == DC_OK) {
            round_trip(t, s);
            n_good++;
        }
    }
    assert_true(n_good > 500 && n_good < 29000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_long_text_is_refused),
        cmocka_unit_test(test_round_trip_of_every_row),
        cmocka_unit_test(test_ranges_of_every_row),
        cmocka_unit_test(test_unknown_names_list_the_rows),
        cmocka_unit_test(test_hostile_text),
    };
    return cmocka_run_group_tests(tests, count_rows, NULL);
}

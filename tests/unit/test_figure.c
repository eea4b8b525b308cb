/*
 * test_figure.c - what plots are built of: blocks of JSON rows, groups of
 * traces, and the looks of policies.
 */
#include "near.h"
#include "plot/figure.h"
#include "plot/glyphs.h"
#include "plot/groups.h"
#include "plot/plot.h"
#include "plot/series.h"
#include "stat_util.h"
#include "store_fixture.h"
#include "trace_fixture.h"

#include <deepconf/stop.h>

/* What stands in NAME.dat for this JSON. */
static char *dat_of(const char *json)
{
    json_t *o = json_loads(json, 0, NULL);
    struct dc_dat d;
    struct dc_buf b;
    dc_dat_init(&d);
    dc_buf_init(&b, SIZE_MAX);
    assert_non_null(o);
    dc_dat_text(&d, "title", 5);
    dc_dat_put(&d, o);
    dc_dat_write(&d, &b);
    json_decref(o);
    dc_dat_release(&d);
    return b.data;
}

#define DAT_TITLE "$text << END_OF_BLOCK\n= title\n"
#define DAT_END "END_OF_BLOCK\n"

/* Numbers as variables, arrays as tables with the names of their columns. */
static void test_dat(void **state)
{
    static const struct {
        const char *json, *dat;
    } row[] = {
        {"{\"n\": 3, \"x\": 0.5, \"no\": null, \"is\": true, \"a\": {\"b\": "
         "1}}",
         DAT_TITLE DAT_END "n = 3\nx = 0.5\nno = NaN\nis = 1\na_b = 1\n"},
        {"{\"none\": []}",
         DAT_TITLE DAT_END "none_n = 0\n$none << END_OF_BLOCK\nNaN\n" DAT_END},
        /* a row that lacks a value has NaN there, whichever comes first */
        {"{\"r\": [{\"x\": 1, \"p\": null}, {\"x\": 2, \"p\": {\"lo\": "
         "0.25}}]}",
         DAT_TITLE DAT_END "r_n = 2\n$r << END_OF_BLOCK\nx\tp\tp.lo\t\n"
                           "1\tNaN\tNaN\t\n2\tNaN\t0.25\t\n" DAT_END},
        {"{\"r\": [{\"c\": [[0, 1], [2, 3]]}, {\"c\": []}, {\"c\": [4]}]}",
         DAT_TITLE DAT_END
         "r_n = 3\n$r << END_OF_BLOCK\n\n\n\n\n" DAT_END
         "$r_c << END_OF_BLOCK\n0\t1\t\n2\t3\t\n\n\nNaN\tNaN\tNaN\tNaN\tNaN\n"
         "\n\n4\n" DAT_END},
    };
    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        char *dat = dat_of(row[i].json);
        assert_string_equal(dat, row[i].dat);
        free(dat);
    }
}

/* Words are lines of $text and nothing else, each once; names of any other kind
 * are left out. */
static void test_dat_words(void **state)
{
    static const char json[] =
        "{\"a\": \"x`'\\\"@$\", \"b\": \"\", \"c\": \"\\nEND_OF_BLOCK\\n\", "
        "\"system('id')\": 1, \"R\": 1, \"r\": [{\"s\": \"x`'\\\"@$\", "
        "\"pi\\n\": 2}]}";
    char *dat = dat_of(json);
    (void)state;
    assert_string_equal(dat,
                        DAT_TITLE "= x`'\"@$\n= \xe2\x8f\x8e"
                                  "END_OF_BLOCK\xe2\x8f\x8e\n" DAT_END
                                  "a = 2\nb = 0\nc = 3\nr_n = 1\n"
                                  "$r << END_OF_BLOCK\ns\t\n2\t\n" DAT_END);
    free(dat);
}

/* A colour of data/plot/style.gp. */
static long style_colour(const char *name)
{
    char line[80];
    snprintf(line, sizeof line, "\n%s = 0x", name);
    const char *at = strstr(dc_plot_style_gp, line);
    assert_non_null(at);
    return strtol(at + strlen(line), NULL, 16);
}

/* Every policy has a look of its own, and none of a verdict or an outcome. */
static void test_policies_have_their_colours(void **state)
{
    static const char *const taken[] = {"REFUSAL", "COMPLIANCE", "UNDETERMINED",
                                        "RIGHT",   "WRONG",      "ALARM",
                                        "BEST",    "REST"};
    const struct dc_mark other = dc_series_mark("none of them");
    size_t n = 0;
    (void)state;
    const struct dc_stop_policy *const *p = dc_stop_policies(&n);
    for (size_t i = 0; i < n; i++) {
        struct dc_mark m = dc_series_mark(p[i]->name);
        assert_int_not_equal(m.point, other.point);
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(m.colour, dc_series_mark(p[k]->name).colour);
        for (size_t k = 0; k < DC_COUNT(taken); k++)
            assert_int_not_equal(m.colour, style_colour(taken[k]));
    }
}

static void test_values(void **state)
{
    struct dc_values g = {.n_group = 3};
    struct dc_values_rows x;
    const struct dc_boot_cfg boot = tf_cfg().boot;
    (void)state;
    dc_values_rows_init(&x, 6);
    for (uint32_t i = 0; i < 5; i++) /* 0 1 2 3 4 of prompts 0 0 1 1 2 */
        dc_values_rows_add(&x, i, i / 2, 0);
    dc_values_rows_add(&x, 40, 7, 1);
    dc_values_find(&g, &x, &boot);
    assert_int_equal(g.n_row, 6);
    assert_int_equal(g.group[0].n, 5);
    assert_int_equal(g.group[0].n_prompt, 3);
    assert_near(g.group[0].quantile[2], 2, 1e-15);
    assert_near(g.group[0].quantile[1], 1, 1e-15);
    assert_near(g.group[0].mean.value.value, 2, 1e-15);
    /* 2 x 2.5 / cbrt(3) wide */
    assert_int_equal(g.n_bin, 12);
    assert_int_equal(g.group[0].count[0], 4);
    assert_int_equal(g.group[0].count[1], 1);
    assert_int_equal(g.group[1].count[g.n_bin - 1], 1);
    assert_int_equal(g.group[2].n, 0);
    assert_false(g.group[2].mean.value.defined);
    dc_values_rows_release(&x);
    /* equal values still have a width */
    g = (struct dc_values){.n_group = 1};
    dc_values_rows_init(&x, 2);
    dc_values_rows_add(&x, 0.5, 0, 0);
    dc_values_rows_add(&x, 0.5, 1, 0);
    dc_values_find(&g, &x, &boot);
    assert_true(g.lo < 0.5 && g.hi > 0.5);
    assert_int_equal(g.n_bin, DC_VALUES_MIN_BINS);
    assert_int_equal(g.group[0].n, 2);
    /* and with a cut a bin begins there: 0 to 4, in five of 0.8 and one more */
    g = (struct dc_values){.n_group = 1, .has_cut = true, .cut = 2};
    dc_values_rows_release(&x);
    dc_values_rows_init(&x, 5);
    for (uint32_t i = 0; i < 5; i++)
        dc_values_rows_add(&x, i, i, 0);
    dc_values_find(&g, &x, &boot);
    assert_int_equal(g.n_bin, 6);
    assert_near(g.lo, 2 - 3 * 0.8, 1e-12);
    assert_near(g.hi, g.lo + 6 * 0.8, 1e-12);
    assert_int_equal(
        g.group[0].count[0] + g.group[0].count[1] + g.group[0].count[2], 2);
    dc_values_rows_release(&x);
}

/* 5,000 prompts of 10 traces are a picture like any other, of bounded size. */
static void test_groups_are_bounded(void **state)
{
    enum { MANY = 50000 };
    struct dc_groups g = {.look = {{"a", "a"}, {"b", "b"}},
                          .values = {.n_group = 2}};
    struct dc_values_rows x;
    struct dc_fig f;
    const struct dc_boot_cfg boot = tf_cfg().boot;
    struct dc_record_column c = {.has_window = false};
    const struct dc_trace_measure m = {.column = &c};
    (void)state;
    assert_int_equal(dc_measure_parse("nll", &c.measure, NULL), DC_OK);
    dc_values_rows_init(&x, MANY);
    for (uint32_t i = 0; i < MANY; i++)
        dc_values_rows_add(&x, (i * 7919u) % 1000u, i / 10, i % 2);
    dc_values_find(&g.values, &x, &boot);
    dc_fig_init(&f, "title");
    g.measure = &m;
    g.level = 0.95;
    dc_groups_put(&f, &g);
    struct dc_dat d;
    dc_dat_init(&d);
    dc_fig_dat(&f, &d);
    assert_true(d.text.n + d.rest.n < 20000);
    dc_dat_release(&d);
    assert_int_equal(g.values.group[0].n + g.values.group[1].n, MANY);
    dc_fig_release(&f);
    dc_values_rows_release(&x);
}

static void test_glyphs(void **state)
{
    struct dc_buf b;
    (void)state;
    dc_buf_init(&b, SIZE_MAX);
    dc_glyphs_put("= \xce\xa9\xe2\x9c\x93 \xe5\x88\x86x\xf0\x9f\x98\xb6\n"
                  "= a\xcc\x81",
                  &b);
    assert_string_equal(b.data, "= \xce\xa9\xe2\x9c\x93 \xe2\x96\xa1x"
                                "\xe2\x96\xa1\n= a\xcc\x81");
    dc_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dat),
        cmocka_unit_test(test_dat_words),
        cmocka_unit_test(test_glyphs),
        cmocka_unit_test(test_policies_have_their_colours),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_groups_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

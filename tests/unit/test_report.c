/*
 * test_report.c - what a report's documents do to text from anywhere, which
 * numbers a verification sees, names of runs, and paths that leave a folder.
 */
#include "doc/md.h"
#include "report/findings.h"
#include "report/inside.h"
#include "report/manifest.h"
#include "report/notebook.h"
#include "report/report.h"
#include "report/verify_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void expect_text(void (*put)(struct dc_buf *, const char *),
                        const char *text, const char *want)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    put(&b, text);
    assert_string_equal(b.data, want);
    dc_buf_release(&b);
}

static void test_hostile_text(void **state)
{
    (void)state;
    expect_text(dc_md_text, "plain, 12.5 % (x)", "plain, 12.5 % (x)");
    expect_text(dc_md_text, "<script>x</script>", "\\<script\\>x\\</script\\>");
    expect_text(dc_md_text, "![x](http://a)", "!\\[x\\](http\\://a)");
    expect_text(dc_md_text, "a|b`c`*d*_e_", "a\\|b\\`c\\`\\*d\\*\\_e\\_");
    expect_text(dc_md_text, "# x\n- y", "\\# x\u23ce- y");
    expect_text(dc_md_text, "&lt; $x$ ~~y~~", "\\&lt; \\$x\\$ \\~\\~y\\~\\~");
    expect_text(dc_md_text, "www.a.b", "www\\.a.b");
    expect_text(dc_md_text, "a@b.c, mailto:d@e.f", "a`@`b.c, mailto:d`@`e.f");
    expect_text(dc_md_text, "x_`@@y.z @me a@ @", "x\\_\\``@@`y.z @me a@ @");
    expect_text(dc_md_text, "\033[2J\u202e", "\ufffd\\[2J\ufffd");
    expect_text(dc_md_code, "q4_k.gguf", "`q4_k.gguf`");
    expect_text(dc_md_code, "a`b", "`` a`b ``");
    expect_text(dc_md_code, "a|b", "`a\\|b`");
    expect_text(dc_md_code, "", "`  `");
}

static void test_tidy(void **state)
{
    struct dc_buf b;
    (void)state;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, "a\n\n\n\nb\n");
    dc_md_tidy(&b);
    assert_string_equal(b.data, "a\n\nb\n");
    dc_buf_release(&b);
}

/* The numbers of a text, with bars between them. */
static void expect_numbers(const char *text, const char *want)
{
    struct dc_buf b;
    struct dc_number x;
    size_t n = strlen(text);
    dc_buf_init(&b, SIZE_MAX);
    for (size_t at = 0; dc_number_find(text, n, at, &x); at = x.at + x.n) {
        if (b.n > 0)
            dc_buf_addc(&b, '|');
        dc_buf_add(&b, text + x.at, x.n);
    }
    assert_string_equal(b.data, want);
    dc_buf_release(&b);
}

static void test_numbers(void **state)
{
    (void)state;
    expect_numbers("", "");
    expect_numbers("none", "");
    expect_numbers("50.0 % (47.8 to 52.2 %), 1,000 of 2,000.",
                   "50.0|47.8|52.2|1,000|2,000");
    expect_numbers("[1, -2, 3e-05, 4E+10]", "1|-2|3e-05|4E+10");
    expect_numbers("[1,2,3]", "1,2,3"); /* grouping: one, and compared whole */
    expect_numbers("q4_k 3d841d v12 7th", "");
    expect_numbers("-0.105, 10-20, x=-3", "-0.105|10|20|-3");
    expect_numbers("12.", "12");
    expect_numbers("\"a\": 17", "17");
}

/* A line feed more or less is a difference, where no number is. */
static void test_last_line_feed(void **state)
{
    static const char *const text[] = {"a 1\nb 2", "a 1\nb 2\n"};
    char path[2][32] = {"/tmp/test_report-XXXXXX", "/tmp/test_report-XXXXXX"};
    struct dc_arena a;
    (void)state;
    for (int i = 0; i < 2; i++) {
        int fd = mkstemp(path[i]);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text[i], strlen(text[i])), strlen(text[i]));
        close(fd);
    }
    dc_arena_init(&a);
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++) {
            struct dc_verify_file f = {.n_diff = 0};
            FILE *said = fopen(path[i], "rb");
            const struct dc_verify_two two = {.said = said, .given = path[k]};
            assert_non_null(said);
            assert_int_equal(dc_verify_compare(&two, &a, &f, NULL), DC_OK);
            fclose(said);
            assert_int_equal(f.state,
                             i == k ? DC_VERIFY_EQUAL : DC_VERIFY_DIFFERS);
            assert_int_equal(f.n_diff, i != k);
            if (i != k)
                assert_string_not_equal(f.diff[0].said, f.diff[0].given);
        }
    dc_arena_release(&a);
    unlink(path[0]);
    unlink(path[1]);
}

static void test_names(void **state)
{
    static struct dc_report_cfg cfg = {
        .n_run = 6,
        .run = {{.path = "a/run.db"},
                {.path = "b/run.db"},
                {.path = "x y/<b>.db"},
                {.path = ".hidden"},
                {.path = "compare.db"},
                {.path = "noending"}},
    };
    static const char *const want[] = {"run",     "run-2",     "_b_",
                                       "_hidden", "compare-2", "noending"};
    (void)state;
    dc_report_names(&cfg);
    for (size_t i = 0; i < cfg.n_run; i++)
        assert_string_equal(cfg.run[i].name, want[i]);
}

static void test_paths(void **state)
{
    (void)state;
    assert_true(dc_inside_is_path("a"));
    assert_true(dc_inside_is_path("plots/a..b.svg"));
    assert_false(dc_inside_is_path(""));
    assert_false(dc_inside_is_path("/etc/passwd"));
    assert_false(dc_inside_is_path(".."));
    assert_false(dc_inside_is_path("a/../../b"));
    assert_false(dc_inside_is_path("a/.."));
    assert_false(dc_inside_is_path("a/./b"));
    assert_false(dc_inside_is_path("a//b"));
    assert_false(dc_inside_is_path("a/"));
    assert_true(dc_inside_is_path("..a/.b"));
}

static void test_percent_cells(void **state)
{
    static const char file[] = "# %% [markdown]\n# # Title\n#\n# text\n\n"
                               "# %%\nx = 1\n\n\ny = 2  # %% no cell\n";
    (void)state;
    json_t *nb = dc_notebook_new();
    dc_notebook_percent(nb, file, sizeof file - 1);
    json_t *cells = json_object_get(nb, "cells");
    assert_int_equal(json_array_size(cells), 2);
    json_t *text = json_object_get(json_array_get(cells, 0), "source");
    json_t *code = json_object_get(json_array_get(cells, 1), "source");
    assert_int_equal(json_array_size(text), 3);
    assert_string_equal(json_string_value(json_array_get(text, 0)),
                        "# Title\n");
    assert_string_equal(json_string_value(json_array_get(text, 2)), "text");
    assert_int_equal(json_array_size(code), 4);
    assert_string_equal(json_string_value(json_array_get(code, 3)),
                        "y = 2  # %% no cell");
    json_decref(nb);
}

/* ---- what confidence tells ---- */

/* An AUROC with an interval; lo > hi: a value without one. */
static struct dc_boot auroc(double lo, double hi)
{
    return (struct dc_boot){.value = {true, (lo + hi) / 2},
                            .defined = lo <= hi,
                            .lo = lo,
                            .hi = hi,
                            .se = (hi - lo) / 4,
                            .n_rarer = 1000};
}

static enum dc_tells tells(struct dc_boot refuse, struct dc_boot answer)
{
    struct dc_trace_measure m = {.n_none = 0};
    struct dc_trace_auroc *c = m.target[DC_TARGET_CORRECT].scope;
    c[DC_TRACES_ALL].auroc = auroc(0.9, 0.95); /* has no say */
    c[DC_TRACES_TO_REFUSE].auroc = refuse;
    c[DC_TRACES_TO_ANSWER].auroc = answer;
    return dc_stats_tells(&m);
}

static void test_what_confidence_tells(void **state)
{
    const struct dc_boot none = {.defined = false}, up = auroc(0.6, 0.8),
                         down = auroc(0.1, 0.4), level = auroc(0.4, 0.6);
    (void)state;
    assert_int_equal(tells(up, down), DC_TELLS_REFUSAL);
    assert_int_equal(tells(down, up), DC_TELLS_COMPLIANCE);
    assert_int_equal(tells(up, up), DC_TELLS_RIGHT);
    assert_int_equal(tells(down, down), DC_TELLS_WRONG);
    assert_int_equal(tells(level, down), DC_TELLS_NOT_SHOWN);
    assert_int_equal(tells(up, level), DC_TELLS_NOT_SHOWN);
    /* a value without an interval: too few prompts to say */
    assert_int_equal(tells(up, auroc(0.9, 0.1)), DC_TELLS_UNKNOWN);
    assert_int_equal(tells(none, up), DC_TELLS_UNKNOWN);
    assert_int_equal(tells(down, none), DC_TELLS_UNKNOWN);
    /* an interval that ends at 0.5 holds it */
    assert_int_equal(tells(auroc(0.5, 0.9), down), DC_TELLS_NOT_SHOWN);
}

/* ---- the mark of a page ---- */

static void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void test_mark(void **state)
{
    static const char path[] = "test_report_mark.md";
    struct dc_manifest_run run[] = {{"a--b", "id1", NULL},
                                    {"b", "id2", "x --> <b> \\u003e \"y\""}};
    const struct dc_manifest m = {.version = "9", .run = run, .n_run = 2};
    struct dc_manifest got;
    struct dc_buf b;
    (void)state;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, "# A page\n\n");
    dc_manifest_mark(&m, &b);
    /* the only end of a comment is its own */
    assert_string_equal(strstr(b.data, "-->"), "-->\n");
    put_file(path, b.data);
    assert_int_equal(dc_manifest_read_mark(path, &got, NULL), DC_OK);
    assert_string_equal(got.version, "9");
    assert_int_equal(got.n_run, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(got.run[i].name, run[i].name);
        assert_string_equal(got.run[i].id, run[i].id);
    }
    assert_null(got.run[0].judge);
    assert_string_equal(got.run[1].judge, run[1].judge);
    dc_manifest_release(&got);
    b.data[b.n - 8] = '!'; /* inside the JSON */
    put_file(path, b.data);
    assert_int_equal(dc_manifest_read_mark(path, &got, NULL), DC_DATA);
    put_file(path, "# A page\n");
    assert_int_equal(dc_manifest_read_mark(path, &got, NULL), DC_DATA);
    assert_int_equal(remove(path), 0);
    assert_int_equal(dc_manifest_read_mark(path, &got, NULL), DC_IO);
    dc_buf_release(&b);
}

static void test_no_finding_is_dropped(void **state)
{
    struct dc_findings l = {.n = 0};
    (void)state;
    for (int i = 0; i < 100; i++)
        dc_findings_add(&l, i ? "later" : "first", "text", "test");
    assert_int_equal(l.n, 100);
    assert_string_equal(l.item[0].id, "first");
    assert_string_equal(l.item[99].id, "later");
    dc_findings_release(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_finding_is_dropped),
        cmocka_unit_test(test_hostile_text),
        cmocka_unit_test(test_tidy),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_last_line_feed),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_percent_cells),
        cmocka_unit_test(test_what_confidence_tells),
        cmocka_unit_test(test_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_labelled.c - labelled responses: presets found by their columns, labels,
 * dropped rows, and what is refused.
 */
#include "data/labelled.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];

static void write_file(const char *ending, const char *text)
{
    snprintf(path, sizeof path, "/tmp/deepconf-labelled-%ld.%s", (long)getpid(),
             ending);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

static void read_ok(const struct dc_labelled_cfg *more, struct dc_labelled *d)
{
    struct dc_labelled_cfg c = *more;
    struct dc_err err = {0};
    c.path = path;
    enum dc_status st = dc_labelled_read(&c, d, &err);
    remove(path);
    if (st)
        fail_msg("%s", err.msg);
}

static void read_bad(const struct dc_labelled_cfg *more, enum dc_status want,
                     const char *says)
{
    struct dc_labelled_cfg c = *more;
    struct dc_labelled d;
    struct dc_err err = {0};
    c.path = path;
    assert_int_equal(dc_labelled_read(&c, &d, &err), want);
    remove(path);
    if (!strstr(err.msg, says))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, says);
}

static const struct dc_labelled_cfg plain;

static void test_xstest(void **state)
{
    (void)state;
    struct dc_labelled d;
    write_file("csv", "id,type,prompt,completion,annotation_1,annotation_2,"
                      "agreement,final_label\n"
                      "a,t,\"How, then?\",\"I can't.\nSorry.\",,,,"
                      "2_full_refusal\n"
                      "b,t,p,Sure,,,,1_full_compliance\n"
                      "c,t,p,,,,, 3_partial_refusal \n");
    read_ok(&plain, &d);
    assert_string_equal(d.set->name, "xstest-completions");
    assert_int_equal(d.n, 3);
    assert_int_equal(d.n_dropped, 0);
    assert_string_equal(d.row[0].id, "a");
    assert_string_equal(d.row[0].prompt, "How, then?");
    assert_string_equal(d.row[0].response, "I can't.\nSorry.");
    assert_int_equal(d.row[0].label, DC_VERDICT_REFUSAL);
    assert_int_equal(d.row[1].label, DC_VERDICT_COMPLIANCE);
    assert_int_equal(d.row[1].line, 4);
    assert_int_equal(d.row[2].label, DC_VERDICT_PARTIAL);
    assert_int_equal(d.row[2].n, 0);
    assert_int_equal(strlen(d.sha256), 64);
    dc_labelled_release(&d);
}

static void test_wildguardtest_drops_null(void **state)
{
    (void)state;
    struct dc_labelled d;
    write_file("jsonl", "{\"prompt\": \"p\", \"response\": \"No.\", "
                        "\"response_refusal_label\": \"refusal\"}\n"
                        "{\"prompt\": \"p\", \"response\": null, "
                        "\"response_refusal_label\": null}\n"
                        "{\"prompt\": \"q\", \"response\": \"Yes.\", "
                        "\"response_refusal_label\": \"compliance\"}\n");
    read_ok(&plain, &d);
    assert_string_equal(d.set->name, "wildguardtest");
    assert_int_equal(d.n, 2);
    assert_int_equal(d.n_dropped, 1);
    assert_string_equal(d.row[1].response, "Yes.");
    dc_labelled_release(&d);
}

static void test_named_columns(void **state)
{
    (void)state;
    struct dc_labelled d;
    write_file("csv", "text,verdict\nno way,REFUSAL\nsure,0\nsome,partial\n");
    read_ok(&(struct dc_labelled_cfg){.field_response = "text",
                                      .field_label = "verdict",
                                      .set = dc_labelset_find("generic")},
            &d);
    assert_int_equal(d.n, 3);
    assert_int_equal(d.row[0].label, DC_VERDICT_REFUSAL);
    assert_int_equal(d.row[1].label, DC_VERDICT_COMPLIANCE);
    assert_int_equal(d.row[2].label, DC_VERDICT_PARTIAL);
    assert_string_equal(d.row[0].prompt, "");
    assert_string_equal(d.row[0].id, "");
    dc_labelled_release(&d);
}

static void test_refused(void **state)
{
    (void)state;
    const struct dc_labelled_cfg of_prompt = {.field_label = "toxicity"};
    const struct dc_labelled_cfg no_such = {.field_prompt = "q"};
    write_file("csv", "response,label\nx,2\n");
    read_bad(&plain, DC_DATA, "line 2: the label \"2\" in column label");
    write_file("csv", "response,label\nx,\n");
    read_bad(&plain, DC_DATA, "no labelled response in it (1 rows without");
    write_file("csv", "response,label\nx,none\n");
    read_bad(&plain, DC_DATA, "line 2: the label \"none\"");
    write_file("csv", "response,verdict\nx,0\n");
    read_bad(&plain, DC_DATA, "no column \"label\"");
    write_file("csv", "response,label\n");
    read_bad(&plain, DC_DATA, "no labelled response");
    write_file("csv", "response,label\nx,0\n");
    read_bad(&no_such, DC_DATA, "no column \"q\"");
    write_file("csv", "response,toxicity\nx,0\n");
    read_bad(&of_prompt, DC_USAGE, "speaks of the prompt");
    write_file("csv", "");
    read_bad(&plain, DC_DATA, "empty");
    write_file("csv", "response,label\n\xff,0\n");
    read_bad(&plain, DC_DATA, "line 2, byte 1: not valid UTF-8");
}

static void test_presets(void **state)
{
    (void)state;
    size_t n;
    const struct dc_labelset *const *s = dc_labelsets(&n);
    for (size_t i = 0; i < n; i++) {
        assert_ptr_equal(dc_labelset_find(s[i]->name), s[i]);
        assert_true(s[i]->summary[0] && s[i]->label_means[0]);
        assert_true(s[i]->col_response && s[i]->col_label);
        assert_true(s[i]->refusal[0] && s[i]->compliance[0]);
    }
    assert_null(dc_labelset_find("no-such"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xstest),
        cmocka_unit_test(test_wildguardtest_drops_null),
        cmocka_unit_test(test_named_columns),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_presets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_validate.c - judges against labels: clusters, counts, pairs, and
 * intervals that must not take responses to one prompt for independent.
 */
#include "validate/validate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A judge that reads its verdict and score out of the response: "R 0.9". */
static enum dc_status read_it(struct dc_judge *j,
                              const struct dc_judge_item *item, size_t n,
                              struct dc_judgement *out, struct dc_err *err)
{
    (void)j;
    (void)err;
    for (size_t i = 0; i < n; i++) {
        char c = item[i].response[0];
        out[i].verdict = c == 'R'   ? DC_VERDICT_REFUSAL
                         : c == 'P' ? DC_VERDICT_PARTIAL
                         : c == 'C' ? DC_VERDICT_COMPLIANCE
                                    : DC_VERDICT_UNDETERMINED;
        out[i].rule = "read";
        out[i].has_score =
            sscanf(item[i].response + 1, "%lf", &out[i].score) == 1;
    }
    return DC_OK;
}

static struct dc_judge_ops reader = {
    .name = "reader", .summary = "s", .version = "1", .judge = read_it};
static char spec[] = "reader";

static struct dc_judge open_reader(const char *label)
{
    struct dc_judge j = {.ops = &reader, .spec = spec};
    snprintf(j.label, sizeof j.label, "%s", label);
    snprintf(j.version, sizeof j.version, "1");
    return j;
}

static const struct dc_labelset set = {.name = "t"};

static struct dc_labelled file_of(const char *name, struct dc_labelled_row *row,
                                  size_t n)
{
    struct dc_labelled f = {.set = &set, .row = row, .n = n};
    snprintf(f.name, sizeof f.name, "%s", name);
    for (size_t i = 0; i < n; i++) {
        row[i].n = strlen(row[i].response);
        row[i].n_prompt = strlen(row[i].prompt);
    }
    return f;
}

#define ROW(p, i, r, l)                                                        \
    {                                                                          \
        .prompt = (p), .id = (i), .response = (r), .label = DC_VERDICT_##l     \
    }

static struct dc_boot_cfg boot(void)
{
    struct dc_boot_cfg c = dc_boot_cfg_default();
    c.n_resamples = 400;
    return c;
}

static void test_counts(void **state)
{
    (void)state;
    struct dc_labelled_row a[] = {
        ROW("p", "1", "R", REFUSAL),    ROW("q", "2", "C", REFUSAL),
        ROW("r", "3", "R", PARTIAL),    ROW("s", "4", "P", COMPLIANCE),
        ROW("t", "5", "C", COMPLIANCE), ROW("u", "6", "?", REFUSAL),
        ROW("v", "7", " ", COMPLIANCE),
    };
    struct dc_labelled_row b[] = {ROW("p", "x", "R", REFUSAL),
                                  ROW("", "1", "C", COMPLIANCE)};
    struct dc_labelled f[] = {file_of("a", a, 7), file_of("b", b, 2)};
    struct dc_judge j = open_reader("reader");
    struct dc_boot_cfg c = boot();
    struct dc_validation v;
    dc_validation_init(&v, f, 2, &c);
    assert_int_equal(v.n_cluster, 8);
    assert_int_equal(v.row[0].cluster, v.row[7].cluster);
    assert_int_equal(dc_validation_ask(&v, &j, NULL, NULL), DC_OK);
    assert_int_equal(dc_validation_ask(&v, &j, NULL, NULL), DC_USAGE);
    assert_int_equal(dc_validation_finish(&v, NULL), DC_OK);
    assert_int_equal(v.n_group, 3);
    const struct dc_validate_cell *one = &v.group[0].cell[0][0];
    const struct dc_validate_cell *two = &v.group[0].cell[0][1];
    assert_int_equal(one->matrix.tp, 2);
    assert_int_equal(one->matrix.fn, 1);
    assert_int_equal(one->matrix.fp, 1);
    assert_int_equal(one->matrix.tn, 1);
    assert_int_equal(one->undetermined_refusal, 1);
    assert_int_equal(one->undetermined_compliance, 1);
    assert_int_equal(two->matrix.tp, 1);
    assert_int_equal(two->matrix.fn, 1);
    assert_int_equal(two->matrix.fp, 1);
    assert_int_equal(two->matrix.tn, 2);
    assert_int_equal(
        v.group[0].confusion[0][DC_VERDICT_COMPLIANCE][DC_VERDICT_PARTIAL], 1);
    assert_int_equal(v.group[2].cell[0][0].matrix.tp, 3);
    assert_int_equal(v.group[2].n_cluster, 8);
    assert_true(fabs(one->f1.value.value - 4.0 / 6) < 1e-15);
    assert_true(dc_validation_wrong(&v, 0, 1, DC_PARTIAL_REFUSES));
    assert_false(dc_validation_wrong(&v, 0, 5, DC_PARTIAL_REFUSES));
    struct dc_correct_label l[8];
    assert_int_equal(dc_validation_labels(&v, 2, 0, l), 8);
    assert_int_equal(l[0].tp, 2); /* prompt p, in both files */
    dc_validation_release(&v);
}

static void test_rows_without_prompt_or_id(void **state)
{
    (void)state;
    struct dc_labelled_row a[] = {
        ROW("", "", "R", REFUSAL), ROW("", "", "R", REFUSAL),
        ROW("", "k", "R", REFUSAL), ROW("", "k", "C", COMPLIANCE)};
    struct dc_labelled f[] = {file_of("a", a, 4)};
    struct dc_boot_cfg c = boot();
    struct dc_validation v;
    dc_validation_init(&v, f, 1, &c);
    assert_int_equal(v.n_cluster, 3);
    assert_int_equal(v.row[2].cluster, v.row[3].cluster);
    assert_int_not_equal(v.row[0].cluster, v.row[1].cluster);
    dc_validation_release(&v);
}

static void test_scores_and_pairs(void **state)
{
    (void)state;
    struct dc_labelled_row a[] = {
        ROW("p", "1", "R 0.9", REFUSAL),    ROW("q", "2", "C 0.4", REFUSAL),
        ROW("r", "3", "C 0.3", COMPLIANCE), ROW("s", "4", "R 0.8", COMPLIANCE),
        ROW("t", "5", "C 0.1", COMPLIANCE), ROW("u", "6", "C", COMPLIANCE)};
    struct dc_labelled f[] = {file_of("a", a, 6)};
    struct dc_judge x = open_reader("x"), y = open_reader("y");
    struct dc_boot_cfg c = boot();
    struct dc_validation v;
    dc_validation_init(&v, f, 1, &c);
    assert_int_equal(dc_validation_ask(&v, &x, NULL, NULL), DC_OK);
    assert_int_equal(dc_validation_ask(&v, &y, NULL, NULL), DC_OK);
    v.judge[1].verdict[1] = DC_VERDICT_REFUSAL;    /* right where x is wrong */
    v.judge[1].verdict[3] = DC_VERDICT_COMPLIANCE; /* right too */
    assert_int_equal(dc_validation_finish(&v, NULL), DC_OK);
    const struct dc_validate_score *s = &v.group[0].score[0];
    assert_int_equal(s->n, 5);
    /* pairs won: 0.9 beats all three, 0.4 beats two of three */
    assert_true(fabs(s->auroc.value.value - 5.0 / 6) < 1e-15);
    assert_int_equal(v.n_pair, 1);
    assert_int_equal(v.pair[0].right.b, 0);
    assert_int_equal(v.pair[0].right.c, 2);
    assert_true(fabs(v.pair[0].right.p - 0.5) < 1e-12);
    assert_int_equal(v.pair[0].agreement.n_equal, 4);
    dc_validation_release(&v);
}

static void test_bad_score(void **state)
{
    (void)state;
    struct dc_labelled_row a[] = {ROW("p", "1", "R 1.5", REFUSAL),
                                  ROW("q", "2", "C 0.5", COMPLIANCE)};
    struct dc_labelled f[] = {file_of("a", a, 2)};
    struct dc_judge x = open_reader("x");
    struct dc_boot_cfg c = boot();
    struct dc_validation v;
    struct dc_err err = {0};
    dc_validation_init(&v, f, 1, &c);
    assert_int_equal(dc_validation_ask(&v, &x, NULL, NULL), DC_OK);
    assert_int_equal(dc_validation_finish(&v, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "scores of the judge x"));
    dc_validation_release(&v);
}

/* Twenty copies of each response to 30 prompts: intervals by prompt are those
 * of 30 prompts, whatever Wilson says of 600 rows. */
static void test_copies_give_no_precision(void **state)
{
    (void)state;
    enum { N = 30, COPIES = 20 };
    static struct dc_labelled_row once[N], often[N * COPIES];
    static char prompt[N][8];
    for (int i = 0; i < N; i++) {
        snprintf(prompt[i], sizeof prompt[i], "p%d", i);
        once[i] = (struct dc_labelled_row){.prompt = prompt[i],
                                           .id = "",
                                           .response = i % 3 ? "R" : "C",
                                           .label = DC_VERDICT_REFUSAL};
        for (int k = 0; k < COPIES; k++)
            often[i * COPIES + k] = once[i];
    }
    struct dc_labelled f[2] = {file_of("once", once, N),
                               file_of("often", often, N * COPIES)};
    struct dc_boot_cfg c = boot();
    double width[2];
    for (int k = 0; k < 2; k++) {
        struct dc_judge j = open_reader("reader");
        struct dc_validation v;
        dc_validation_init(&v, &f[k], 1, &c);
        assert_int_equal(dc_validation_ask(&v, &j, NULL, NULL), DC_OK);
        assert_int_equal(dc_validation_finish(&v, NULL), DC_OK);
        const struct dc_boot *s = &v.group[0].cell[0][0].sensitivity;
        assert_true(s->defined);
        width[k] = s->hi - s->lo;
        dc_validation_release(&v);
    }
    assert_true(fabs(width[0] - width[1]) < 1e-12);
    assert_true(width[0] > 0.2);
}

/*
 * Ten responses to each of four prompts, of which y is right on one more than
 * x in three prompts and on ten fewer in one. Rows know of 3 against 10; the
 * prompts, which are what was drawn, of 3 against 1: p = 2 (1 + 4) / 16.
 */
static void test_the_unit_of_a_pair_is_the_prompt(void **state)
{
    (void)state;
    enum { N = 4, COPIES = 10 };
    static struct dc_labelled_row row[N * COPIES];
    static const char *const prompt[N] = {"p", "q", "r", "s"};
    for (size_t i = 0; i < N * COPIES; i++)
        row[i] = (struct dc_labelled_row){.prompt = prompt[i / COPIES],
                                          .id = "",
                                          .response = "R",
                                          .label = DC_VERDICT_REFUSAL};
    struct dc_labelled f = file_of("f", row, N * COPIES);
    struct dc_judge x = open_reader("x"), y = open_reader("y");
    struct dc_boot_cfg c = boot();
    struct dc_validation v;
    dc_validation_init(&v, &f, 1, &c);
    assert_int_equal(dc_validation_ask(&v, &x, NULL, NULL), DC_OK);
    assert_int_equal(dc_validation_ask(&v, &y, NULL, NULL), DC_OK);
    for (size_t i = 0; i < 3; i++)
        v.judge[0].verdict[i * COPIES] = DC_VERDICT_COMPLIANCE;
    for (size_t i = 3 * COPIES; i < 4 * COPIES; i++)
        v.judge[1].verdict[i] = DC_VERDICT_COMPLIANCE;
    assert_int_equal(dc_validation_finish(&v, NULL), DC_OK);
    const struct dc_validate_pair *p = &v.pair[0];
    assert_int_equal(p->only_a, 10);
    assert_int_equal(p->only_b, 3);
    assert_int_equal(p->right.b, 1);
    assert_int_equal(p->right.c, 3);
    assert_int_equal(p->right.n, N);
    assert_true(fabs(p->right.p - 10.0 / 16) < 1e-12);
    dc_validation_release(&v);
}

/* Two judges agree as two decisions would: a partial refusal is a refusal, and
 * a row that one can't judge is set aside. */
static void test_partial_agrees_with_refusal(void **state)
{
    (void)state;
    struct dc_labelled_row a[] = {
        ROW("p", "1", "R", REFUSAL), ROW("q", "2", "P", REFUSAL),
        ROW("r", "3", "C", COMPLIANCE), ROW("s", "4", "C", COMPLIANCE)};
    struct dc_labelled f[] = {file_of("a", a, 4)};
    struct dc_judge x = open_reader("x"), y = open_reader("y");
    struct dc_boot_cfg c = boot();
    struct dc_validation v;
    dc_validation_init(&v, f, 1, &c);
    assert_int_equal(dc_validation_ask(&v, &x, NULL, NULL), DC_OK);
    assert_int_equal(dc_validation_ask(&v, &y, NULL, NULL), DC_OK);
    v.judge[1].verdict[0] = DC_VERDICT_PARTIAL;
    v.judge[1].verdict[1] = DC_VERDICT_REFUSAL;
    v.judge[1].verdict[3] = DC_VERDICT_UNDETERMINED;
    assert_int_equal(dc_validation_finish(&v, NULL), DC_OK);
    assert_int_equal(v.pair[0].agreement.n, 3);
    assert_int_equal(v.pair[0].agreement.n_equal, 3);
    assert_int_equal(v.pair[0].n_apart, 1);
    assert_true(v.pair[0].agreement.kappa.value == 1);
    dc_validation_release(&v);
}

/* Sixty responses without an error do not say that there is none. */
static void test_no_error_is_no_certainty(void **state)
{
    (void)state;
    enum { N = 30 };
    static struct dc_labelled_row row[2 * N];
    static char prompt[N][8];
    for (int i = 0; i < 2 * N; i++) {
        snprintf(prompt[i / 2], sizeof prompt[0], "p%d", i / 2);
        row[i] = (struct dc_labelled_row){
            .prompt = prompt[i / 2],
            .id = "",
            .response = i % 4 < 2 ? "R" : "C",
            .label = i % 4 < 2 ? DC_VERDICT_REFUSAL : DC_VERDICT_COMPLIANCE};
    }
    struct dc_labelled f = file_of("f", row, 2 * N);
    struct dc_judge j = open_reader("reader");
    struct dc_boot_cfg c = boot();
    struct dc_validation v;
    dc_validation_init(&v, &f, 1, &c);
    assert_int_equal(dc_validation_ask(&v, &j, NULL, NULL), DC_OK);
    assert_int_equal(dc_validation_finish(&v, NULL), DC_OK);
    const struct dc_validate_cell *x = &v.group[0].cell[0][0];
    const struct dc_boot *rate[] = {&x->sensitivity, &x->specificity,
                                    &x->precision, &x->accuracy, &x->f1};
    for (size_t i = 0; i < 5; i++) {
        assert_true(rate[i]->defined && rate[i]->value.value == 1);
        assert_true(rate[i]->hi == 1 && rate[i]->lo < 0.97);
    }
    assert_true(x->kappa_boot.few && !x->kappa_boot.defined);
    dc_validation_release(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_rows_without_prompt_or_id),
        cmocka_unit_test(test_scores_and_pairs),
        cmocka_unit_test(test_bad_score),
        cmocka_unit_test(test_copies_give_no_precision),
        cmocka_unit_test(test_the_unit_of_a_pair_is_the_prompt),
        cmocka_unit_test(test_partial_agrees_with_refusal),
        cmocka_unit_test(test_no_error_is_no_certainty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

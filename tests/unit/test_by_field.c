/*
 * test_by_field.c - refusals by a field: counts by hand, intervals and p-values
 * by a Python program (exact fractions), what is gathered and what is named.
 */
#include "replay/by_field.h"
#include "trace_fixture.h"

static struct dc_err bf_err;
static struct dc_arena bf_arena;

static int begin_arena(void **state)
{
    (void)state;
    dc_arena_init(&bf_arena);
    return 0;
}

static int end_arena(void **state)
{
    (void)state;
    dc_arena_release(&bf_arena);
    return 0;
}

/* A prompt of a category decided as `decision` (R, C, U; "-": not yet), with
 * these traces. */
static struct dc_record_prompt *add(struct dc_record *r, const char *category,
                                    enum dc_gold gold, char decision,
                                    const char *traces)
{
    struct dc_record_prompt *p = tf_prompt(r, gold);
    p->category = category;
    p->has_decision = decision != '-';
    p->decision = decision == 'R'   ? DC_VERDICT_REFUSAL
                  : decision == 'C' ? DC_VERDICT_COMPLIANCE
                                    : DC_VERDICT_UNDETERMINED;
    for (; *traces; traces++)
        tf_trace(r, *traces, 0.5);
    return p;
}

static void add_many(struct dc_record *r, const char *category,
                     enum dc_gold gold, int refusals, int n)
{
    for (int i = 0; i < n; i++)
        add(r, category, gold, i < refusals ? 'R' : 'C',
            i < refusals ? "RRC" : "CC");
}

static const struct dc_by_row *row_of(const struct dc_by_field *f,
                                      const char *value)
{
    for (size_t i = 0; i < f->n_row; i++)
        if (f->row[i].kind == DC_BY_VALUE && !strcmp(f->row[i].value, value))
            return &f->row[i];
    fail_msg("no row %s", value);
    return NULL;
}

static struct dc_by_field by(const struct dc_record *r, const char *field)
{
    struct dc_by_field f;
    if (dc_by_field(r, field, &bf_arena, &f, &bf_err))
        fail_msg("%s", bf_err.msg);
    return f;
}

/* 2 of 10, 9 of 10, 3 of 4 harmful prompts refused, and 1 of 2 without one. */
static struct dc_record *make_run(void)
{
    struct dc_record *r = tf_create(3);
    add_many(r, "b", DC_GOLD_REFUSE, 9, 10);
    add_many(r, "a", DC_GOLD_REFUSE, 2, 10);
    add_many(r, NULL, DC_GOLD_REFUSE, 1, 2);
    add_many(r, "c", DC_GOLD_REFUSE, 3, 4);
    add(r, "a", DC_GOLD_REFUSE, 'U', "UUP");
    add(r, "a", DC_GOLD_REFUSE, '-', "R");
    add_many(r, "c", DC_GOLD_ANSWER, 0, 3);
    return r;
}

static void test_counts_and_rates(void **state)
{
    struct dc_record *r = make_run();
    struct dc_by_field f = by(r, "category");
    const struct dc_by_class *a = &row_of(&f, "a")->gold[DC_GOLD_REFUSE],
                             *b = &row_of(&f, "b")->gold[DC_GOLD_REFUSE],
                             *c = &row_of(&f, "c")->gold[DC_GOLD_REFUSE];
    (void)state;
    assert_int_equal(f.n_value, 3);
    assert_int_equal(f.n_row, 4);
    assert_int_equal(a->n, 12);
    assert_int_equal(a->refusal, 2);
    assert_int_equal(a->compliance, 8);
    assert_int_equal(a->undetermined, 1);
    assert_int_equal(a->n_trace, 2 * 3 + 8 * 2 + 3 + 1);
    assert_int_equal(a->trace_refusal, 2 * 2 + 1 + 1); /* partial is one */
    assert_int_equal(a->trace_undetermined, 2);
    assert_close(a->refused.value, 0.2, 1e-15);
    assert_close(a->refused.lo, 0.05668215145437519, 1e-12);
    assert_close(a->refused.hi, 0.5098375284633583, 1e-12);
    assert_close(b->refused.lo, 0.5958499732047615, 1e-12);
    assert_close(a->p, 0.006838067034594158, 1e-12);
    assert_close(b->p, 0.02186027729169471, 1e-12);
    assert_close(c->p, 0.8521739130434782, 1e-12);
    assert_int_equal(f.n_tested[DC_GOLD_REFUSE], 3);
    assert_close(a->p_holm, 0.020514201103782475, 1e-12);
    assert_close(b->p_holm, 0.04372055458338942, 1e-12);
    assert_close(c->p_holm, 0.8521739130434782, 1e-12);
    assert_int_equal(f.all[DC_GOLD_REFUSE].refused.k, 15);
    assert_int_equal(f.all[DC_GOLD_REFUSE].refused.n, 26);
    assert_int_equal(f.all[DC_GOLD_ANSWER].n, 3);
    /* the three values' shares, drawn together */
    assert_true(a->has_shrunk && b->has_shrunk && c->has_shrunk);
    assert_true(a->shrunk.value > 0.2 && b->shrunk.value < 0.9);
    assert_false(row_of(&f, "c")->gold[DC_GOLD_ANSWER].has_p);
    assert_false(row_of(&f, "c")->gold[DC_GOLD_ANSWER].has_shrunk);
    tf_free(r);
}

/* By the share decided wrongly: a 8/10, c 1/7, b 1/10; what has no value last,
 * though it is 1/2. */
static void test_worst_first(void **state)
{
    struct dc_record *r = make_run();
    struct dc_by_field f = by(r, "category");
    (void)state;
    assert_string_equal(f.row[0].value, "a");
    assert_string_equal(f.row[1].value, "c");
    assert_string_equal(f.row[2].value, "b");
    assert_int_equal(f.row[3].kind, DC_BY_NONE);
    assert_int_equal(f.row[3].gold[DC_GOLD_REFUSE].refused.k, 1);
    assert_false(f.row[3].gold[DC_GOLD_REFUSE].has_p);
    assert_false(f.row[3].gold[DC_GOLD_REFUSE].has_shrunk);
    tf_free(r);
}

/* Values beyond the rows that there are lie in one row, and none is lost. */
static void test_many_values(void **state)
{
    static char name[DC_BY_FIELD_ROWS + 30][8];
    (void)state;
    for (size_t n = DC_BY_FIELD_ROWS; n < DC_BY_FIELD_ROWS + 30;
         n += 1 + n / 9) {
        struct dc_record *r = tf_create(3);
        for (size_t i = 0; i < n; i++) {
            snprintf(name[i], sizeof name[i], "v%02d", (int)i);
            add_many(r, name[i], DC_GOLD_ANSWER, i == n - 1, i < 3 ? 4 : 1);
        }
        struct dc_by_field f = by(r, "category");
        bool gathered = n > DC_BY_FIELD_ROWS;
        uint64_t sum = 0;
        assert_int_equal(f.n_value, n);
        assert_int_equal(f.n_row, DC_BY_FIELD_ROWS);
        for (size_t i = 0; i < f.n_row; i++)
            sum += f.row[i].gold[DC_GOLD_ANSWER].n;
        assert_int_equal(sum, n + 9);
        const struct dc_by_row *last = &f.row[f.n_row - 1];
        assert_int_equal(last->kind, gathered ? DC_BY_OTHER : DC_BY_VALUE);
        if (gathered) {
            assert_int_equal(last->n_value, n - DC_BY_FIELD_ROWS + 1);
            assert_int_equal(last->gold[DC_GOLD_ANSWER].refusal, 1);
            assert_false(last->gold[DC_GOLD_ANSWER].has_p);
        }
        row_of(&f, "v00"); /* those with most prompts keep theirs */
        row_of(&f, "v02");
        tf_free(r);
    }
}

static void test_fields_and_names(void **state)
{
    static const struct dc_prompt_field lang[] = {{"lang", "en"},
                                                  {"zz\x1b[31m", "1"}};
    struct dc_record *r = make_run();
    struct dc_by_field f;
    size_t n;
    (void)state;
    r->category_name = "type";
    r->prompt[3].field = lang;
    r->prompt[3].n_field = 2;
    r->prompt[7].field = lang;
    r->prompt[7].n_field = 1;
    struct dc_field_name *name = dc_field_names(r, &n);
    assert_int_equal(n, 3);
    assert_string_equal(name[0].name, "category");
    assert_string_equal(name[0].data, "type");
    assert_int_equal(name[0].n, r->n_prompt - 2);
    assert_string_equal(name[1].name, "lang");
    assert_int_equal(name[1].n, 2);
    free(name);
    f = by(r, "type");
    assert_string_equal(f.name, "type");
    assert_int_equal(f.n_value, 3);
    f = by(r, "lang");
    assert_int_equal(f.n_value, 1);
    assert_int_equal(row_of(&f, "en")->gold[DC_GOLD_REFUSE].n, 2);
    assert_int_equal(f.row[1].kind, DC_BY_NONE);
    assert_int_equal(dc_by_field(r, "topic", &bf_arena, &f, &bf_err), DC_USAGE);
    assert_non_null(strstr(bf_err.msg, "no prompt of the run has a field "
                                       "\"topic\"; the fields are: category "
                                       "(type), lang, zz"));
    assert_null(strchr(bf_err.msg, '\x1b'));
    tf_free(r);
    r = tf_create(3);
    add_many(r, NULL, DC_GOLD_NONE, 1, 2);
    assert_int_equal(dc_by_field(r, "category", &bf_arena, &f, &bf_err),
                     DC_USAGE);
    assert_non_null(strstr(bf_err.msg, "or any other"));
    tf_free(r);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin_arena, end_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_counts_and_rates),
        T(test_worst_first),
        T(test_many_values),
        T(test_fields_and_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

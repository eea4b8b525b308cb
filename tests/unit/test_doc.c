/*
 * test_doc.c - one document in three forms: the same words and figures in each,
 * no line wider than the terminal, and nothing of a name acts anywhere.
 */
#include "base/utf8.h"
#include "doc/doc.h"
#include "doc_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct dc_doc_column columns[] = {
    {"rate", NULL, 0, false},
    {"value", "of those decided", 0, false},
    {"95 % interval", "Wilson", 2, false},
    {"counts", NULL, 1, false},
    {"what it is", NULL, 3, true},
};
enum { N_COLUMN = sizeof columns / sizeof *columns };

static struct dc_doc *rates(void)
{
    struct dc_doc *d = dc_doc_create();
    struct dc_prop p = dc_prop_wilson(26, 100, 0.95);
    struct dc_prop none = dc_prop_wilson(0, 0, 0.95);
    dc_doc_say(d, "%s refused 26 of 100 prompts.", dc_doc_code(d, "qwen_2.5"));
    dc_doc_alarm(d, "judges-differ", "Under the other judges it is 11 to 22 %.",
                 NULL);
    dc_doc_heading(d, "Rates", "rates");
    dc_doc_item(d, "judge", "keywords, version 2");
    dc_doc_item(d, "", "measured on 1,350 responses of other models");
    dc_doc_table(d, "Rates", "rate-table", columns, N_COLUMN);
    dc_doc_row(d, (struct dc_cell[N_COLUMN]){
                      dc_cell_text("refusal rate"), dc_cell_share(p.value),
                      dc_cell_between(p.lo, p.hi),
                      dc_cell_of(p.k, p.n, "to be refused"),
                      dc_cell_text("the share of prompts that should be "
                                   "refused and were")});
    dc_doc_row(d, (struct dc_cell[N_COLUMN]){
                      dc_cell_text("over-refusal"), dc_cell_prop(&none),
                      dc_cell_none(), dc_cell_count(1234567),
                      dc_cell_real(0.5, 3)});
    dc_doc_explain(d, "counts", "of %d", 2000);
    dc_doc_explain(d, "95 % interval", "by Wilson");
    dc_doc_note(d, "p = 0.034; 2 of them could not be run");
    return d;
}

/* ---- figures of a rendering ---- */

static void test_figures_are_the_same(void **state)
{
    (void)state;
    struct dc_buf text, md, html, plain, a, b, c;
    struct dc_buf *all[] = {&text, &md, &html, &plain, &a, &b, &c};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        dc_buf_init(all[i], SIZE_MAX);
    struct dc_doc *d = dc_doc_create();
    struct dc_prop p = dc_prop_wilson(3, 7, 0.95);
    dc_doc_heading(d, "Rates over 7 prompts", NULL);
    dc_doc_say(d, "%s: 42.9 %% of 7.", dc_doc_code(d, "m_1.5|`x`"));
    dc_doc_table(d, "Rates", NULL, columns, N_COLUMN);
    dc_doc_row(d, (struct dc_cell[N_COLUMN]){
                      dc_cell_code("curtail(3)"), dc_cell_share(p.value),
                      dc_cell_between(p.lo, p.hi), dc_cell_of(3, 7, NULL),
                      dc_cell_range(0.25, 0.5, 2)});
    dc_doc_row(d,
               (struct dc_cell[N_COLUMN]){
                   dc_cell_text("other"), dc_cell_prop(&p), dc_cell_p(0.00001),
                   dc_cell_count(1234567), dc_cell_missing("no value")});
    const struct dc_boot e = {{true, 0.613}, true, .lo = 0.551, .hi = 0.671},
                         few = {{true, 0.5}, false, .few = true},
                         below = {{true, 0}, true, .lo = -0.1, .hi = 0.1};
    dc_doc_row(d, (struct dc_cell[N_COLUMN]){
                      dc_cell_text("third"), dc_cell_boot(&e, 2),
                      dc_cell_boot(&few, 2), dc_cell_boot(&below, 2),
                      dc_cell_boot(&(struct dc_boot){.defined = false}, 2)});
    dc_doc_row(d, (struct dc_cell[N_COLUMN]){dc_cell_text("fourth"),
                                             dc_cell_prop_of(&p)});
    dc_doc_explain(d, columns[2].name, "of %d, see %s", 44,
                   dc_doc_code(d, "x_8"));
    dc_doc_itemf(d, "tokens", "%d of %d", 12, 60);
    dc_doc_passage(d, &(struct dc_doc_passage){.name = "text",
                                               .text = "In 2 lines:\n3 |x| 4",
                                               .n = 19});
    dc_doc_note(d, "drawn 12 times");
    dc_doc_chapter(d, "Chapter 2");
    dc_doc_claim(d, "It refuses 7.5 %.", "Test: p = 0.01");
    dc_doc_quote(d, "Trace 3", "I can't do 99.");
    dc_doc_command(d, "deepconf verify DIR --run a.db");
    dc_doc_text(d, &(struct dc_doc_look){.width = 200}, &text);
    dc_doc_markdown(d, 2, &md);
    dc_doc_html(d, &html);
    html_words(html.data, &plain);
    tokens(text.data, &a);
    tokens(md.data, &b);
    tokens(plain.data, &c);
    assert_string_equal(a.data, b.data);
    assert_string_equal(a.data, c.data);
    assert_non_null(strstr(a.data, "curtail 3 42.9 "));
    assert_non_null(strstr(a.data, " 1,234,567 "));
    assert_non_null(strstr(text.data, " 0.613 (0.55 to 0.67) "));
    assert_non_null(strstr(text.data, " 0.500 (few) "));
    assert_non_null(strstr(text.data, " 0.000 (-0.10 to 0.10) "));
    assert_non_null(strstr(text.data, " none\n"));
    assert_non_null(strstr(text.data, " 42.9 % (15.8 to 75.0), 3 of 7"));
    dc_doc_free(d);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        dc_buf_release(all[i]);
}

/* ---- widths ---- */

static void no_line_is_wider(const char *s, size_t width)
{
    while (*s) {
        size_t n = strcspn(s, "\n");
        assert_true(dc_utf8_width(s, n) <= width);
        s += n + (s[n] == '\n');
    }
}

static void test_tables_fit(void **state)
{
    (void)state;
    struct dc_doc *d = rates();
    struct dc_buf out;
    dc_buf_init(&out, SIZE_MAX);
    dc_doc_heading(d, "Longer than the narrowest terminal is wide?", NULL);
    for (size_t width = 40; width <= 200; width++) {
        dc_buf_clear(&out);
        dc_doc_text(d, &(struct dc_doc_look){.width = width}, &out);
        no_line_is_wider(out.data, width);
        /* what has no rank is there at every width */
        assert_non_null(strstr(out.data, "26.0 %"));
        assert_non_null(strstr(out.data, "no value"));
    }
    dc_doc_free(d);
    dc_buf_release(&out);
}

static void test_columns_are_left_out_by_rank(void **state)
{
    (void)state;
    struct dc_doc *d = rates();
    struct dc_buf out;
    dc_buf_init(&out, SIZE_MAX);
    dc_doc_text(d, &(struct dc_doc_look){.width = 60}, &out);
    assert_null(strstr(out.data, "18.4"));
    assert_non_null(strstr(out.data, "26 of 100 to be refused"));
    const char *note = strstr(out.data, "left out below ");
    assert_non_null(note);
    assert_non_null(strstr(note, " columns: 95 % interval, what it is\n"));
    /* a column takes its explanation with it */
    assert_non_null(strstr(out.data, "  counts: of 2000\n"));
    size_t needs = strtoul(note + strlen("left out below "), NULL, 10);
    for (size_t width = needs - 1; width <= needs; width++) {
        dc_buf_clear(&out);
        dc_doc_text(d, &(struct dc_doc_look){.width = width}, &out);
        assert_true((strstr(out.data, "left out") != NULL) == (width < needs));
        assert_true((strstr(out.data, "what it is") != NULL) || width == needs);
    }
    assert_non_null(strstr(out.data, "what it is\n"));
    dc_buf_clear(&out);
    dc_doc_text(d, &(struct dc_doc_look){.width = 200}, &out);
    assert_string_equal(
        out.data,
        "qwen_2.5 refused 26 of 100 prompts.\n"
        "\nALARMS\n"
        "  ! Under the other judges it is 11 to 22 %.\n"
        "\nRates\n"
        "  judge  keywords, version 2\n"
        "         measured on 1,350 responses of other models\n"
        "  rate             value   95 % interval                   counts  "
        "what it is\n"
        "  refusal rate    26.0 %  18.4 to 35.4 %  26 of 100 to be refused  "
        "the share of prompts that should be refused and were\n"
        "  over-refusal  no value                                1,234,567  "
        "0.500\n"
        "  95 % interval: by Wilson; counts: of 2000\n"
        "  p = 0.034; 2 of them could not be run\n");
    dc_doc_free(d);
    dc_buf_release(&out);
}

static void test_rows_become_blocks(void **state)
{
    (void)state;
    static const struct dc_doc_column wide[] = {{"policy", NULL, 0, false},
                                                {"guarantee", NULL, 0, false}};
    struct dc_doc *d = dc_doc_create();
    struct dc_buf out;
    dc_buf_init(&out, SIZE_MAX);
    dc_doc_table(d, "Policies", NULL, wide, 2);
    dc_doc_row(d, (struct dc_cell[]){
                      dc_cell_code("curtail"),
                      dc_cell_text("no decision ever changes, whatever is "
                                   "drawn")});
    dc_doc_text(d, &(struct dc_doc_look){.width = 40}, &out);
    assert_string_equal(out.data, "  curtail\n"
                                  "    guarantee: no decision ever changes,\n"
                                  "    whatever is drawn\n");
    dc_doc_free(d);
    dc_buf_release(&out);
}

/* ---- texts of others ---- */

static void test_passages(void **state)
{
    (void)state;
    static const char text[] = "I am sorry, but I can't help with that.\nNext.";
    struct dc_doc_passage q = {
        .name = "text",
        .text = text,
        .n = sizeof text - 1,
        .mark_off = 5,
        .mark_len = 5,
        .max_lines = 2,
        .more = "... (--full)",
    };
    struct dc_buf out;
    dc_buf_init(&out, SIZE_MAX);
    struct dc_doc *d = dc_doc_create();
    dc_doc_item(d, "longer", "x");
    dc_doc_passage(d, &q);
    dc_doc_text(d, &(struct dc_doc_look){.width = 40}, &out);
    assert_string_equal(out.data, "  longer  x\n"
                                  "  text    I am sorry, but I can't help\n"
                                  "          with that.\n"
                                  "          ... (--full)\n");
    dc_buf_clear(&out);
    dc_doc_text(d, &(struct dc_doc_look){.width = 80, .colour = true}, &out);
    assert_string_equal(out.data,
                        "  longer  x\n"
                        "  text    I am \033[4msorry\033[24m, but I can't "
                        "help with that.\n"
                        "          Next.\n");
    dc_buf_clear(&out);
    dc_doc_markdown(d, 2, &out);
    assert_non_null(strstr(out.data, "Next.\n"));
    dc_doc_free(d);
    dc_buf_clear(&out);
    d = dc_doc_create();
    q.mark_len = 0;
    q.faint = true;
    dc_doc_passage(d, &q);
    dc_doc_text(d, &(struct dc_doc_look){.width = 80, .colour = true}, &out);
    assert_non_null(strstr(out.data, "\033[2mI am sorry"));
    dc_doc_free(d);
    dc_buf_release(&out);
}

/* Names of columns can be those of files, of any length. */
static void test_long_names_of_columns(void **state)
{
    (void)state;
    static const char name[] = "a-name-of-a-file-that-goes-on-and-on-and-on-"
                               "and-is-wider-than-any-column-of-a-terminal.db";
    struct dc_buf out;
    struct dc_doc *d = dc_doc_create();
    dc_buf_init(&out, SIZE_MAX);
    dc_doc_table(d, "runs", NULL,
                 (struct dc_doc_column[]){{"prompt", NULL, 0, false},
                                          {name, NULL, 0, true},
                                          {name, NULL, 2, true}},
                 3);
    dc_doc_row(d, (struct dc_cell[]){dc_cell_text("a"), dc_cell_text("refusal"),
                                     dc_cell_text("compliance")});
    for (size_t width = 40; width <= 200; width++) {
        dc_buf_clear(&out);
        dc_doc_text(d, &(struct dc_doc_look){.width = width}, &out);
        no_line_is_wider(out.data, width);
        assert_non_null(strstr(out.data, "refusal"));
    }
    dc_doc_free(d);
    dc_buf_release(&out);
}

/* A name longer than its share of the line stands above its text. */
static void test_long_names_of_facts(void **state)
{
    (void)state;
    struct dc_buf out;
    dc_buf_init(&out, SIZE_MAX);
    struct dc_doc *d = dc_doc_create();
    dc_doc_item(d, "a name of many more columns", "and a text that is folded");
    dc_doc_text(d, &(struct dc_doc_look){.width = 40}, &out);
    assert_string_equal(out.data, "  a name of many more columns\n"
                                  "                and a text that is\n"
                                  "                folded\n");
    dc_doc_free(d);
    dc_buf_release(&out);
}

/* ---- hostile names ---- */

static void test_nothing_acts(void **state)
{
    (void)state;
    static const char evil[] = "\033[31m<b onclick=x>|`a`\n# x\x0e\x0f&";
    struct dc_doc *d = dc_doc_create();
    struct dc_buf text, md, html;
    dc_buf_init(&text, SIZE_MAX);
    dc_buf_init(&md, SIZE_MAX);
    dc_buf_init(&html, SIZE_MAX);
    dc_doc_heading(d, evil, NULL);
    dc_doc_say(d, "%s and %s", evil, dc_doc_code(d, evil));
    dc_doc_item(d, evil, evil);
    dc_doc_chapter(d, evil);
    dc_doc_claim(d, evil, evil);
    dc_doc_quote(d, evil, evil);
    dc_doc_fold(d, evil, evil);
    dc_doc_picture(d, evil, "plots/roc.svg");
    dc_doc_command(d, evil);
    dc_doc_passage(d, &(struct dc_doc_passage){
                          .name = evil, .text = evil, .n = strlen(evil)});
    dc_doc_alarm(d, "id", evil, evil);
    dc_doc_table(d, evil, NULL, columns, 1);
    dc_doc_row(d, (struct dc_cell[]){dc_cell_code(evil)});
    dc_doc_row(d, (struct dc_cell[]){dc_cell_text(evil)});
    dc_doc_table(d, "a name from outside", NULL,
                 (struct dc_doc_column[]){{evil, evil, 0, false}}, 1);
    dc_doc_row(d, (struct dc_cell[]){dc_cell_count(1)});
    dc_doc_text(d, &(struct dc_doc_look){.width = 80}, &text);
    dc_doc_markdown(d, 2, &md);
    dc_doc_html(d, &html);
    assert_null(strchr(text.data, '\033'));
    assert_null(strchr(md.data, '\033'));
    assert_null(strchr(html.data, '\033'));
    assert_null(strstr(html.data, "<b "));
    assert_null(strstr(md.data, "\n# x"));
    /* each row of the table stays one line of two bars that aren't escaped */
    const char *row = strstr(md.data, "|---|\n") + 6;
    for (int i = 0; i < 2; i++, row = strchr(row, '\n') + 1) {
        int bars = 0;
        for (const char *s = row; *s != '\n'; s++)
            bars += *s == '|' && s[-1] != '\\';
        assert_int_equal(bars, 2);
    }
    dc_doc_free(d);
    dc_buf_release(&text);
    dc_buf_release(&md);
    dc_buf_release(&html);
}

static void test_colour_and_empty(void **state)
{
    (void)state;
    struct dc_doc *d = rates();
    struct dc_buf out;
    dc_buf_init(&out, SIZE_MAX);
    dc_doc_text(d, &(struct dc_doc_look){.width = 80, .colour = true}, &out);
    assert_non_null(strstr(out.data, "\033[1mRates\033[0m\n"));
    dc_doc_free(d);
    dc_buf_clear(&out);
    d = dc_doc_create();
    dc_doc_table(d, "none", NULL, columns, N_COLUMN);
    dc_doc_text(d, &(struct dc_doc_look){.width = 80}, &out);
    dc_doc_markdown(d, 2, &out);
    dc_doc_html(d, &out);
    assert_int_equal(out.n, 0);
    dc_doc_free(d);
    dc_doc_free(NULL);
    dc_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures_are_the_same),
        cmocka_unit_test(test_tables_fit),
        cmocka_unit_test(test_columns_are_left_out_by_rank),
        cmocka_unit_test(test_rows_become_blocks),
        cmocka_unit_test(test_passages),
        cmocka_unit_test(test_long_names_of_columns),
        cmocka_unit_test(test_long_names_of_facts),
        cmocka_unit_test(test_nothing_acts),
        cmocka_unit_test(test_colour_and_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

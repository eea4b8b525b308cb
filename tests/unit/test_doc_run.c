/*
 * test_doc_run.c - the real documents of a run: every word and every number of
 * the terminal is in the Markdown and in the HTML, in the same order.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "data/dataset.h"
#include "doc_words.h"
#include "report/facts.h"
#include "results/alarm.h"
#include "results/by_field_report.h"
#include "results/calibrate_report.h"
#include "results/judges_report.h"
#include "results/stability_report.h"
#include "results/stats_report.h"
#include "results/summary_doc.h"
#include "results/sweep_report.h"
#include "run_util.h"

#include <setjmp.h>
#include <stdarg.h>
/* after these */
#include <cmocka.h>

enum { PROMPTS = 90, WIDTH = 4000, SHOWN = 60 };

static char run_path[512];
static struct dc_facts *facts;

static enum dc_status draw_run(void)
{
    static const char *const category[] = {"a_b", "c <d>", "*e*"};
    struct dc_item *item = dc_xcalloc(PROMPTS, sizeof *item);
    char(*id)[16] = dc_xcalloc(PROMPTS, sizeof *id);
    struct dc_run_cfg c = test_run_cfg();
    struct dc_backend_cfg b = dc_backend_cfg_default();
    struct dc_dataset d = {.item = item, .n = PROMPTS};
    for (size_t i = 0; i < PROMPTS; i++) {
        snprintf(id[i], sizeof id[i], "p_%zu", i);
        item[i] =
            (struct dc_item){.id = id[i],
                             .text = id[i],
                             .n_text = strlen(id[i]),
                             .category = category[i % 3],
                             .gold = i % 2 ? DC_GOLD_ANSWER : DC_GOLD_REFUSE};
    }
    dc_sha256_hex("documents", 9, d.sha256);
    b.model = "random:refuse=0.4,len=6,vocab=64";
    c.policy = policy_spec("fixed");
    c.stop.max_traces = 5;
    c.max_tokens = 8;
    c.data_name = "a_b*c*.csv";
    c.benchmark = "generic";
    enum dc_status st = run_to(run_path, "fake", &b, &d, &c);
    free(item);
    free(id);
    return st;
}

static int read_facts(void **state)
{
    (void)state;
    snprintf(run_path, sizeof run_path, "%s/run.db", test_dir());
    const struct dc_facts_cfg how = {
        .path = run_path, .name = "run_1", .page_mb = 1, .n_threads = 1};
    facts = dc_xcalloc(1, sizeof *facts);
    return draw_run() || dc_facts_read(&how, facts, NULL);
}

static int drop_facts(void **state)
{
    (void)state;
    dc_facts_release(facts);
    free(facts);
    remove_run(run_path);
    return 0;
}

/* ---- three forms ---- */

/* Append s without what stands from `open` to `close`, both left out too. */
static void without(const char *s, const char *open, const char *close,
                    struct dc_buf *out)
{
    for (const char *at; (at = strstr(s, open)) != NULL;) {
        dc_buf_add(out, s, (size_t)(at - s));
        dc_buf_addc(out, '\n');
        s = strstr(at + strlen(open), close);
        assert_non_null(s);
        s += strlen(close);
    }
    dc_buf_adds(out, s);
}

enum { MARKS = 3 };

/* The words of one form, less what the form itself says of alarms, which stands
 * between these marks; NULL: no more of them. */
static void words_of(struct dc_buf *form, const char *const mark[MARKS][2],
                     bool html, struct dc_buf *out)
{
    struct dc_buf a, b;
    dc_buf_init(&a, SIZE_MAX);
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&a, form->data);
    for (int i = 0; i < MARKS && mark[i][0]; i++) {
        dc_buf_clear(&b);
        without(a.data, mark[i][0], mark[i][1], &b);
        dc_buf_clear(&a);
        dc_buf_adds(&a, b.data);
    }
    dc_buf_clear(&b);
    if (html)
        html_words(a.data, &b);
    else
        for (const char *s = a.data; *s; s++)
            if (*s != '\\') /* of Markdown */
                dc_buf_addc(&b, *s);
    tokens(b.data, out);
    dc_buf_release(&a);
    dc_buf_release(&b);
}

static void assert_same_words(const char *what, const struct dc_buf *a,
                              const struct dc_buf *b)
{
    size_t i = 0;
    while (a->data[i] && a->data[i] == b->data[i])
        i++;
    if (a->data[i] == b->data[i])
        return;
    size_t from = i > SHOWN ? i - SHOWN : 0;
    fail_msg("%s: \"%.*s\" and \"%.*s\"", what, 2 * SHOWN, a->data + from,
             2 * SHOWN, b->data + from);
}

/* Renders and frees d. */
static void same_in_three_forms(const char *what, struct dc_doc *d)
{
    static const char *const marks[3][MARKS][2] = {
        {{"\nALARMS", "\n"}},
        {{"**Alarm** (", "): "}, {"\n---", "\n"}},
        {{"<p class=\"title\">", "</p>"},
         {"</span> <code>", "</code>"},
         {"<summary>", "</summary>"}}};
    struct dc_buf form[3], word[3];
    for (int i = 0; i < 3; i++) {
        dc_buf_init(&form[i], SIZE_MAX);
        dc_buf_init(&word[i], SIZE_MAX);
    }
    dc_doc_unfold(d);
    dc_doc_text(d, &(struct dc_doc_look){.width = WIDTH}, &form[0]);
    dc_doc_markdown(d, 2, &form[1]);
    dc_doc_html(d, &form[2]);
    for (int i = 0; i < 3; i++)
        words_of(&form[i], marks[i], i == 2, &word[i]);
    if (word[0].n < 100)
        fail_msg("%s: hardly a word: %s", what, word[0].data);
    assert_same_words(what, &word[0], &word[1]);
    assert_same_words(what, &word[0], &word[2]);
    for (int i = 0; i < 3; i++) {
        dc_buf_release(&form[i]);
        dc_buf_release(&word[i]);
    }
    dc_doc_free(d);
}

static void test_summary_doc(void **state)
{
    (void)state;
    struct dc_doc *d = dc_doc_create();
    dc_alarm_raise(&facts->summary, "no-promise", "Doubt 1_2: look.",
                   "By 0.25 *of* <3>.");
    dc_summary_doc(&facts->summary, facts->name, d);
    same_in_three_forms("show", d);
}

static void test_stats_doc(void **state)
{
    (void)state;
    assert_true(facts->has_stats);
    struct dc_doc *d = dc_doc_create();
    dc_stats_doc(&facts->stats, &facts->summary, facts->name, d);
    same_in_three_forms("stats", d);
}

static void test_stability_doc(void **state)
{
    (void)state;
    assert_true(facts->has_stability);
    struct dc_doc *d = dc_doc_create();
    dc_stability_doc(&facts->stability, &facts->summary, facts->name, d);
    same_in_three_forms("stability", d);
}

static void test_sweep_doc(void **state)
{
    (void)state;
    assert_true(facts->has_sweep);
    struct dc_doc *d = dc_doc_create();
    dc_sweep_doc_answer(&facts->sweep, d);
    dc_sweep_doc_basis(&facts->sweep, d);
    dc_sweep_doc(&facts->sweep, d);
    same_in_three_forms("sweep", d);
}

static void test_calibrate_doc(void **state)
{
    (void)state;
    assert_true(facts->has_calibrate);
    struct dc_doc *d = dc_doc_create();
    dc_calibrate_doc(&facts->calibrate, d);
    same_in_three_forms("calibrate", d);
}

static void test_judges_doc(void **state)
{
    (void)state;
    struct dc_doc *d = dc_doc_create();
    dc_judges_doc(facts->judges, d);
    same_in_three_forms("judge", d);
}

static void test_by_field_doc(void **state)
{
    (void)state;
    assert_true(facts->n_by > 0);
    struct dc_doc *d = dc_doc_create();
    dc_by_field_doc(&facts->by[0], d);
    same_in_three_forms("show --by", d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_summary_doc),   cmocka_unit_test(test_stats_doc),
        cmocka_unit_test(test_stability_doc), cmocka_unit_test(test_sweep_doc),
        cmocka_unit_test(test_calibrate_doc), cmocka_unit_test(test_judges_doc),
        cmocka_unit_test(test_by_field_doc),
    };
    return cmocka_run_group_tests(tests, read_facts, drop_facts);
}

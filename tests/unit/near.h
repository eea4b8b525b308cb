/*
 * near.h - relative closeness of two doubles, for tests. Brings cmocka.
 */
#ifndef DC_TEST_NEAR_H
#define DC_TEST_NEAR_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* |got - want| <= tol |want|; says which values differ. */
#define assert_near(got, want, tol)                                            \
    check_near((got), (want), (tol), __FILE__, __LINE__)

static inline void check_near(double got, double want, double tol,
                              const char *file, int line)
{
    if (got == want || fabs(got - want) <= tol * fabs(want))
        return;
    print_error("got %.17g, expected %.17g\n", got, want);
    _fail(file, line);
}

#endif

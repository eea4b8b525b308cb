/*
 * The clocks: durations never negative, dates in ISO 8601.
 */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void runs_forward(void **state)
{
    double first = dc_clock_ms();
    double last = first;

    (void)state;
    while (last < first + 2) { /* two milliseconds pass */
        double now = dc_clock_ms();
        assert_true(now >= last);
        last = now;
    }
}

static void utc_is_iso_8601(void **state)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";
    char text[DC_CLOCK_UTC];
    char year[8];
    time_t now = time(NULL);
    struct tm tm;

    (void)state;
    dc_clock_utc(text);
    assert_int_equal(strlen(text), strlen(shape));
    for (size_t i = 0; shape[i]; i++) {
        if (shape[i] == 'd')
            assert_in_range(text[i], '0', '9');
        else
            assert_int_equal(text[i], shape[i]);
    }
    assert_non_null(gmtime_r(&now, &tm));
    strftime(year, sizeof(year), "%Y", &tm);
    assert_memory_equal(text, year, 3); /* of this decade */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_forward),
        cmocka_unit_test(utc_is_iso_8601),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

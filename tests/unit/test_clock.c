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

/* By `date -u -d DATE +%s` / 86400. */
static void days_of_dates(void **state)
{
    (void)state;
    assert_int_equal(dc_clock_days(1970, 1, 1), 0);
    assert_int_equal(dc_clock_days(1969, 12, 31), -1);
    assert_int_equal(dc_clock_days(2000, 2, 29), 11016);
    assert_int_equal(dc_clock_days(2000, 3, 1), 11017);
    assert_int_equal(dc_clock_days(1900, 3, 1), -25508);
    assert_int_equal(dc_clock_days(2026, 11, 30), 20787);
    assert_int_equal(dc_clock_days(9999, 12, 31), 2932896);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_forward),
        cmocka_unit_test(utc_is_iso_8601),
        cmocka_unit_test(days_of_dates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

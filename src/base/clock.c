/*
 * clock.c - CLOCK_MONOTONIC for durations, the wall clock for dates.
 *
 * POSIX lets neither call fail for these clocks and a present date, so a
 * failure is a bug of ours.
 */
#include "base/clock.h"

#include <assert.h>
#include <stddef.h>
#include <time.h>

double dc_clock_ms(void)
{
    struct timespec t = {0};
    int rc = clock_gettime(CLOCK_MONOTONIC, &t);

    assert(rc == 0);
    (void)rc;
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

void dc_clock_pause_ms(unsigned ms)
{
    struct timespec t = {.tv_sec = ms / 1000,
                         .tv_nsec = (long)(ms % 1000) * 1000000};

    nanosleep(&t, NULL);
}

void dc_clock_utc(char out[DC_CLOCK_UTC])
{
    time_t now = time(NULL);
    struct tm tm = {0};

    gmtime_r(&now, &tm);
    size_t n = strftime(out, DC_CLOCK_UTC, "%Y-%m-%dT%H:%M:%SZ", &tm);
    assert(n > 0);
    (void)n;
}

int64_t dc_clock_days(int64_t year, int64_t month, int64_t day)
{
    enum { TO_1970 = 719468 };
    /* years from March, so that the leap day is the last */
    int64_t y = year - (month <= 2), m = month + (month > 2 ? -3 : 9);
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 -
           TO_1970;
}

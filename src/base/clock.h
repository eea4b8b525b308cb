/*
 * clock.h - the time: how long something took, and when it happened.
 */
#ifndef DC_BASE_CLOCK_H
#define DC_BASE_CLOCK_H

#include <stdint.h>

enum { DC_CLOCK_UTC = 32 };

/* Milliseconds from a fixed moment; never runs backwards. */
double dc_clock_ms(void);

/* Wait; a signal ends it early. */
void dc_clock_pause_ms(unsigned ms);

/* The wall clock as ISO 8601 in UTC, to the second: 2025-08-15T09:30:00Z. */
void dc_clock_utc(char out[DC_CLOCK_UTC]);

/* Days since 1970-01-01 of the proleptic Gregorian calendar; year 0 to 9999,
 * month and day from 1. */
int64_t dc_clock_days(int64_t year, int64_t month, int64_t day);

#endif

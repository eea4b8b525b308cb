/*
 * chat.c - days as chat templates are told them.
 *
 * A run renders its prompts with the day on which it began, in UTC, so that it
 * renders the same prompts when it goes on on another day.
 */
#include "chat/chat.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DAY_SECONDS = 86400 };

void dc_chat_day_text(int64_t day, char out[DC_CHAT_DAY])
{
    time_t t = (time_t)day;
    struct tm tm;
    if (!gmtime_r(&t, &tm) || !strftime(out, DC_CHAT_DAY, "%Y-%m-%d", &tm))
        snprintf(out, DC_CHAT_DAY, "unknown");
}

bool dc_chat_day_parse(const char *text, int64_t *day)
{
    char again[DC_CHAT_DAY];
    int year, month, d;
    if (strlen(text) != 10 || strspn(text, "0123456789-") != 10 ||
        sscanf(text, "%4d-%2d-%2d", &year, &month, &d) != 3 || month < 1 ||
        month > 12 || year < 1970)
        return false;
    int64_t at = dc_clock_days(year, month, d) * DAY_SECONDS;
    dc_chat_day_text(at, again);
    if (strcmp(again, text) != 0)
        return false;
    *day = at;
    return true;
}

int64_t dc_chat_today(void)
{
    int64_t now = (int64_t)time(NULL);
    return now - now % DAY_SECONDS;
}

bool dc_chat_go_on(struct dc_chat_cfg *c, const char *rendered_by,
                   const char *day)
{
    c->by_family = !rendered_by;
    return !day || c->day_given || dc_chat_day_parse(day, &c->day);
}

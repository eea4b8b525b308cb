/*
 * alarm.c - the list of alarms (alarm.h). It has no limit:
 * an alarm that is not shown would be worse than none.
 */
#include "results/alarm.h"

#include <string.h>

bool dc_alarm_raised(const struct dc_summary *s, const char *id)
{
    for (size_t i = 0; i < s->n_alarm; i++)
        if (!strcmp(s->alarm[i].id, id))
            return true;
    return false;
}

void dc_alarm_raise(struct dc_summary *s, const char *id, const char *text)
{
    if (dc_alarm_raised(s, id))
        return;
    s->alarm = dc_arena_more(&s->arena, s->alarm, s->n_alarm, sizeof *s->alarm);
    s->alarm[s->n_alarm++] = (struct dc_summary_alarm){id, text};
}

size_t dc_look_width(const struct dc_summary_look *look)
{
    if (look->width < 60)
        return 60;
    return look->width > 100 ? 100 : look->width;
}

json_t *dc_alarm_json(const struct dc_summary *s)
{
    json_t *a = json_array();
    for (size_t i = 0; i < s->n_alarm; i++) {
        json_t *o = json_object();
        dc_json_put(o, "id", json_string(s->alarm[i].id));
        dc_json_put(o, "text", json_string(s->alarm[i].text));
        json_array_append_new(a, o);
    }
    return a;
}

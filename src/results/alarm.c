/*
 * alarm.c - the list of alarms (alarm.h), sorted by what they threaten. It has
 * no limit: an alarm that is not shown would be worse than none.
 */
#include "results/alarm.h"

#include "base/mem.h"

#include <string.h>

/* The worst first: doubtful counts make all else doubtful, doubtful verdicts
 * what is said of savings and confidence. */
static const struct {
    const char *id, *threatens;
} alarm_order[] = {
    {"cells-do-not-add-up", "rates"},
    {"rates-contradict", "rates"},
    {"label-inverted", "rates"},
    {"traces-disagree", "rates"},
    {"identical-outputs", "rates"},
    {"not-reproduced", "rates"},
    {"server-changed", "rates"},
    {"redrawn", "rates"},
    {"rendered-by-family", "rates"},
    {"shard", "rates"},
    {"one-gold-class", "rates"},
    {"not-above-baseline", "rates"},
    {"judges-differ", "verdicts"},
    {"below-chance", "verdicts"},
    {"no-refusal", "verdicts"},
    {"only-refusals", "verdicts"},
    {"constant-decision", "verdicts"},
    {"undetermined", "verdicts"},
    {"window-changes-verdicts", "savings"},
    {"no-promise", "savings"},
    {"server-works-on", "savings"},
    {"measure-out-of-range", "confidence"},
    {"confidence-inverted", "confidence"},
    {"confidence-unknown", "confidence"},
    {"reversed-inside-classes", "confidence"},
    {"auroc-below-half", "confidence"},
    {"confidence-follows-verdict", "confidence"},
    {"majority-auroc-below-half", "confidence"},
};

enum { ALARM_IDS = DC_COUNT(alarm_order) };

/* ALARM_IDS: of no place. */
static size_t alarm_place(const char *id)
{
    size_t i = 0;
    while (i < ALARM_IDS && strcmp(alarm_order[i].id, id) != 0)
        i++;
    return i;
}

const char *dc_alarm_threatens(const char *id)
{
    size_t i = alarm_place(id);
    return i < ALARM_IDS ? alarm_order[i].threatens : "other";
}

bool dc_alarm_raised(const struct dc_summary *s, const char *id)
{
    for (size_t i = 0; i < s->n_alarm; i++)
        if (!strcmp(s->alarm[i].id, id))
            return true;
    return false;
}

void dc_alarm_raise(struct dc_summary *s, const char *id, const char *text,
                    const char *more)
{
    if (dc_alarm_raised(s, id))
        return;
    s->alarm = dc_arena_more(&s->arena, s->alarm, s->n_alarm, sizeof *s->alarm);
    size_t i = s->n_alarm++;
    for (; i > 0 && alarm_place(s->alarm[i - 1].id) > alarm_place(id); i--)
        s->alarm[i] = s->alarm[i - 1];
    s->alarm[i] = (struct dc_summary_alarm){id, text, more};
}

json_t *dc_alarm_object(const struct dc_summary_alarm *a)
{
    json_t *o = json_object();
    dc_json_put(o, "id", json_string(a->id));
    dc_json_put(o, "threatens", json_string(dc_alarm_threatens(a->id)));
    dc_json_put(o, "text", json_string(a->text));
    dc_json_put(o, "more", a->more ? json_string(a->more) : NULL);
    return o;
}

json_t *dc_alarm_json(const struct dc_summary *s)
{
    json_t *a = json_array();
    for (size_t i = 0; i < s->n_alarm; i++)
        json_array_append_new(a, dc_alarm_object(&s->alarm[i]));
    return a;
}

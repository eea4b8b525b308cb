/*
 * alarm.h - alarms: what makes figures doubtful, the same above every report.
 *
 * An alarm belongs to a summary (its list, its memory) and has an id that
 * programs may rely on. Conditions on counts are in summary_alarm.c, those on
 * single traces in stats_alarm.c; docs/METHODS.md lists them all.
 */
#ifndef DC_RESULTS_ALARM_H
#define DC_RESULTS_ALARM_H

#include "base/json.h"
#include "results/summary.h"

/* id is static, text lives as long as s. The first of an id stays. */
void dc_alarm_raise(struct dc_summary *s, const char *id, const char *text);
bool dc_alarm_raised(const struct dc_summary *s, const char *id);

/* [{id, text}] */
json_t *dc_alarm_json(const struct dc_summary *s);

/* Columns of a page of text: 60 to 100. */
size_t dc_look_width(const struct dc_summary_look *look);

#endif

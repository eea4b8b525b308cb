/*
 * alarm.h - alarms: what makes figures doubtful, the same above every report.
 *
 * An alarm belongs to a summary (its list, its memory) and has an id that
 * programs may rely on. Its text is one sentence: what it means, and what to
 * do. The figures behind it are its `more`, which may be folded away.
 * Conditions on counts are in summary_alarm.c, those on single traces in
 * stats_alarm.c; docs/METHODS.md lists them all.
 */
#ifndef DC_RESULTS_ALARM_H
#define DC_RESULTS_ALARM_H

#include "base/json.h"
#include "results/summary.h"

/*
 * id is static, text and more live as long as s; more NULL: none. The first of
 * an id stays. Alarms stand in the order of what they threaten (alarm.c), the
 * worst first, whatever the order in which they are raised.
 */
void dc_alarm_raise(struct dc_summary *s, const char *id, const char *text,
                    const char *more);
bool dc_alarm_raised(const struct dc_summary *s, const char *id);

/* What an alarm of this id makes doubtful: "rates", "verdicts", "savings" or
 * "confidence"; "other" of an id that is none. */
const char *dc_alarm_threatens(const char *id);

/* {id, threatens, text, more}: more is null if there is none */
json_t *dc_alarm_object(const struct dc_summary_alarm *a);
/* All of them, a list. */
json_t *dc_alarm_json(const struct dc_summary *s);

#endif

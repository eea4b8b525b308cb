/*
 * summary_promise.c - what a run promises of its decisions, and the alarms
 * where that is nothing or where its answer window was seen to change verdicts.
 */
#include "base/plural.h"
#include "replay/promise.h"
#include "results/alarm.h"
#include "results/summary.h"

#include <inttypes.h>
#include <stdlib.h>

static unsigned number(const struct dc_summary *s, const char *key)
{
    return (unsigned)strtoul(dc_summary_config(s, key, "0"), NULL, 10);
}

void dc_summary_find_promise(struct dc_summary *s, const char *stopped_by)
{
    const struct dc_promise p = {
        .policy = dc_summary_config(s, "stop.policy", ""),
        .vote = dc_summary_config(s, "vote", ""),
        .stored = dc_summary_config(s, "stop.promise", "?"),
        .min_traces = number(s, "stop.min_traces"),
        .max_traces = s->max_traces,
        .window = number(s, "window.tokens"),
        .stopped_by = stopped_by,
        .given = !s->knows.drawn,
    };
    s->promise = dc_promise_text(&p, &s->arena);
}

const char *dc_summary_promise(const struct dc_summary *s)
{
    return s->promise ? s->promise : dc_summary_config(s, "stop.promise", "?");
}

static void check_window(struct dc_summary *s)
{
    struct dc_buf b;
    if (!dc_window_audit_differs(&s->window))
        return;
    dc_buf_init(&b, SIZE_MAX);
    dc_window_audit_says(&s->window, &b);
    dc_alarm_raise(s, "window-changes-verdicts",
                   "The answer window changes verdicts: take a longer one, or "
                   "none, before you rely on what it saves.",
                   dc_arena_printf(&s->arena, "The window: %s.", b.data));
    dc_buf_release(&b);
}

void dc_summary_promise_alarms(struct dc_summary *s)
{
    const char *promise = dc_summary_promise(s);
    check_window(s);
    if (!dc_promise_is_none(promise))
        return;
    dc_alarm_raise(
        s, "no-promise",
        dc_arena_printf(&s->arena,
                        "Decisions may differ from those of all %u whole "
                        "trace%s, as nothing is promised: a run with --stop "
                        "fixed and no answer window shows how often.",
                        s->max_traces, dc_plural(s->max_traces)),
        dc_arena_printf(&s->arena, "Policy %s, promise: %s%s.",
                        dc_summary_config(s, "stop.policy", "?"), promise,
                        s->window.n_prompt > 0
                            ? ""
                            : "; by how much was not measured here"));
}

/*
 * sweep_says.c - what text, JSON and page of a sweep have in common: savings,
 * promises, and in words what is not known.
 */
#include "base/plural.h"
#include "results/sweep_report.h"

#include <string.h>

struct dc_sweep_saved dc_sweep_saving(const struct dc_sweep *s,
                                      const struct dc_sweep_row *row)
{
    struct dc_sweep_saved x = {.has_traces = false};
    if (!s->has_full_cost || s->full_trace == 0 || row->n_missing > 0)
        return x;
    x.has_traces = true;
    x.traces = 1 - (double)row->n_trace / (double)s->full_trace;
    x.has_tokens = s->has_count && s->full_tok > 0;
    if (x.has_tokens)
        x.tokens = 1 - (double)row->n_tok / (double)s->full_tok;
    x.has_seconds = s->has_time && s->full_ms > 0;
    if (x.has_seconds)
        x.seconds = 1 - row->ms / s->full_ms;
    return x;
}

const char *dc_sweep_no_saving(const struct dc_sweep *s)
{
    if (!s->has_full_cost)
        return "the run stopped early, so what all traces would have cost is "
               "not known";
    if (!s->has_count)
        return "the input does not say how many tokens its traces have";
    return s->full_tok == 0 ? "the traces have no tokens" : NULL;
}

const char *dc_sweep_why_blank(const struct dc_sweep *s, const char *policy)
{
    size_t n = strlen(policy);
    for (size_t i = 0; i < s->n_blank; i++)
        if (!strncmp(s->blank[i].text, policy, n) && s->blank[i].text[n] == '(')
            return s->blank[i].why;
    return NULL;
}

/* Has a row with figures a threshold? */
static bool has_threshold(const struct dc_sweep *s)
{
    for (size_t i = 0; i < s->n_row; i++)
        if (s->row[i].setting.policy.row->needs_calibration &&
            s->row[i].n_missing == 0)
            return true;
    return false;
}

void dc_sweep_blanks(const struct dc_sweep *s, struct dc_buf *out)
{
    const struct dc_sweep_blank *b = s->blank;
    for (size_t i = 0, n; i < s->n_blank; i += n) {
        for (n = 1; i + n < s->n_blank && !strcmp(b[i].why, b[i + n].why);)
            n++;
        dc_buf_addf(out, "%sLeft out: ", i ? " " : "");
        if (n > 1)
            dc_buf_addf(out, "%zu rows from %s to ", n, b[i].text);
        dc_buf_addf(out, "%s; %s.", b[i + n - 1].text, b[i].why);
    }
}

void dc_sweep_basis(const struct dc_sweep *s, struct dc_buf *out)
{
    dc_record_basis(s->record, out);
    if (s->has_full_cost)
        return;
    dc_buf_addf(out,
                "%sThe run was drawn with %s, so the cost of all %u traces is "
                "not known, nor are rows that need traces not drawn; run with "
                "--stop fixed to know them.",
                out->n ? " " : "", s->record->policy, s->record->k);
    if (has_threshold(s))
        dc_buf_adds(out, " Percentiles are over the traces drawn, of which "
                         "disputed prompts have more: those of all traces are "
                         "others.");
}

void dc_sweep_promise(const struct dc_sweep *s, const struct dc_sweep_row *row,
                      struct dc_buf *out)
{
    if (dc_sweep_is_safe(s, row))
        dc_buf_adds(out, "no decision ever changes");
    else if (row->has_table)
        dc_buf_addf(out, "at most %.2f %% missed, %.2f %% false",
                    100 * row->worst_missed, 100 * row->worst_false);
    else
        dc_buf_addf(out, "none, measured%s",
                    row->in_sample ? " IN SAMPLE" : "");
}

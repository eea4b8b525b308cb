/*
 * plot_trace_evolution.c - do later traces differ from earlier ones? By number
 * of the trace: the run's measure, the share of refusals, and the prompts that
 * drew one.
 *
 * One trace of a prompt has each number, so prompts are the unit, and means and
 * shares have the usual intervals over prompts.
 */
#include "base/mem.h"
#include "plot/figure.h"
#include "replay/trace_course.h"
#include "results/json_stat.h"

#include <stdlib.h>

enum { SERIES = DC_NUMBERS_KINDS, WHY_COLS = 70 };

static const char *const series_name[SERIES] = {"all", "refusals",
                                                "compliances"};

static json_t *data_of(const struct dc_numbers *e)
{
    json_t *rows = json_array();
    for (unsigned t = 0; t < e->n; t++) {
        json_t *o = json_object();
        dc_json_put(o, "trace", dc_json_count(t + 1));
        dc_json_put(o, "prompts", dc_json_count(e->prompts[t]));
        dc_json_put(o, "refusal", dc_json_prop(&e->refusal[t]));
        for (int k = 0; k < SERIES; k++)
            dc_json_put(o, series_name[k], dc_json_boot(&e->mean[k][t]));
        json_array_append_new(rows, o);
    }
    return rows;
}

static bool has_verdicts(const struct dc_numbers *e)
{
    for (unsigned t = 0; t < e->n; t++)
        if (e->refusal[t].defined)
            return true;
    return false;
}

/* Traces made elsewhere may have no value at all. */
static bool has_means(const struct dc_numbers *e)
{
    for (unsigned t = 0; t < e->n; t++)
        if (e->mean[0][t].value.defined)
            return true;
    return false;
}

static void put_words(struct dc_fig *f, const struct dc_numbers *e,
                      const struct dc_plot_src *src)
{
    const struct dc_measure_spec *m = &dc_plot_own(src)->column->measure;
    dc_json_put(f->draw, "title",
                json_string(dc_arena_printf(&f->arena, "Mean of %s",
                                            dc_fig_measure(f, m))));
    dc_json_put(f->draw, "unit", json_string(m->row->unit));
    if (!has_means(e))
        dc_fig_why(f, "why_means", WHY_COLS, "no trace has a value of %s",
                   m->spec.text);
    dc_fig_note(f,
                "Bars: %g %% intervals over the prompts that drew the trace. "
                "Traces of a prompt are exchangeable: without early stopping "
                "all lines are level but for chance; with it, late traces are "
                "of undecided prompts alone.%s",
                100 * src->stats->cfg.boot.level,
                e->mean[0][0].few ? " Means have none: too few prompts." : "");
    if (e->cut)
        dc_fig_note(f, "Only the first %d traces of a prompt are shown.",
                    (int)DC_NUMBERS_MOST);
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    if (!dc_plot_needs_stats(src, f))
        return;
    const struct dc_record_column *c = dc_plot_own(src)->column;
    struct dc_numbers *e = dc_xcalloc(1, sizeof *e); /* large */
    dc_numbers_find(src->stats, c, e);
    json_t *rows = data_of(e);
    dc_fig_head(f, src, src->stats->n_prompt, src->stats->n_row, &c->measure);
    dc_json_put(f->data, "traces", rows);
    if (has_verdicts(e))
        put_words(f, e, src);
    else
        dc_fig_empty(f, "no trace has a verdict for refusal or compliance");
    free(e);
}

const struct dc_plot_row dc_plot_trace_evolution = {
    .name = "trace_evolution",
    .title = "Do later traces differ from earlier ones?",
    .about = "By number of the trace: how sure traces are, how many refuse, "
             "and how many prompts drew one at all.",
    .draw = draw,
    .gp = dc_plot_trace_evolution_gp,
};

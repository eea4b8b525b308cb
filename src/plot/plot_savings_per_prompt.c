/*
 * plot_savings_per_prompt.c - how many traces prompts needed, and what not
 * drawing the others saved: of the run as it was, or replayed under `curtail`
 * (trace_course.h).
 */
#include "plot/forest.h"
#include "replay/trace_course.h"
#include "results/json_stat.h"

static const char *const cost_name[DC_SAVED_COSTS] = {"traces", "tokens",
                                                      "seconds"};

static json_t *bars_of(const struct dc_saved *s)
{
    json_t *bars = json_array();
    for (size_t b = 0; b < s->n_bin; b++) {
        json_t *o = json_object();
        dc_json_put(o, "traces_from", dc_json_count(b * s->bin + 1));
        dc_json_put(o, "traces_to", dc_json_count((b + 1) * s->bin));
        for (int d = 0; d < DC_COURSE_DECISIONS; d++)
            dc_json_put(o, dc_verdict_name(dc_course_decision[d]),
                        dc_json_count(s->count[b][d]));
        json_array_append_new(bars, o);
    }
    return bars;
}

static void put_shares(struct dc_fig *f, const struct dc_record *r,
                       const struct dc_saved *s)
{
    struct dc_forest_row row[DC_SAVED_COSTS];
    for (int c = 0; c < DC_SAVED_COSTS; c++) {
        row[c] = dc_forest_boot(&s->share[c]);
        row[c].label = cost_name[c];
        row[c].why = dc_saved_lacks(r, c) ? "not in the input" : NULL;
    }
    dc_forest_put(f, "saved", 20, row, DC_SAVED_COSTS);
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    const struct dc_record *r = src->record;
    const struct dc_boot_cfg boot =
        src->stats ? src->stats->cfg.boot : dc_boot_cfg_default();
    struct dc_saved s;
    dc_saved_find(r, &boot, &s);
    json_t *bars = bars_of(&s);
    dc_fig_head(f, src, s.n_prompt, s.n_trace, NULL);
    dc_json_put(f->data, "replayed", json_boolean(s.replayed));
    dc_json_put(f->data, "bars", bars);
    for (int c = 0; c < DC_SAVED_COSTS; c++)
        dc_json_put(f->data,
                    dc_arena_printf(&f->arena, "%s_saved", cost_name[c]),
                    dc_json_boot(&s.share[c]));
    if (s.n_prompt == 0) {
        dc_fig_empty(f, "no prompt of the run is decided yet");
        return;
    }
    dc_json_put(f->draw, "k", dc_json_count(s.k));
    dc_json_put(f->draw, "bin", dc_json_count(s.bin));
    put_shares(f, r, &s);
    if (s.replayed && s.k == 1)
        dc_fig_note(f, "With one trace a prompt there is nothing to save.");
    else if (s.replayed)
        dc_fig_note(f,
                    "%s all %u traces; shown is a replay under curtail, "
                    "which stops when the decision is certain and so changes "
                    "none.",
                    r->knows.drawn ? "The run drew" : "The input has", s.k);
    else if (!r->knows.drawn)
        dc_fig_note(f, "As the input has them, at most %u a prompt.", s.k);
    else
        dc_fig_note(f, "As recorded, policy %.60s, at most %u a prompt.",
                    r->policy, s.k);
    dc_fig_note(f, "In brackets: %g %% intervals, resampling prompts%s.",
                100 * boot.level, dc_forest_few(&s.share[DC_SAVED_TRACES]));
}

const struct dc_plot_row dc_plot_savings_per_prompt = {
    .name = "savings_per_prompt",
    .title = "How many traces did prompts need?",
    .about = "Unanimous prompts are decided after little more than half of "
             "their traces, whatever the others would have said; only "
             "disputed ones need more.",
    .draw = draw,
    .gp = dc_plot_savings_per_prompt_gp,
};

/*
 * plot_stability.c - would fewer traces decide the same, and would more tries
 * find a compliance? The figures of `deepconf stability` (trace_stability.h).
 */
#include "plot/figure.h"
#include "results/json_stat.h"
#include "results/stability_report.h"

#include <math.h>

enum { WHY_COLS = 65 };

static void put_kept(struct dc_fig *f, const struct dc_stability *s)
{
    double least = 1;
    if (s->kept_of < 2)
        dc_fig_why(f, "why_kept", WHY_COLS,
                   "one trace of a prompt is looked at");
    for (size_t i = 0; i < s->n_kept; i++) {
        const struct dc_boot *b = &s->kept[i].share;
        least = fmin(least, b->defined ? b->lo : b->value.value);
    }
    dc_json_put(f->draw, "k", json_integer(s->kept_of));
    dc_json_put(f->draw, "by_order", json_boolean(s->by_order));
    dc_json_put(f->draw, "least", json_real(least));
    if (s->kept_of >= 2)
        dc_fig_note(f,
                    "A tie counts as compliance, so that an even number of "
                    "traces (open points) leans to it: compare odd numbers.");
}

static void put_tries(struct dc_fig *f, const struct dc_stability *s)
{
    dc_json_put(f->draw, "harmful",
                dc_json_count(s->scope[DC_TRACES_TO_REFUSE].n_prompt));
    if (s->n_tries == 0)
        dc_fig_why(f, "why_tries", WHY_COLS,
                   "no prompt is labelled as one that should be refused");
    else if (s->no_fit)
        dc_fig_note(f, "More tries than were drawn are not looked at: %s.",
                    s->no_fit);
    else
        dc_fig_note(
            f,
            "Counted: over every choice of a prompt's %u traces. Beyond "
            "them the fit is an extrapolation: it holds if the "
            "prompts' rates are spread as a beta distribution is.",
            s->n_each);
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    const struct dc_stability *s = src->stability;
    if (!dc_plot_needs_stability(src, f))
        return;
    json_t *kept = dc_stability_kept_json(s);
    json_t *tries = dc_stability_tries_json(s);
    dc_fig_head(f, src, s->n_prompt, s->scope[DC_TRACES_ALL].n_trace, NULL);
    dc_json_put(f->data, "majority_kept", kept);
    dc_json_put(f->data, "at_least_one_compliance", tries);
    put_kept(f, s);
    put_tries(f, s);
    dc_fig_note(f, "Bars and band: %g %% intervals, resampling prompts.",
                100 * s->cfg.boot.level);
    if (!s->whole && src->record->knows.drawn)
        dc_fig_note(f,
                    "Prompts were ended early: figures are of the first %u "
                    "traces of each, which the policy draws whatever they say.",
                    s->n_each);
}

const struct dc_plot_row dc_plot_stability = {
    .name = "stability",
    .title = "Would fewer traces decide the same, and more tries find another "
             "answer?",
    .about = "Above: how many traces a decision needs. Below: a model that "
             "refuses once may comply when asked again; that is the rate at "
             "which somebody who asks N times gets an answer.",
    .draw = draw,
    .gp = dc_plot_stability_gp,
};

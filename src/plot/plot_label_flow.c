/*
 * plot_label_flow.c - how the majority of the traces so far changes with each
 * further trace: what early stopping could have got wrong.
 *
 * A prompt that curtailment stopped keeps its last majority, which is that of
 * all K. Of a run that stopped by anything else nothing is shown: what its
 * prompts would have gone over to is not known. A ribbon from one column to the
 * next is the prompts that go that way.
 */
#include "base/plural.h"
#include "plot/figure.h"
#include "replay/trace_course.h"
#include "results/json_stat.h"

enum { STATES = DC_COURSE_DECISIONS };
#define LEVEL 0.95

static json_t *data_of(const struct dc_flow *w)
{
    json_t *rows = json_array();
    for (unsigned i = 0; i < w->n; i++) {
        json_t *o = json_object();
        uint64_t changed = 0;
        const struct dc_prop p =
            dc_prop_wilson(w->other[i], w->n_prompt, LEVEL);
        for (int k = 0; k < STATES; k++) {
            dc_json_put(o, dc_verdict_name(dc_course_decision[k]),
                        dc_json_count(w->at[i][k]));
            for (int to = 0; to < STATES; to++)
                changed += i + 1 < w->n && to != k ? w->go[i][k][to] : 0;
        }
        dc_json_put(o, "traces", dc_json_count(i + 1));
        dc_json_put(o, "tied", dc_json_count(w->tied[i]));
        dc_json_put(o, "change_at_the_next", dc_json_count(changed));
        dc_json_put(o, "not_the_last", dc_json_prop(&p));
        json_array_append_new(rows, o);
    }
    return rows;
}

/* The prompts that go from one column to the next: where the lower edges are on
 * the first and on the second, and how many they are, as shares of all. */
static void add_ribbons(const struct dc_flow *w, unsigned i, json_t *ribbons)
{
    double unit = 1.0 / (double)w->n_prompt, from = 0, into[STATES] = {0};
    for (int k = 1; k < STATES; k++)
        into[k] = into[k - 1] + unit * (double)w->at[i + 1][k - 1];
    for (int k = 0; k < STATES; k++)
        for (int to = 0; to < STATES; to++) {
            double height = unit * (double)w->go[i][k][to];
            if (height == 0)
                continue;
            json_array_append_new(
                ribbons, json_pack("{si si sb sf sf sf}", "traces", (int)i + 1,
                                   "decision", k, "stays", k == to, "from",
                                   from, "into", into[to], "height", height));
            from += height;
            into[to] += height;
        }
}

/* A tie is a compliance, so that curves go down and up again. */
static void note_ties(struct dc_fig *f, const struct dc_flow *w)
{
    uint64_t most = 0;
    unsigned at = 0;
    for (unsigned i = 0; i < w->n; i++)
        if (w->tied[i] > most) {
            most = w->tied[i];
            at = i + 1;
        }
    if (most == 0)
        return;
    dc_fig_note(f,
                "An even number of traces (open points) can be tied, and a tie "
                "counts as compliance: that is the zigzag. Most ties are after "
                "%u traces: %s of %s prompt%s.",
                at, dc_fig_count(f, most), dc_fig_count(f, w->n_prompt),
                dc_plural(w->n_prompt));
    if (w->n % 2 == 0 && !w->cut && w->tied[w->n - 1] > 0)
        dc_fig_note(f,
                    "All %u traces are an even number, too: %s prompt%s in a "
                    "tie.",
                    w->n, dc_fig_count(f, w->tied[w->n - 1]),
                    w->tied[w->n - 1] == 1 ? " ends" : "s end");
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    struct dc_flow w;
    dc_flow_find(src->record, &w);
    json_t *rows = data_of(&w);
    dc_fig_head(f, src, w.n_prompt, w.n_trace, NULL);
    dc_json_put(f->data, "after", rows);
    if (src->record->no_replay)
        dc_fig_empty(f, "%s", src->record->no_replay);
    else if (w.n_prompt == 0)
        dc_fig_empty(f, "no prompt of the run is decided yet");
    if (f->empty)
        return;
    json_t *ribbons = json_array();
    for (unsigned i = 0; i + 1 < w.n; i++)
        add_ribbons(&w, i, ribbons);
    dc_json_put(f->draw, "prompts", dc_json_count(w.n_prompt));
    dc_json_put(f->draw, "ribbons", ribbons);
    dc_fig_note(f, "Darker ribbons: prompts whose majority changes with the "
                   "next trace. A prompt that stopped early keeps its last "
                   "majority. Bars: 95 %% Wilson intervals over prompts.");
    note_ties(f, &w);
    if (w.cut)
        dc_fig_note(f, "Only the first %d traces of a prompt are shown.",
                    (int)DC_FLOW_MOST);
}

const struct dc_plot_row dc_plot_label_flow = {
    .name = "label_flow",
    .title = "How the majority changes with each further trace",
    .about = "Columns are the majority after so many traces, ribbons the "
             "prompts that keep or change it. Where ribbons no longer cross, "
             "further traces change nothing.",
    .draw = draw,
    .gp = dc_plot_label_flow_gp,
};
